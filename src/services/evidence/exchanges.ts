// One's own exchanges and their receipts. A unit sees its own; who may see the province is said
// by the grant. A delivery is seen by both its ends. Sealed parts go to whoever made the entry and to auditors.
import type { operations } from '../../../openapi/types/evidence.v1.ts';
import type { EvidenceReader, StoredEntry } from '../../evidence/read.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handlers } from '../service.ts';
import { toState, toStep } from './delivery.ts';
import { type ExplainedOperation, toExplanation } from './explanation.ts';
import { administratorSteps, receiverSteps } from './rights.ts';

/** How long a receipt that is asked for too early is waited for. */
const receiptWaitMs = 3_000;

const isVisible = ({ grant, actingUnit }: Caller, entry: StoredEntry): boolean =>
  grant.reach === 'province' || [entry.actingUnit, entry.receiverUnit].includes(actingUnit.id);

function isPrivateVisible({ grant, actingUnit, system }: Caller, entry: StoredEntry): boolean {
  if (grant.reach === 'province') return true;
  const step = toStep(entry) ?? '';
  if (administratorSteps.includes(step)) return false;
  if (receiverSteps.includes(step)) return entry.receiverUnit === actingUnit.id;
  return entry.actingUnit === actingUnit.id && entry.systemId === system.id;
}

async function readVisible(
  reader: EvidenceReader,
  caller: Caller,
  id: string,
): Promise<readonly StoredEntry[]> {
  const entries = await reader.entriesOf(id);
  const visible = entries.filter((entry) => isVisible(caller, entry));
  if (visible.length === 0) throw new Problem('exchange-not-found');
  return visible;
}

const toEntry = (caller: Caller, entry: StoredEntry) => ({
  text: entry.text,
  leafHash: entry.leafHash.toString('base64'),
  ...(entry.leafIndex !== undefined && { leafIndex: entry.leafIndex }),
  ...(entry.private && isPrivateVisible(caller, entry) && { private: entry.private }),
});

/**
 * Handlers that read one exchange.
 * @param findOperation by its name, `<service>/<operationId>`
 */
export function createExchanges(
  reader: EvidenceReader,
  findOperation: (name: string) => ExplainedOperation | undefined,
): Pick<Handlers<operations>, 'explainExchange' | 'getExchange' | 'getReceipt'> {
  return {
    explainExchange: {
      async handle({ params, caller }) {
        const entries = await readVisible(reader, caller, params.id);
        const isOwn = entries.every((entry) => isPrivateVisible(caller, entry));
        const body = toExplanation(entries, isOwn, findOperation);
        if (!body) throw new Problem('exchange-not-found');
        return { status: 200, body };
      },
    },
    getExchange: {
      async handle({ params, caller }) {
        const entries = await readVisible(reader, caller, params.id);
        const last = entries.at(-1);
        if (!last || last.kind === 'refusals') throw new Problem('exchange-not-found');
        return {
          status: 200,
          body: {
            exchangeId: params.id,
            ...toState(last.kind, last),
            entries: entries.map((entry) => toEntry(caller, entry)),
          },
        };
      },
    },
    getReceipt: {
      async handle({ params, query, caller, signal }) {
        await readVisible(reader, caller, params.id);
        const options = { waitMs: receiptWaitMs, signal, place: query.entry };
        const found = await reader.receiptOf(params.id, options);
        if (found === 'no-such-exchange') throw new Problem('exchange-not-found');
        if (found === 'not-ready') throw new Problem('receipt-not-ready', { retryAfterS: 1 });
        const { private: sealed, ...receipt } = found.receipt;
        const body = { ...receipt, inclusionProof: [...receipt.inclusionProof] };
        return {
          status: 200,
          body: sealed && isPrivateVisible(caller, found.entry) ? { ...body, private: sealed } : body,
        };
      },
    },
  };
}
