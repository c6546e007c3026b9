// One's own exchanges and their receipts; visibility.ts says whose they are. A delivery is seen by both its ends.
import type { operations } from '../../../openapi/types/evidence.v1.ts';
import type { EvidenceReader, StoredEntry } from '../../evidence/read.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handlers } from '../service.ts';
import { toState } from './delivery.ts';
import { type ExplainedOperation, toExplanation } from './explanation.ts';
import { toRead } from './present.ts';
import { type FindProvided, isPrivateVisible, isVisible } from './visibility.ts';

/** How long a receipt that is asked for too early is waited for. */
const receiptWaitMs = 3_000;

async function readVisible(
  reader: EvidenceReader,
  caller: Caller,
  id: string,
  findProvided: FindProvided,
): Promise<readonly StoredEntry[]> {
  const entries = await reader.entriesOf(id);
  const visible = entries.filter((entry) => isVisible(caller, entry, findProvided));
  if (visible.length === 0) throw new Problem('exchange-not-found');
  return visible;
}

const toEntry = (caller: Caller, entry: StoredEntry) => ({
  text: entry.text,
  leafHash: entry.leafHash.toString('base64'),
  ...(entry.leafIndex !== undefined && { leafIndex: entry.leafIndex }),
  ...(isPrivateVisible(caller, entry) && {
    ...(entry.private && { private: entry.private }),
    ...(entry.purgedBy && { purgedBy: entry.purgedBy }),
  }),
});

/**
 * Handlers that read one exchange.
 * @param findOperation by its name, `<service>/<operationId>`
 */
export function createExchanges(
  reader: EvidenceReader,
  findOperation: (name: string) => ExplainedOperation | undefined,
  findProvided: FindProvided,
): Pick<Handlers<operations>, 'explainExchange' | 'getExchange' | 'getReceipt'> {
  return {
    explainExchange: {
      async handle({ params, caller }) {
        const entries = await readVisible(reader, caller, params.id, findProvided);
        const isOwn = entries.every((entry) => isPrivateVisible(caller, entry));
        const body = toExplanation(entries, isOwn, findOperation);
        if (!body) throw new Problem('exchange-not-found');
        const purgedBy = isOwn ? entries.findLast((entry) => entry.purgedBy)?.purgedBy : undefined;
        return { status: 200, body: purgedBy ? { ...body, purgedBy } : body, result: toRead(params.id) };
      },
    },
    getExchange: {
      async handle({ params, caller }) {
        const entries = await readVisible(reader, caller, params.id, findProvided);
        const last = entries.at(-1);
        if (!last || last.kind === 'refusals') throw new Problem('exchange-not-found');
        return {
          status: 200,
          body: {
            exchangeId: params.id,
            ...toState(last.kind, last),
            entries: entries.map((entry) => toEntry(caller, entry)),
          },
          result: toRead(params.id),
        };
      },
    },
    getReceipt: {
      async handle({ params, query, caller, signal }) {
        await readVisible(reader, caller, params.id, findProvided);
        const options = { waitMs: receiptWaitMs, signal, place: query.entry };
        const found = await reader.receiptOf(params.id, options);
        if (found === 'no-such-exchange') throw new Problem('exchange-not-found');
        if (found === 'not-ready') throw new Problem('receipt-not-ready', { retryAfterS: 1 });
        const { private: sealed, purgedBy, ...receipt } = found.receipt;
        const body = { ...receipt, inclusionProof: [...receipt.inclusionProof] };
        const result = toRead(params.id);
        if (!isPrivateVisible(caller, found.entry)) return { status: 200, body, result };
        return {
          ...{ status: 200, result },
          body: { ...body, ...(sealed && { private: sealed }), ...(purgedBy && { purgedBy }) },
        };
      },
    },
  };
}
