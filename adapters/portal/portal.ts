// The port of the national public-service portal: what it can be asked, whatever the generation of its transport.
// It knows nothing of units of ours, of order or of the database, and decides nothing by the words of a message.
// Source: public-service-portal.md §1–§7, §11.
import type { components } from '../../openapi/types/portal.v1.ts';
import { type CredentialTester, type SourceCredential, SourceError, type SourceTrace } from '../adapter.ts';

/** The source's name in traces, errors and settings. */
export const portalName = 'portal';

/** A dossier in the hub's words; what is not said is not sent. §4 */
export type PortalDossier = components['schemas']['Dossier'];

/** A progress line in the hub's words. §5 */
export type PortalProgressLine = components['schemas']['ProgressLine'];

/** What the portal publishes of a procedure. §3 */
export type PortalProcedure = components['schemas']['ProcedureContent'];

/** The lists of the catalogue. */
export type PortalList = components['schemas']['CatalogueKind'];

/** On whose behalf a call is made. */
export interface PortalCall {
  /** Id of the exchange or delivery, for the trace; the portal itself takes no request code. */
  readonly requestCode: string;
  /** The acting unit's code in the portal's own code system (`MADONVI`); undefined: the registry has none. */
  readonly unitCode: string | undefined;
  /** The registered account, as in a SourceContext; without one that of the adapter's settings holds. */
  readonly credential?: (() => Promise<SourceCredential | undefined>) | undefined;
  readonly signal: AbortSignal;
}

/** An answer that was read whole. */
export interface PortalAnswer<T> {
  readonly value: T;
  readonly traces: readonly SourceTrace[];
}

/** A dossier to be pushed. */
export interface PortalPush {
  readonly code: string;
  readonly dossier: PortalDossier;
  /** From the hub's own records; `undefined`: not known, so the portal is asked first (`TraCuuHoSo`). §11.5 */
  readonly isAtPortal: boolean | undefined;
}

/**
 * Why the portal, or the adapter before sending, refused a record. `invalid`: its form or a member, `where` says which;
 * `procedure`: code unknown or withdrawn; `transition`: the status may not follow the one that the portal holds;
 * `unknown-dossier`: progress of a dossier that the portal does not have; `other`: its code is all that is known.
 */
export type PortalRefusal = 'invalid' | 'procedure' | 'transition' | 'unknown-dossier' | 'other';

/**
 * What came of one record. `unknown`: sent, and whether it was stored could not be found out; to be looked up before any
 * repeat (§11.10). `failed`: not stored for a reason that can pass.
 */
export type PortalOutcome =
  | { readonly kind: 'done'; readonly did: 'created' | 'updated' }
  | {
      readonly kind: 'refused';
      readonly why: PortalRefusal;
      /** The portal's error code, normalised (§11.3); undefined: refused by the adapter before sending. */
      readonly code: string | undefined;
      /** JSON pointers into the record, where they are known. */
      readonly where: readonly string[];
    }
  | {
      readonly kind: 'unknown' | 'failed';
      /** Why, for the problem's code and the pause (`toAfterMs`). */
      readonly because?: SourceError | undefined;
    };

/** What the portal holds of a dossier. */
export type PortalHolding =
  | { readonly isKnown: false }
  | {
      readonly isKnown: true;
      readonly status: number | undefined;
      readonly procedureCode: string | undefined;
      /** RFC 3339. */
      readonly receivedAt: string | undefined;
      readonly dueAt: string | undefined;
      readonly finishedAt: string | undefined;
      /** Lines that it holds, in its order; undefined: it does not show them. */
      readonly progress: readonly PortalProgressLine[] | undefined;
      /** Members in which it differs from `dossier`, where one was given. */
      readonly differs: readonly string[];
    };

/** One entry of a list of the catalogue. */
export interface PortalEntry {
  readonly code: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly level: string | undefined;
  /** Of a procedure, where the list shows it whole; else `readProcedure` does. */
  readonly content: PortalProcedure | undefined;
}

/** A page of a list. */
export interface PortalPage {
  readonly entries: readonly PortalEntry[];
  /** Entries that could not be read, by their place; never dropped unsaid. */
  readonly unreadable: number;
  readonly total: number | undefined;
  readonly isLast: boolean;
}

