// What the directory of agencies and units says to those who send, receive and list: where a code leads at a date. A code
// is a text: it is never parsed by position, never rewritten, never computed. Source: units-and-codes.md §1, §4.2, §6
import type { Unit } from '../../../registry/types.ts';

/**
 * What a code looks like. `qd20`: level 1 first (`H36.01`); `old`: QCVN 102 with its four groups (`000.00.01.H36`);
 * `old-short`: the same without leading groups (`01.H36`); `system`: a connecting centre of the axis (`00.36.W00`);
 * `opaque`: any other, taken as it stands; `malformed`: no code at all (empty, `null`, two joined by `#`, spaces).
 * Source: units-and-codes.md §1
 */
export type CodeForm = 'qd20' | 'old' | 'old-short' | 'system' | 'opaque' | 'malformed';

/** Why a code is looked up: `new` traffic, or a `status` about a document that was sent before. */
export type Purpose = 'new' | 'status';

/**
 * How the code belongs to the one found. `current`: its own at that date; `alias`: an older or other one of it that still
 * leads there; `successor`: it was a unit's that has ended, and the one found took over from it.
 */
export type CodeStatus = 'current' | 'alias' | 'successor';

/** A code with the name of the one that it stands for. */
export interface NamedCode {
  readonly code: string;
  readonly name: string;
}

/** What is known about a code that leads nowhere; each list holds at most five. */
export interface KnownAbout {
  /** Codes that are written almost the same. */
  readonly similar: readonly NamedCode[];
  /** The nearest code above it that is known, e.g. `H36.10` for `H36.10.99`. */
  readonly above: NamedCode | undefined;
  /** It is registered, but only from this instant on. */
  readonly from: Date | undefined;
}

/** A unit of ours: deliver into its mailbox. */
export interface InsideResolution {
  readonly kind: 'inside';
  readonly code: string;
  readonly form: CodeForm;
  readonly unit: Unit;
  readonly status: CodeStatus;
}

/** An agency outside: send over the axis. */
export interface OutsideResolution {
  readonly kind: 'outside';
  readonly code: string;
  readonly form: CodeForm;
  /** Its key in the directory, which stays the same through all its names and codes. */
  readonly agencyId: string;
  /** The code for the transport: as it was written, or that of the one who took over. The message itself stays whole. */
  readonly address: string;
  readonly name: string;
  readonly status: CodeStatus;
}

/** It has ended: no new traffic. */
export interface ClosedResolution {
  readonly kind: 'closed';
  readonly code: string;
  readonly form: CodeForm;
  readonly place: 'inside' | 'outside';
  readonly name: string;
  /** None, or one; several are a `SeveralResolution`. */
  readonly successors: readonly NamedCode[];
  readonly since: Date | undefined;
}

/** It has ended and several took over, or it stands for several: a person decides. */
export interface SeveralResolution {
  readonly kind: 'several';
  readonly code: string;
  readonly form: CodeForm;
  readonly name: string;
  readonly candidates: readonly NamedCode[];
}

/** It leads nowhere. */
export interface UnknownResolution {
  readonly kind: 'unknown';
  readonly code: string;
  readonly form: CodeForm;
  readonly known: KnownAbout;
}

/** Where a code leads. */
export type Resolution =
  | InsideResolution
  | OutsideResolution
  | ClosedResolution
  | SeveralResolution
  | UnknownResolution;

/** The directory as those who send and receive see it. */
export interface Directory {
  /**
   * Where `code` leads at `at`. Units of ours are answered from the registry's snapshot, without a query; others by one
   * query, kept for a minute.
   * @param purpose default `new`: one that has ended is `closed`; `status`: it leads to its only successor
   * @param writtenAt when the code was written, e.g. the date of the old document; default `at`. The one who held the code
   *   then is looked for, and the one who has its place at `at` is found
   * @throws Error of the database
   */
  resolve(code: string, at: Date, purpose?: Purpose, writtenAt?: Date): Promise<Resolution>;
  /** The code that a unit of ours writes as its own at `at`; undefined: it has none. */
  codeOf(unitId: string, at: Date): string | undefined;
  /** Whether the code is, or was, one of the unit's own, or of a unit that it took over from alone. */
  isCodeOf(code: string, unitId: string, at: Date): boolean;
  /** Whether `heirId` took over alone from a unit of ours that has ended by `at`. */
  isOnlyHeir(unitId: string, heirId: string, at: Date): boolean;
}

/** One code of an agency as listed; times are `Instant`s. */
export interface ListedCode {
  code: string;
  form: CodeForm;
  from: string;
  to?: string;
}

/** One agency or unit as of a date (schema `Agency`); times are `Instant`s. */
export interface Agency {
  /** Its code as of that date. */
  code: string;
  codes: ListedCode[];
  name: string;
  kind: 'inside' | 'outside';
  state: 'active' | 'closed';
  /** Code of the one above it. */
  parent?: string;
  successors: { code: string; name: string }[];
  from: string;
  to?: string;
}

/** A page of them (schema `AgencyPage`); `next` is null at the end. */
export interface AgencyPage {
  items: Agency[];
  next: string | null;
}

/** Parameters of `listAgencies`. */
export interface AgencyQuery {
  /** Part of a name, with or without diacritics, or of a code. */
  readonly q?: string | undefined;
  /** An `Instant`; default: now. */
  readonly at?: string | undefined;
  readonly kind?: 'inside' | 'outside' | undefined;
  /** Code of the one above. */
  readonly parent?: string | undefined;
  readonly cursor?: string | undefined;
  /** Default 50. */
  readonly limit?: number | undefined;
}
