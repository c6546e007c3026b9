// The journal of the mock: every message received, every try to pay, every CONFIRM and its answer. One line is on disk
// before the request is answered. It holds no name, identity number or address of a person.
import { type JournalFile, openJournalFile } from '../parts/journal-file.ts';
import type { ConfirmMode, ConfirmPlan, LiveSettings } from './live.ts';

/** Which door a message came through. */
export type FaceName = 'platform' | 'keypay' | 'paygov' | 'bank';

/** A payment that was asked for. */
export interface Initialised {
  readonly kind: 'initialised';
  readonly amount: number;
  /** `ThongTinGiaoDich`, which CONFIRM repeats. */
  readonly text: string;
  readonly dossier: string;
  /** Part of its page's address. */
  readonly token: string;
  readonly returnUrl?: string;
  /** HMAC of what makes two INITs the same. */
  readonly content: string;
  /** Members as sent; those that tell of a person as HMAC of the control key, 32 hex. */
  readonly members: Readonly<Record<string, string>>;
}

/** What a message changed. */
export type Effect = Initialised | { readonly kind: 'cancelled' } | { readonly kind: 'refunded' };

/** How a try to pay ended. */
export type Outcome = 'success' | 'fail' | 'abandon' | 'pending';

/** How the provider's answer to a CONFIRM was judged; only `accepted` ends the repeats. */
export type Verdict =
  | 'accepted'
  | 'refused'
  | 'badSignature'
  | 'otherPayment'
  | 'unreadable'
  | 'httpStatus'
  | 'noAnswer';

/** A change of a day's reconciliation file. */
export interface Difference {
  readonly kind: 'onlyTheirs' | 'missing' | 'amount' | 'status';
  readonly reference: string;
  readonly amount?: number;
  readonly status?: string;
  readonly transaction?: string;
  readonly bank?: string;
}

/** What can happen. */
export type Happening =
  | { readonly event: 'started'; readonly config: string }
  | { readonly event: 'set'; readonly live: LiveSettings }
  | {
      readonly event: 'received';
      readonly face: FaceName;
      /** LoaiBanTin or the operation of another face. */
      readonly message: string;
      readonly reference?: string;
      /** MaLoi of the answer, or the fault's mode. */
      readonly code: string;
      readonly reason?: string;
      readonly fault?: string;
      /** TrangThaiGD that was told. */
      readonly state?: string;
      /** `ThoiGianGD` as sent. */
      readonly stamp?: string;
      readonly sha256: string;
      readonly effect?: Effect;
    }
  | {
      readonly event: 'attempt';
      readonly reference: string;
      readonly outcome: Outcome;
      readonly by: 'page' | 'control';
      readonly transaction: string;
      /** When the bank took the money, or would have, on the mock's clock. */
      readonly paidAtMs: number;
      readonly plan: ConfirmPlan;
      readonly pendingUntilMs?: number;
      readonly becomes?: 'success' | 'fail';
    }
  | { readonly event: 'settled'; readonly reference: string; readonly outcome: 'success' | 'fail' }
  | { readonly event: 'returned'; readonly reference: string }
  | {
      readonly event: 'confirmSent';
      readonly reference: string;
      readonly attempt: number;
      readonly mode: ConfirmMode | 'ordered';
      readonly sha256: string;
    }
  | {
      readonly event: 'confirmAnswered';
      readonly reference: string;
      readonly attempt: number;
      readonly verdict: Verdict;
      readonly code?: string;
      readonly httpStatus?: number;
      readonly ms: number;
    }
  | {
      readonly event: 'billAsked';
      readonly dossier: string;
      readonly verdict: string;
      readonly code?: string;
    }
  | { readonly event: 'differences'; readonly date: string; readonly differences: readonly Difference[] };

/** A line. `at` is the mock's clock, ISO 8601 UTC. */
export type Entry = Happening & { readonly seq: number; readonly at: string };

/** An open journal; what is true follows from its lines alone. */
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
 * @param nowMs the mock's clock
 * @throws Error when a line before the last cannot be read
 */
export async function openJournal(
  file: string,
  apply: (entry: Entry) => void,
  nowMs: () => number,
): Promise<Journal> {
  const kind = { mock: 'payment platform mock', file, isEntry };
  const { takeSeq, append, ...rest } = await openJournalFile(kind, apply);
  return {
    ...rest,
    append: async (happening) => {
      const entry = { seq: takeSeq(), at: new Date(nowMs()).toISOString(), ...happening };
      await append(entry);
      apply(entry);
    },
  };
}
