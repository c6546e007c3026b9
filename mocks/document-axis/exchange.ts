// One request for an operation, whatever the face: faults, who asks, the operation, the journal, the answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { noteCall } from '../parts/call-list.ts';
import { type Answer, pause, type Shape, sendAnswer, toAnswer, toHtml, toPlain } from './answer.ts';
import type { System } from './config.ts';
import { type FaultRule, type Faults, faultModes } from './faults.ts';
import { type Call, operations, type Parts } from './operations.ts';
import { type Outcome, type Refusal, refuse } from './outcome.ts';

/** What the exchanges share. */
export interface ExchangeParts extends Parts {
  readonly faults: Faults;
  /** Aborted when the mock stops. */
  readonly signal: AbortSignal;
}

/** How a face reads one request. */
export interface FaceRequest {
  /** The adapter's name of the operation. */
  readonly operation: string;
  readonly systemId: string | undefined;
  readonly shape: Shape;
  /** HTTP status of success. */
  readonly status: number;
  readonly read: Call['read'];
  /** Who asks; undefined when nobody known does. */
  readonly identify: () => System | undefined;
  /** Reads the body, as far as the operation needs it. A refusal ends the request. */
  readonly takeBody: () => Promise<Partial<Call> | Refusal>;
}

const bodyMostBytes = 65_536;

/** Reads a small JSON body; undefined when it is none. */
export async function readJson(message: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += chunk.length;
    if (bytes <= bodyMostBytes) chunks.push(chunk);
  }
  try {
    return bytes <= bodyMostBytes ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a body to its end and forgets it. */
export async function drain(message: IncomingMessage): Promise<void> {
  if (message.readableEnded) return;
  message.resume();
  await finished(message, { writable: false });
}

async function toFaultAnswer(
  { mode, httpStatus, code }: FaultRule,
  shape: Shape,
  parts: ExchangeParts,
): Promise<Answer> {
  if (mode === 'unauthorized') return toPlain(401, 'Unauthorized');
  if (mode === 'code') return toAnswer(refuse(code), shape, parts.store);
  return toHtml(httpStatus);
}

async function serveBroken(
  message: IncomingMessage,
  response: ServerResponse,
  face: FaceRequest,
  fault: FaultRule,
  parts: ExchangeParts,
): Promise<void> {
  await drain(message);
  await noteRefusal(face, fault.mode === 'code' ? fault.code : fault.mode, fault, parts);
  if (fault.mode === 'hang') return;
  if (fault.mode === 'timeoutBefore') {
    await pause(fault.delayMs, parts.signal);
    response.destroy();
    return;
  }
  await sendAnswer(response, await toFaultAnswer(fault, face.shape, parts), undefined, parts.signal);
}

async function noteRefusal(
  { operation, systemId }: FaceRequest,
  code: string,
  fault: FaultRule | undefined,
  { journal, settings }: ExchangeParts,
): Promise<void> {
  const system = settings.systems.find((one) => one.systemId === systemId)?.systemId;
  await journal.append({
    event: 'refused',
    operation,
    ...(system && { system }),
    code,
    ...(fault && { fault: fault.mode }),
  });
}

/** The refusal of a caller that is not known. §3.3, §5.10 */
async function toUnknownCaller(shape: Shape, { settings, store }: ExchangeParts): Promise<Answer> {
  return settings.wrongCredential === 'code15'
    ? toAnswer(refuse('15'), shape, store)
    : toPlain(401, 'Unauthorized');
}

async function carryOut(
  face: FaceRequest,
  system: System,
  fault: FaultRule | undefined,
  parts: ExchangeParts,
): Promise<Outcome> {
  const body = await face.takeBody();
  const operation = operations[face.operation];
  if (operation === undefined) throw new Error('document axis mock: no such operation');
  const outcome = 'is' in body ? body : await operation({ ...body, system, read: face.read, fault }, parts);
  if (outcome.is === 'refused') await noteRefusal(face, outcome.code, fault, parts);
  return outcome;
}

/** Serves one request for a known operation. */
export async function serveOperation(
  message: IncomingMessage,
  response: ServerResponse,
  face: FaceRequest,
  parts: ExchangeParts,
): Promise<void> {
  const { operation, systemId, shape } = face;
  if (systemId !== undefined) noteCall(response, { caller: systemId.slice(0, 60) });
  const fault = parts.faults.take({ operation, systemId, kind: face.read('messagetype')?.toLowerCase() });
  if (fault && faultModes[fault.mode].when === 'before') {
    await serveBroken(message, response, face, fault, parts);
    return;
  }
  const system = face.identify();
  if (system === undefined) {
    await drain(message);
    await noteRefusal(face, '401', fault, parts);
    await sendAnswer(response, await toUnknownCaller(shape, parts), undefined, parts.signal);
    return;
  }
  const outcome = await carryOut(face, system, fault, parts);
  const answer = await toAnswer(outcome, shape, parts.store);
  const status = outcome.is === 'refused' ? answer.status : face.status;
  await sendAnswer(response, { ...answer, status }, fault, parts.signal);
}
