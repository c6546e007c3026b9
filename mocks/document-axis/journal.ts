// The journal of the mock: what was received, listed, fetched and acknowledged. One line is on disk before the request is
// answered. It holds no content, no subject, no name of a person.
import { type JournalFile, openJournalFile } from '../parts/journal-file.ts';
import type { Settings } from './config.ts';
import type { Spoil } from './spoil.ts';
import type { Place } from './store.ts';
import type { Registration } from './units.ts';

/** `messagetype` of the axis. */
export type Kind = 'edoc' | 'status';

/** Where an item of a queue stands; a `done` or `fail` one is not listed any more. */
export type ItemState = 'initial' | 'processing' | 'done' | 'fail';

/** A message that was taken, with its queue items. */
export interface Received {
  readonly event: 'received';
  /** Id at the sender. */
  readonly docId: string;
  /** The sender's systemId; absent = injected by a test. */
  readonly system?: string;
  readonly from: string;
  readonly kind: Kind;
  readonly documentId: string;
  /** BussinessDocType. */
  readonly documentType?: string;
  readonly statusCode?: string;
  /** In statuses: the document that is answered. */
  readonly answers?: string;
  /** Of the bytes as received, without the trailing CRLF. */
  readonly sha256: string;
  readonly bytes: number;
  readonly place: Place;
  /** The hop that the axis puts in: where, and which text. */
  readonly hop?: { readonly atByte: number; readonly text: string };
  readonly spoil?: Spoil;
  readonly items: readonly { readonly docId: string; readonly to: string }[];
}

/** What can happen. */
export type Happening = { readonly fault?: string } & (
  | Received
  | { readonly event: 'listed'; readonly system: string; readonly docIds: readonly string[] }
  | { readonly event: 'fetched'; readonly system: string; readonly docId: string }
  | {
      readonly event: 'acknowledged';
      readonly system: string;
      readonly docId: string;
      readonly state: ItemState;
    }
  | { readonly event: 'registered'; readonly system: string; readonly unit: Registration }
  | { readonly event: 'removed'; readonly system: string; readonly code: string }
  | {
      readonly event: 'refused';
      readonly operation: string;
      readonly system?: string;
      /** ErrorCode, `401`, or the fault mode. */
      readonly code: string;
    }
);

/** A line. `at` is the mock's clock, ISO 8601 UTC. */
export type Entry = Happening & { readonly seq: number; readonly at: string };

/** An open journal whose state follows from its lines alone. */
export interface Journal extends Pick<JournalFile<Entry>, 'read' | 'counts' | 'close'> {
  /** Resolves when the line is on disk and has taken effect. */
  readonly append: (happening: Happening) => Promise<void>;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && 'seq' in value && 'event' in value;
}

/**
 * Opens the journal.
 * @param apply told of each line, at start and when it has become durable, in order
 * @throws Error when a line before the last cannot be read
 */
export async function openJournal(
  { journalFile }: Settings,
  apply: (entry: Entry) => void,
): Promise<Journal> {
  const kind = { mock: 'document axis mock', file: journalFile, isEntry };
  const { takeSeq, append, ...file } = await openJournalFile(kind, apply);
  return {
    ...file,
    append: async (happening) => {
      const entry = { seq: takeSeq(), at: new Date().toISOString(), ...happening };
      await append(entry);
      apply(entry);
    },
  };
}
