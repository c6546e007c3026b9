// Step 6: the entry "opened" is durable before any byte leaves for a source, reads included. The idempotency key of an
// operation with an effect is stored in the same transaction: a repeat is an exchange of its own that names the first.
import {
  type EarlierEffect,
  type EffectKey,
  type EvidenceLog,
  type OpenDraft,
  type PrivateFacts,
  RecordError,
} from '../evidence/types.ts';
import { Problem } from '../problem.ts';
import { toDigest } from './digest.ts';
import { toFacts, toOpenPrivateFacts } from './facts.ts';
import { add, type Checked, type OpenExchange } from './stages.ts';

const keyForm = /^[\x21-\x7E]{1,128}$/;

/** What is asked: the address says what it is about, so the same bytes for another address are other content. */
const toContent = ({ path, query, bytes }: Checked): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify([path, query])}\n`), bytes]);

function toEffect(checked: Checked): EffectKey | undefined {
  if (!checked.operation.effect) return undefined;
  const key = checked.call.headers['idempotency-key'];
  if (key === undefined || !keyForm.test(key)) throw new Problem('idempotency-key-missing');
  return { key, sha256: toDigest(toContent(checked)).sha256 };
}

/** The earlier exchange, if this one may have its outcome. */
function checkEarlier(earlier: EarlierEffect | undefined, effect: EffectKey | undefined): string {
  if (!earlier || earlier.sha256 !== effect?.sha256) throw new Problem('idempotency-conflict');
  if (earlier.isOpen) throw new Problem('exchange-still-open', { retryAfterS: 2 });
  return earlier.exchangeId;
}

/**
 * @throws Problem evidence-unavailable (nothing was sent) | proof-replayed | idempotency-key-missing |
 *   idempotency-conflict | exchange-still-open
 */
export async function open(log: EvidenceLog, checked: Checked): Promise<OpenExchange> {
  const request = toDigest(checked.bytes);
  const effect = toEffect(checked);
  const told: PrivateFacts = { ...toOpenPrivateFacts(checked), request };
  const draft: OpenDraft = { facts: toFacts(checked), private: told };
  try {
    const opened = await log.open({ ...draft, proof: checked.proof, effect });
    return add(checked, { told, repeats: undefined, opened });
  } catch (error) {
    if (!(error instanceof RecordError) || error.reason !== 'effect-repeated') throw toOpenProblem(error);
    const repeats = checkEarlier(error.earlier, effect);
    // The proof was used up by the first try, in the same transaction that found the key.
    const again = { ...draft, private: { ...told, repeats } };
    const opened = await log.open(again).catch((reason) => Promise.reject(toOpenProblem(reason)));
    return add(checked, { told: again.private, repeats, opened });
  }
}

function toOpenProblem(error: unknown): unknown {
  if (!(error instanceof RecordError)) return error;
  if (error.reason === 'proof-replayed') return new Problem('proof-replayed');
  return new Problem('evidence-unavailable', { cause: error, retryAfterS: 5 });
}
