// Step 9: the entry "closed" is durable, then the answer is released with Exchange-Id and Exchange-Ticket. If it cannot be
// recorded, the answer is not given.
import type { Recorded, SignTicket } from '../evidence/ticket.ts';
import type { EvidenceLog } from '../evidence/types.ts';
import { Problem } from '../problem.ts';
import { toProblemAnswer } from './check-answer.ts';
import { toDigest } from './digest.ts';
import type { Answered, Reply } from './stages.ts';

/** What left the hub and, for the log line, the problem it carried. */
export interface Released {
  readonly reply: Reply;
  readonly problem: Problem | undefined;
}

/** What recording needs. */
export interface RecordDependencies {
  readonly log: EvidenceLog;
  readonly signTicket: SignTicket;
  readonly publicUrl: string;
}

/** Never throws. */
export async function record(d: RecordDependencies, answered: Answered): Promise<Released> {
  const { log, publicUrl } = d;
  const { outcome, reply, opened, exchangeId } = answered;
  try {
    const recorded = await log.close(opened, {
      outcome: outcome.problem ? 'problem' : 'answered',
      status: reply.status,
      problem: outcome.problem?.code,
      private: {
        ...answered.told,
        ...(outcome.answer?.received && { request: outcome.answer.received }),
        released: Buffer.isBuffer(reply.body) ? toDigest(reply.body) : outcome.answer?.stream?.digest,
        unitCode: answered.unitCode(),
        sourceCredential: answered.sourceCredential(),
        sources: outcome.problem ? outcome.sources : outcome.answer.sources,
        result: outcome.answer?.result,
        unknownFields: outcome.answer?.unknownFields,
        step: outcome.problem && outcome.step,
        responsible: outcome.problem?.more.responsible,
      },
    });
    return { reply: withTicket(d, reply, recorded), problem: outcome.problem };
  } catch (error) {
    // After an effect "try again" would be wrong, whatever the answer was to be.
    const problem = answered.operation.effect
      ? new Problem('outcome-not-recorded', { cause: error })
      : new Problem('evidence-unavailable', { cause: error, retryAfterS: 5 });
    const refused = toProblemAnswer(publicUrl, problem, answered.call, exchangeId);
    return { reply: withExchangeId(refused, exchangeId), problem };
  }
}

/** The reply with the headers of its exchange: the id, and the promise that its entry is in the log. */
export const withTicket = (
  { signTicket }: Pick<RecordDependencies, 'signTicket'>,
  reply: Reply,
  recorded: Recorded,
): Reply => ({
  ...reply,
  headers: {
    ...reply.headers,
    'exchange-id': recorded.exchangeId,
    'exchange-ticket': signTicket(recorded),
  },
});

/** The reply with the header that names its exchange, of which no end is recorded. */
const withExchangeId = (reply: Reply, exchangeId: string): Reply => ({
  ...reply,
  headers: { ...reply.headers, 'exchange-id': exchangeId },
});
