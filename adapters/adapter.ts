// What the hub and the adapter of a source agree on. An adapter knows the source's wire; it knows nothing of tokens,
// grants or the exchange log, and imports nothing of src.

/** An account at a source. The secret is never kept, logged or shown. */
export interface SourceCredential {
  readonly account: string;
  readonly secret: string;
}

/** What an adapter is told about the exchange it serves; all of it comes from the authorised caller. */
export interface SourceContext {
  /** UUIDv7 of the exchange; adapters use it as the source's request code so that both sides can be matched. */
  readonly exchangeId: string;
  /** Code of the acting unit in the source's own code system, or undefined when the registry has none. */
  readonly unitCode: string | undefined;
  /** Purpose code of the grant. */
  readonly purpose: string;
  /** Dossier code as received, when the call carried one. */
  readonly caseCode: string | undefined;
  /** Resolves the officer's own personal number; nothing but the adapter may see it. */
  readonly officerNumber: () => Promise<string>;
  /**
   * The acting unit's own account at the source, else the province's; undefined when neither is registered: then the
   * adapter's own settings hold. Nothing but the adapter may see it. @throws when the one registered may not be used
   */
  readonly credential: () => Promise<SourceCredential | undefined>;
  /** Aborts at the operation's deadline. */
  readonly signal: AbortSignal;
}

/** What passed over the wire, for the private part of the entry: digests and sizes, never bytes. */
export interface SourceTrace {
  /** The source's name, e.g. `population`. */
  readonly source: string;
  /** The request code that the source saw. */
  readonly requestCode: string;
  readonly request: Digest;
  /** Absent when nothing came back. */
  readonly answer?: Digest;
}

/** SHA-256 (lower-case hex) and size of a message. */
export interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

/** What an adapter offers whose source tells one account from another. */
export interface CredentialTester {
  /** The code system of units at the source. */
  readonly unitScheme: string;
  /**
   * Makes the least harmful call that shows whether the source takes this account; resolves when it does.
   * @throws SourceError `refused` when it does not, or why it could not be found out
   */
  testCredential(credential: SourceCredential, context: SourceContext): Promise<SourceTrace>;
}

/** An answer of a source in the hub's own words. */
export interface SourceAnswer<T> {
  readonly value: T;
  readonly trace: SourceTrace;
  /** Fields or codes that the mapping did not know: names only, never values. */
  readonly unknown: readonly string[];
}

/**
 * Why a source gave no answer that can be used.
 * `unreachable`: no connection, TLS refused; nothing was sent. `timeout`: sent, no answer in time.
 * `unavailable`: the source says that it is down. `unreadable`: an answer that cannot be understood.
 * `refused`: the source refused, `code` says why. `unmapped`: the hub has no code for this unit, service or officer.
 */
export type SourceErrorKind =
  | 'unreachable'
  | 'timeout'
  | 'unavailable'
  | 'unreadable'
  | 'refused'
  | 'unmapped';

/** Who has to act on a refusal: the calling unit, the hub's operators or the source's. */
export type SourceErrorParty = 'caller' | 'hub' | 'source';

/** The one error an adapter throws. `message` is for the log and never holds personal data. */
export class SourceError extends Error {
  readonly kind: SourceErrorKind;
  readonly source: string;
  readonly code: string | undefined;
  readonly party: SourceErrorParty;
  readonly trace: SourceTrace | undefined;
  /** How long the source asked to be left alone (`Retry-After`), milliseconds; undefined: it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: SourceErrorKind,
    source: string,
    message: string,
    more: {
      code?: string;
      party?: SourceErrorParty;
      trace?: SourceTrace;
      cause?: unknown;
      retryAfterMs?: number;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'SourceError';
    this.kind = kind;
    this.source = source;
    this.code = more.code;
    this.party = more.party ?? (kind === 'unmapped' ? 'hub' : 'source');
    this.trace = more.trace;
    this.retryAfterMs = more.retryAfterMs;
  }
}
