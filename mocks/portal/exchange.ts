// One call, whatever the face: faults, access, the service, the journal, the answer.
import type { ServerResponse } from 'node:http';
import {
  maintenanceText,
  pause,
  sendHtml,
  sendMaintenance,
  sendOutcome,
  sendTooMany,
  type WriteCode,
} from './answer.ts';
import type { Call, Done, Parts } from './call.ts';
import type { ErrorCodeForm, Generation } from './config.ts';
import { type FaultRule, type Faults, faultModes } from './faults.ts';
import type { Inbound } from './inbound.ts';
import type { Happening, Journal } from './journal.ts';
import { type Outcome, refuse } from './outcome.ts';

/** What the exchanges share. */
export interface ExchangeParts extends Parts {
  readonly faults: Faults;
  readonly journal: Journal;
  readonly inbound: Inbound;
  readonly writeIn: (form: ErrorCodeForm) => WriteCode;
  /** Aborted when the mock stops. */
  readonly signal: AbortSignal;
}

/** How a face reads one call. */
export interface FaceCall {
  readonly service: string;
  readonly generation: Generation;
  readonly unit: string | undefined;
  readonly session?: string | undefined;
  readonly input: Call['input'];
  /** Why the caller is refused before the service is asked; undefined when it is not. */
  readonly check: (nowMs: number) => Outcome | undefined;
  readonly run: (call: Call) => Done;
  /** What of the outcome this face tells. */
  readonly shorten?: (outcome: Outcome) => Outcome;
}

const nameMost = 80;

function note(
  { service, generation, unit }: FaceCall,
  fault: FaultRule | undefined,
  done: Partial<Done>,
): Happening {
  const { outcome, records, asked } = done;
  return {
    event: 'call',
    ...{ service: service.slice(0, nameMost), generation },
    ...(unit !== undefined && { unit: unit.slice(0, nameMost) }),
    ...(fault && { fault: fault.mode }),
    ...(outcome && { code: outcome.code }),
    ...(asked !== undefined && { asked }),
    ...(records && { records }),
  };
}

/** The refusal that a fault makes up; undefined when it answers in another way, or not. */
function toFaultOutcome({ mode, code, shape }: FaultRule, parts: ExchangeParts): Outcome | undefined {
  const { settings } = parts;
  if (mode === 'wrongPassword') return refuse(settings, 'general', 'sai tên đăng nhập hoặc mật khẩu');
  if (mode === 'sessionExpired') return toExpired(parts);
  if (mode === 'code') return { code, message: 'Thực hiện không thành công: lỗi hệ thống' };
  if (mode === 'maintenance' && shape === 'json')
    return { code: settings.codes.general, message: maintenanceText };
  return undefined;
}

/** The refusal of a session that is over, or none. */
export function toExpired({ settings }: Pick<Parts, 'settings'>): Outcome {
  return refuse(settings, 'sessionExpired', 'phiên làm việc đã hết hạn (session expired)');
}

async function serveBroken(
  response: ServerResponse,
  face: FaceCall,
  fault: FaultRule,
  parts: ExchangeParts,
): Promise<void> {
  const { settings, signal, journal, sessions, writeIn } = parts;
  if (fault.mode === 'sessionExpired' && face.session !== undefined) sessions.end(face.session);
  const outcome = toFaultOutcome(fault, parts);
  await journal.append(note(face, fault, outcome ? { outcome } : {}));
  if (outcome) await sendOutcome(response, outcome, writeIn(settings.errorCodeForm), undefined, signal);
  else if (fault.mode === 'tooMany') sendTooMany(response, fault.retryAfterSeconds);
  else if (fault.mode === 'maintenance') sendMaintenance(response);
  else if (fault.mode === 'html') sendHtml(response, fault.httpStatus);
  else if (fault.mode === 'timeoutBefore') {
    await pause(fault.delayMs, signal);
    response.destroy();
  }
}

/** Serves one call to its end. */
export async function serveCall(
  response: ServerResponse,
  face: FaceCall,
  parts: ExchangeParts,
): Promise<void> {
  const { settings, signal, journal, writeIn } = parts;
  const fault = parts.faults.take(face);
  if (fault && faultModes[fault.mode].when === 'before') {
    await serveBroken(response, face, fault, parts);
    return;
  }
  const nowMs = Date.now();
  const refusal = face.check(nowMs);
  const done = refusal
    ? { outcome: refusal }
    : face.run({ unit: face.unit, input: face.input, fault, nowMs });
  await journal.append(note(face, fault, done));
  const outcome = face.shorten?.(done.outcome) ?? done.outcome;
  const write = writeIn(fault?.mode === 'codeForm' ? fault.form : settings.errorCodeForm);
  await sendOutcome(response, outcome, write, fault, signal);
}
