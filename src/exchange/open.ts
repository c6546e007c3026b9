// Step 6: the entry "opened" is durable before any byte leaves for a source, reads included.
import { type EvidenceLog, RecordError } from '../evidence/types.ts';
import { Problem } from '../problem.ts';
import { toDigest } from './digest.ts';
import { toFacts, toOpenPrivateFacts } from './facts.ts';
import type { Checked, OpenExchange } from './stages.ts';

/** @throws Problem evidence-unavailable (nothing was sent) | proof-replayed */
export async function open(log: EvidenceLog, checked: Checked): Promise<OpenExchange> {
  try {
    const opened = await log.open({
      facts: toFacts(checked),
      private: { ...toOpenPrivateFacts(checked), request: toDigest(checked.bytes) },
      proof: checked.proof,
    });
    return { ...checked, opened };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    if (error.reason === 'proof-replayed') throw new Problem('proof-replayed');
    throw new Problem('evidence-unavailable', { cause: error, retryAfterS: 5 });
  }
}
