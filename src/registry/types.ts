// The registry's words as the rest of the hub sees them: immutable rows of one snapshot.

/** `from` inclusive, `to` exclusive; no `to` means until further notice. Instants. */
export interface Validity {
  readonly from: Date;
  readonly to: Date | undefined;
}

/** An organisation. Source: units-and-codes.md §4.2. */
export interface Unit extends Validity {
  readonly id: string;
  readonly name: string;
  /** `commune`, `ward`, `special-zone`, `provincial`. */
  readonly kind: string;
  readonly parentId: string | undefined;
  /** While it is not active nobody acts for it. */
  readonly state: 'active' | 'suspended' | 'revoked';
  readonly codes: readonly UnitCode[];
}

/** One code of a unit in one code system (`administrative`, `agency`, `population`, …). */
export interface UnitCode extends Validity {
  readonly scheme: string;
  readonly code: string;
}

/** Who holds a code, in whatever period. */
export interface CodeHolder {
  readonly unit: Unit;
  readonly code: UnitCode;
}

/** One unit took over from another; many-to-many, since units are merged and split. */
export interface Succession {
  readonly unitId: string;
  readonly successorId: string;
  readonly at: Date;
}

/** Software that holds keys; belongs to one unit and acts for those that mandated it. */
export interface System {
  /** The client id of its tokens. */
  readonly id: string;
  readonly name: string;
  readonly unitId: string;
  readonly state: 'active' | 'suspended' | 'revoked';
  /** Tokens issued before this instant are refused. */
  readonly tokensValidFrom: Date;
  readonly keys: readonly SystemKey[];
}

/** A public key of a system (JWK with `kid` and `alg`), perhaps registered by a certificate. */
export interface SystemKey extends Validity {
  readonly kid: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  /** SHA-256 of the certificate's DER, base64url (RFC 8705 x5t#S256); undefined for a plain key. */
  readonly certificateSha256: string | undefined;
}

/** System S may act for unit U. `operations` holds `<service>/<operationId>` or `<service>/*`. */
export interface Mandate extends Validity {
  readonly id: string;
  readonly systemId: string;
  readonly unitId: string;
  readonly operations: readonly string[];
  readonly document: string;
}

/** A person working for a unit; the personal number stays encrypted (see `src/registry/officer-number.ts`). */
export interface Officer extends Validity {
  readonly id: string;
  readonly unitId: string;
  readonly sealedNumber: Buffer;
}

/** A published service: `population.v1`. */
export interface RegisteredService {
  readonly id: string;
  readonly provider: string;
  readonly state: 'active' | 'off' | 'revoked';
}

/** An account at a source, of one unit or for the whole province; the secret stays sealed (`source-secret.ts`). */
export interface SourceCredentialRow extends Validity {
  readonly id: string;
  readonly source: string;
  /** Undefined: for every unit that has none of its own. */
  readonly unitId: string | undefined;
  readonly account: string;
  readonly sealedSecret: Buffer;
  readonly state: 'active' | 'suspended';
}

/** The right of a system to call operations for a purpose. */
export interface Grant extends Validity {
  readonly id: string;
  readonly systemId: string;
  /** `<service>/<operationId>` each. */
  readonly operations: readonly string[];
  /** Purpose code, or undefined for operations that carry none (reading one's own evidence). */
  readonly purpose: string | undefined;
  readonly legalBasis: string;
  /** Fields of the answer that may be released; undefined: the operation has no withheld fields. */
  readonly fields: readonly string[] | undefined;
  readonly caseRule: 'required' | 'optional';
  readonly leastAssurance: 1 | 2 | 3;
  /** CIDR blocks the call may come from; empty: any. */
  readonly addresses: readonly string[];
  /** Hours of the day in Asia/Ho_Chi_Minh, `from` inclusive, `to` exclusive; undefined: any. */
  readonly hours: { readonly from: number; readonly to: number } | undefined;
  readonly environment: string;
  readonly quota: { readonly perMinute: number; readonly perDay: number };
  /** `unit`: what belongs to the acting unit; `province`: everything (auditors). */
  readonly reach: 'unit' | 'province';
  /** Who granted it: unit id, or the agreement number with a national source. */
  readonly grantor: string;
  /** Only tokens bound to a key or certificate of the caller. */
  readonly isSenderBound: boolean;
  readonly state: 'active' | 'suspended';
}

/** One immutable state of the registry. Look-ups are by id and cost no query. */
export interface Snapshot {
  readonly version: bigint;
  unit(id: string): Unit | undefined;
  /** All units, of whatever date and state. */
  units(): readonly Unit[];
  /** The units that hold or held a code of a scheme; never two of them at one date. */
  holders(scheme: string, code: string): readonly CodeHolder[];
  /** Who took over from a unit, of whatever date. */
  successors(unitId: string): readonly Succession[];
  system(id: string): System | undefined;
  /** The mandate in force at `at`, if any. */
  mandate(systemId: string, unitId: string, at: Date): Mandate | undefined;
  /** Units that the system may act for at `at`. */
  actingUnits(systemId: string, at: Date): readonly string[];
  officer(id: string): Officer | undefined;
  service(id: string): RegisteredService | undefined;
  /** All grants of a system for an operation (`<service>/<operationId>`), of whatever date and purpose. */
  grants(systemId: string, operation: string): readonly Grant[];
  /** Whether the token with this `jti` was revoked. */
  isTokenRevoked(jti: string): boolean;
  /** Whether an administrator has switched the source off. */
  isSourceOff(source: string): boolean;
  /**
   * The credential that counts for a unit at a source, of whatever date and state: its own, else the province's. One that
   * is its own and out of use hides the province's.
   */
  sourceCredential(source: string, unitId: string): SourceCredentialRow | undefined;
}

/** The snapshot in memory and how fresh it is. */
export interface Registry {
  readonly current: Snapshot;
  /** Milliseconds since the database last confirmed that `current` is the newest. */
  confirmedMsAgo(): number;
  close(): Promise<void>;
}
