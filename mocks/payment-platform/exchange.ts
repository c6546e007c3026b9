// One message to a face of the platform: faults, the decision, its line of the journal, the answer.
import type { ServerResponse } from 'node:http';
import { type Answer, pause, sendAnswer, toFaultAnswer, toJson, toReply } from './answer.ts';
import { sha256 } from './checksum.ts';
import { type FaultRule, faultModes } from './faults.ts';
import type { Effect, FaceName } from './journal.ts';
import type { Parts } from './parts.ts';
import { type Reason, refusals } from './refusals.ts';

/** What a message is, before anything of it was checked. */
export interface Asked {
  readonly face: FaceName;
  /** LoaiBanTin, or the operation of another face. */
  readonly operation: string;
  readonly reference: string | undefined;
  readonly body: Buffer;
  readonly stamp?: string;
}

/** What was decided. `code` is MaLoi, and 00 on other faces too when they took it. */
export interface Judged {
  readonly answer: Answer;
  readonly code: string;
  readonly reason?: Reason;
  readonly state?: string;
  readonly effect?: Effect;
}

/** A form that a reference may have in the journal and in locks; a personal number is none. */
export function toReference(value: unknown): string | undefined {
  const isPlain = typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);
  return isPlain && !/^(\d{9}|\d{12})$/.test(value) ? value : undefined;
}

/** A refusal in the platform's words. */
export function refuse(reason: Reason, { live }: Pick<Parts, 'live'>): Judged {
  const fields = { MaLoi: '99', MoTaLoi: refusals[reason] };
  return { answer: toReply(fields, live().replyForm), code: '99', reason };
}

function toCodeAnswer(code: string, { face }: Asked, { live }: Parts): Answer {
  const words = 'Lỗi theo công tắc thử nghiệm';
  if (face === 'platform') return toReply({ MaLoi: code, MoTaLoi: words }, live().replyForm);
  return toJson({ MaLoi: code, error_code: code, return_code: code, message: words });
}

function toLine({ face, operation, reference, body, stamp }: Asked, fault: FaultRule | undefined) {
  return {
    event: 'received' as const,
    ...{ face, message: operation, sha256: sha256(body.toString('utf8')) },
    ...(reference && { reference }),
    ...(stamp !== undefined && /^\d{14}$/.test(stamp) && { stamp }),
    ...(fault && { fault: fault.mode }),
  };
}

async function serveBroken(response: ServerResponse, asked: Asked, fault: FaultRule, parts: Parts) {
  const { mode, code, delayMs } = fault;
  await parts.journal.append({ ...toLine(asked, fault), code: mode === 'code' ? code : mode });
  const answer = mode === 'code' ? toCodeAnswer(code, asked, parts) : toFaultAnswer(fault);
  if (answer) await sendAnswer(response, answer, undefined, parts.signal);
  else if (mode === 'timeoutBefore') {
    await pause(delayMs, parts.signal);
    response.destroy();
  }
}

/**
 * Serves one message; nothing else changes its payment meanwhile.
 * @param judge decides; what it changes takes effect with the line
 */
export async function serveAsked(
  response: ServerResponse,
  asked: Asked,
  judge: (fault: FaultRule | undefined) => Judged | Promise<Judged>,
  parts: Parts,
): Promise<void> {
  const fault = parts.faults.take(asked);
  if (fault && faultModes[fault.mode].when === 'before') {
    await serveBroken(response, asked, fault, parts);
    return;
  }
  const { answer } = await parts.locks.run(asked.reference ?? '', async () => {
    const judged = await judge(fault);
    const { code, reason, state, effect } = judged;
    await parts.journal.append({
      ...{ ...toLine(asked, fault), code },
      ...(reason && { reason }),
      ...(state && { state }),
      ...(effect && { effect }),
    });
    return judged;
  });
  await sendAnswer(response, answer, fault, parts.signal);
}
