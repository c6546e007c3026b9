// The time line of an exchange: its entries and those of the deliveries that it accepted, in one list. The list of those
// deliveries comes from the index; the entries are read where they lie.
import type { components, operations } from '../../../openapi/types/evidence.v1.ts';
import { toMembers } from '../../contracts/contract.ts';
import { parseLeafText } from '../../evidence/leaf.ts';
import type { EvidenceReader, StoredEntry } from '../../evidence/read.ts';
import type { Search } from '../../evidence/search/search.ts';
import { Problem } from '../../problem.ts';
import type { Handlers } from '../service.ts';
import { toPresent, toRead } from './present.ts';
import { orProblem } from './search.ts';
import { type FindProvided, isPrivateVisible, isVisible } from './visibility.ts';

type Item = components['schemas']['TimelineItem'];
type Sealed = components['schemas']['SealedFacts'];

const mostEntries = 2_000;

const toText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const toTexts = (values: readonly unknown[]): string[] | undefined => {
  const texts = values.filter((value) => typeof value === 'string');
  return texts.length === 0 ? undefined : [...new Set(texts)];
};

function toSealed(text: string): Sealed {
  const sealed = toMembers(JSON.parse(text));
  const traces = Array.isArray(sealed['sources']) ? sealed['sources'] : [];
  return toPresent({
    officer: toText(sealed['officer']),
    purpose: toText(sealed['purpose']),
    caseCode: toText(sealed['case']),
    result: toText(sealed['result']),
    reason: toText(sealed['reason']),
    fileNumber: toText(sealed['fileNumber']),
    sources: toTexts(traces.map((trace) => toMembers(trace)['source'])),
    unitCodes: toTexts([sealed['from'], sealed['to'], toMembers(sealed['unitCode'])['used']]),
  });
}

/** An item and by what it is put in order: the database's clock, which is one for all processes, then its place in the log. */
interface Placed {
  readonly databaseAt: string;
  readonly item: Item;
}

function toPlaced(entry: StoredEntry, isSealedVisible: boolean): Placed {
  const part = parseLeafText(entry.text);
  const { exchange, at, kind, step, attempt, notice, outcome, status, problem } = part;
  return {
    databaseAt: part.databaseAt,
    item: {
      ...{ exchangeId: exchange, at, kind },
      ...toPresent({ leafIndex: entry.leafIndex, step, attempt, notice, outcome, status, problem }),
      ...toPresent({ service: part.service, operation: part.operation, system: part.system }),
      ...toPresent({ actingUnit: part.actingUnit, receiver: entry.receiverUnit }),
      ...(isSealedVisible && entry.private && { sealed: toSealed(entry.private.text) }),
    },
  };
}

/** Handler of `getTimeline`. */
export function createTimeline(
  reader: EvidenceReader,
  search: Search,
  findProvided: FindProvided,
): Pick<Handlers<operations>, 'getTimeline'> {
  return {
    getTimeline: {
      async handle({ params: { id }, caller }) {
        const { ids, upTo } = await search.deliveriesOf(id, mostEntries).catch(orProblem);
        const entries = await reader.entriesOfAll([id, ...ids], mostEntries + 1);
        const visible = entries.filter((entry) => isVisible(caller, entry, findProvided));
        const placed = visible.map((entry) => toPlaced(entry, isPrivateVisible(caller, entry)));
        if (!placed.some(({ item }) => item.exchangeId === id.toLowerCase()))
          throw new Problem('exchange-not-found');
        const items = placed
          .sort((one, other) =>
            one.databaseAt < other.databaseAt ? -1 : Number(one.databaseAt > other.databaseAt),
          )
          .map(({ item }) => item);
        return {
          status: 200,
          body: {
            exchangeId: id.toLowerCase(),
            items: items.slice(0, mostEntries),
            isComplete: entries.length <= mostEntries,
            upTo,
          },
          result: toRead(id),
        };
      },
    },
  };
}
