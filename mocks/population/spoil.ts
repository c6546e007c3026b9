// Turns a right answer into what the client gets under a fault: other bytes, another status, or a broken connection.
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Effect, FaultMode } from './faults.ts';

/** An answer as it would be sent without a fault. */
export interface Answer {
  readonly status: number;
  readonly xml: string;
}

const page =
  '<!DOCTYPE html><html><head><title>Lỗi</title></head><body><h1>Hệ thống đang bận</h1></body></html>';
const retryAfterS = 600;
const oversizedBytes = 8 * 1_048_576;

/** Half of the bytes, so that even a letter of two bytes may be cut. */
const half = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length / 2));

const spoilt: Partial<Record<FaultMode, (xml: string) => Buffer>> = {
  emptyBody: () => Buffer.alloc(0),
  truncated: (xml) => half(Buffer.from(xml)),
  malformed: (xml) => Buffer.from(xml.replace('</soap:Body>', '</soap:Bodi>')),
  wrongEncoding: (xml) => Buffer.from(xml.replace('<soap:Body>', '<soap:Body>\u00ea'), 'latin1'),
  entity: (xml) =>
    Buffer.from(
      xml
        .replace('?>', '?><!DOCTYPE soap:Envelope [<!ENTITY x SYSTEM "file:///etc/hostname">]>')
        .replace('<soap:Body>', '<soap:Body>&x;'),
    ),
  oversized: (xml) => Buffer.from(`${xml}<!--${' '.repeat(oversizedBytes)}-->`),
};

function send(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': body.length });
  response.end(body);
}

function sendPage(response: ServerResponse, status: number): void {
  if (status === 503) response.setHeader('retry-after', retryAfterS);
  send(response, status, 'text/html; charset=utf-8', Buffer.from(page));
}

function sendHalf(response: ServerResponse, { status, xml }: Answer): void {
  const body = Buffer.from(xml);
  response.writeHead(status, {
    'content-type': 'application/xml; charset=utf-8',
    'content-length': body.length,
  });
  response.write(half(body), () => response.destroy());
}

/**
 * Delivers an answer, or what the fault makes of it.
 * @param signal ends every wait when the mock stops
 */
export async function deliver(
  response: ServerResponse,
  answer: Answer,
  effect: Effect,
  signal: AbortSignal,
): Promise<void> {
  const { mode } = effect;
  if (mode === 'hang') return;
  const isHeld = mode === 'timeoutBefore' || mode === 'timeoutAfter';
  const delayMs = effect.latencyMs + (mode === 'slow' ? effect.slowMs : 0) + (isHeld ? effect.holdMs : 0);
  if (delayMs > 0) await wait(delayMs, undefined, { signal }).catch(() => response.destroy());
  if (response.destroyed) return;
  if (isHeld) response.destroy();
  else if (mode === 'html') sendPage(response, effect.htmlStatus);
  else if (mode === 'maintenance') sendPage(response, 503);
  else if (mode === 'cutConnection') sendHalf(response, answer);
  else {
    const body = spoilt[mode]?.(answer.xml) ?? Buffer.from(answer.xml);
    send(response, answer.status, 'application/xml; charset=utf-8', body);
  }
}
