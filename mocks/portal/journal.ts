// The journal of the mock: what was received, how many times, in which order, and what became of it. One line is on disk
// before the call is answered. It holds dossiers as received, so that all state follows from it.
import { type JournalFile, openJournalFile } from '../parts/journal-file.ts';
import type { Generation, Settings } from './config.ts';
import type { Fields } from './fields.ts';

/** What a record is for. */
export type RecordKind = 'create' | 'update' | 'progress' | 'question' | 'answer';

/** One record of a call: taken with its fields, or refused with a reason that names fields and repeats no value. */
export type Noted = { readonly kind: RecordKind; readonly code: string } & (
  | { readonly fields: Fields }
  | { readonly refused: number; readonly reason: string }
);

/** A call of any face. */
export interface CallHappening {
  readonly event: 'call';
  /** `login` or a service. */
  readonly service: string;
  readonly generation: Generation;
  readonly unit?: string;
  /** The call's `error_code` as a number; absent when a fault kept it from being carried out. */
  readonly code?: number;
  /** The dossier that was looked up. */
  readonly asked?: string;
  readonly records?: readonly Noted[];
}

/** A change of the dictionaries by a test. */
export interface CatalogueChange {
  readonly withdraw: readonly string[];
  readonly restore: readonly string[];
  readonly rename: readonly { readonly code: string; readonly name: string }[];
  readonly add: readonly { readonly code: string; readonly name: string }[];
  /** In đồng. */
  readonly fees: readonly { readonly code: string; readonly amount: number }[];
  readonly agencies?: number;
  readonly dirty?: boolean;
}

/** A dossier filed on the portal, as it was ordered. */
export interface InboundOrder {
  readonly code: string;
  /** Numbers the portal's own dossiers, from 0. */
  readonly number: number;
  readonly unit: string;
  readonly procedure: string;
  /** TenTTHC at that time. */
  readonly procedureName: string;
  /** NgayNopHoSo. */
  readonly filedAt: string;
  readonly repeat: number;
  readonly files: number;
  readonly fileBytes: number;
  readonly gatewayUrl: string;
  /** Put over the made ones. */
  readonly fields: Fields;
}

/** What the gateway said: `none` = nothing that can be read as one of the others. */
export type GatewayAnswer = '0' | '1' | '-1' | 'none';

/** What can happen. */
export type Happening = { readonly fault?: string } & (
  | CallHappening
  | { readonly event: 'catalogue'; readonly change: CatalogueChange }
  | { readonly event: 'ordered'; readonly orders: readonly InboundOrder[] }
  | { readonly event: 'again'; readonly codes: readonly string[] }
  | {
      readonly event: 'inbound';
      readonly code: string;
      readonly answer: GatewayAnswer;
      readonly httpStatus?: number;
      readonly ms: number;
    }
);

/** A line. `at` is the mock's clock, ISO 8601 UTC. */
export type Entry = Happening & { readonly seq: number; readonly at: string };

/** An open journal. */
export interface Journal extends Pick<JournalFile<Entry>, 'read' | 'counts' | 'close'> {
  /** Resolves when the line is on disk; its place in the order is taken at once. */
  readonly append: (happening: Happening) => Promise<void>;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && 'seq' in value && 'event' in value;
}

/**
 * Opens the journal.
 * @param restore told of each line that it already holds, in order
 * @throws Error when a line before the last cannot be read
 */
export async function openJournal(
  { journalFile }: Settings,
  restore: (entry: Entry) => void,
): Promise<Journal> {
  const kind = { mock: 'portal mock', file: journalFile, isEntry };
  const { takeSeq, append, ...file } = await openJournalFile(kind, restore);
  return {
    ...file,
    append: (happening) => append({ seq: takeSeq(), at: new Date().toISOString(), ...happening }),
  };
}

function toNotedView(noted: Noted): object {
  return 'fields' in noted ? { kind: noted.kind, code: noted.code, taken: true } : { ...noted, taken: false };
}

/** A line without the fields of its records, for readers of the journal. */
export function toView(entry: Entry): object {
  if (entry.event === 'ordered')
    return { ...entry, orders: entry.orders.map(({ fields: _fields, ...order }) => order) };
  if (entry.event !== 'call' || entry.records === undefined) return entry;
  return { ...entry, records: entry.records.map(toNotedView) };
}