/** A paper that came with an inbound dossier. */
export interface PortalPaper {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What the portal handed over, read. §2 (inbound), §10.12 */
export type InboundReading =
  | {
      readonly isRead: true;
      /** The portal's own reference, the key by which a repeat is known. */
      readonly reference: string;
      /** The unit's code as the portal wrote it. */
      readonly unitCode: string;
      readonly dossier: PortalDossier;
      readonly papers: readonly PortalPaper[];
      /** Fields that the mapping does not know, as texts. */
      readonly further: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly isRead: false; readonly mistakes: readonly string[] };

/** An answer to the portal in its own fields. */
export type InboundAnswer = components['schemas']['ToPortal'];

/**
 * The portal. Each call keeps its time and fails with a SourceError of source `portal`; a call that carries records never
 * fails for one of them, and fails as a whole only when it is certain that none was stored. Ask `isPassing` whether
 * another attempt makes sense.
 */
export interface Portal extends CredentialTester {
  /** Whether dossiers can be looked up; without it what timed out can't be cleared up. */
  readonly canLookUp: boolean;
  /** Whether it has the lists. */
  readonly hasCatalogue: boolean;
  /** Most records of one `push`. */
  readonly mostRecords: number;
  /** Most lines of one `pushProgress`. §4.4 */
  readonly mostLines: number;
  /** Members that a record must have, as JSON pointers, by configuration. §4.1 */
  readonly required: readonly string[];
  /** Creates or updates; recovers by itself from "exists" and "unknown", once. One outcome a record, in order. §11.4 */
  push(records: readonly PortalPush[], call: PortalCall): Promise<PortalAnswer<readonly PortalOutcome[]>>;
  /** Lines of one dossier, in order, all or nothing. */
  pushProgress(
    code: string,
    lines: readonly PortalProgressLine[],
    call: PortalCall,
  ): Promise<PortalAnswer<PortalOutcome>>;
  /** Looks a dossier up; `dossier` is what it is compared with. */
  lookUp(code: string, call: PortalCall, dossier?: PortalDossier): Promise<PortalAnswer<PortalHolding>>;
  /** A page of a list, from 1. */
  readPage(list: PortalList, page: number, call: PortalCall): Promise<PortalAnswer<PortalPage>>;
  readProcedure(code: string, call: PortalCall): Promise<PortalAnswer<PortalProcedure>>;
  /** What is wrong with a record before it is sent: grammar, lengths, dates. Pure. §11.6 */
  check(record: {
    readonly code: string;
    readonly dossier?: PortalDossier | undefined;
    readonly progress?: readonly PortalProgressLine[] | undefined;
  }): readonly PortalMistake[];
  /** Reads what the portal handed over. Pure. */
  readInbound(body: Readonly<Record<string, unknown>>): InboundReading;
  answerInbound(outcome: 'taken' | 'repeated' | 'failed'): InboundAnswer;
  close(): Promise<void>;
}

/** What is wrong with a record. */
export interface PortalMistake {
  /** `no-translation`: the upstream has no code for what is said. §11.13 */
  readonly code: 'code-form' | 'missing' | 'too-long' | 'time-order' | 'no-translation';
  /** JSON pointer into the record (`/code`, `/dossier/receivedAt`, `/progress/0/officer`). */
  readonly where: string;
  /** With `too-long`: the most that is taken. */
  readonly most?: number;
}

/** Code of the SourceError of an account that the portal does not take; for the operators. */
export const credentialsCode = 'credentials';

/**
 * Whether another attempt makes sense. Also of an answer that cannot be read, since where it may have stored something
 * there is an outcome `unknown` in its place; and of refused credentials, which a person mends while the records wait.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof SourceError)) return false;
  const kinds: readonly string[] = ['unreachable', 'timeout', 'unavailable', 'unreadable'];
  return kinds.includes(error.kind) || (error.kind === 'refused' && error.code === credentialsCode);
}

/** How long the portal is to be left alone, milliseconds, by its Retry-After or after a log-in that it refused. §11.11 */
export const toAfterMs = (error: unknown): number | undefined =>
  error instanceof SourceError ? error.retryAfterMs : undefined;
