// The final format of a leaf: canonical JSON (RFC 8785) of its public part, and the private part that it seals by
// SHA-256(salt ‖ text). Neither text ever holds a personal number or a name.
import { createHash, createHmac } from 'node:crypto';
import { parseHash, toUtf8 } from './bytes.ts';
import { toCanonical } from './canonical.ts';
import { hashLeaf } from './tree.ts';
import type { EntryKind, ExchangeFacts, PrivateFacts } from './types.ts';

/** The members of a public part that depend on the kind of entry. */
export interface KindPart {
  readonly outcome?: 'answered' | 'problem' | 'not-sent';
  /** HTTP status released. */
  readonly status?: number;
  readonly problem?: string;
  /** Refusals only: how many this entry stands for, and when the first and the last happened. */
  readonly count?: number;
  readonly from?: string;
  readonly to?: string;
  /** Hash of the leaf before this one in the same exchange. */
  readonly earlier?: string;
}

/** The public part, version 1. Times are ISO 8601 with milliseconds and Z; hashes are base64 of SHA-256. */
export interface PublicPart extends KindPart {
  readonly v: 1;
  readonly exchange: string;
  readonly kind: EntryKind;
  /** Clock of the process that wrote it. */
  readonly at: string;
  /** The database's clock at the same moment. */
  readonly databaseAt: string;
  readonly system: string | null;
  readonly owningUnit: string | null;
  readonly actingUnit: string | null;
  readonly service: string | null;
  readonly operation: string | null;
  readonly grant: string | null;
  readonly sealed: string;
}

/** A private part as it is stored and handed to those entitled. */
export interface SealedPart {
  /** 32 random bytes. */
  readonly salt: Buffer;
  readonly text: string;
}

/** A leaf ready to be written. */
export interface Leaf {
  readonly text: string;
  readonly hash: Buffer;
}

/** When an entry was made, by both clocks. */
export interface EntryTime {
  readonly at: Date;
  readonly databaseAt: Date;
}

/** SHA-256(salt ‖ text). */
export function hashSealed(part: SealedPart): Buffer {
  return createHash('sha256').update(part.salt).update(toUtf8(part.text)).digest();
}

/** HMAC-SHA-256 of kind ‖ 0x00 ‖ number, in base64: how a person is found without being named. */
export function hashSubject(monthKey: Buffer, kind: string, number: string): string {
  return createHmac('sha256', monthKey).update(`${kind}\u0000${number}`).digest('base64');
}

/** The canonical private text. `monthKey` is the key of the month of the entry. */
export function toPrivateText(facts: PrivateFacts, monthKey: () => Buffer): string {
  return toCanonical({
    officer: facts.officerId,
    assurance: facts.assurance,
    purpose: facts.purpose,
    case: facts.caseCode,
    subjects: facts.subjects?.map(({ role, kind, number }) => ({
      role,
      kind,
      hash: hashSubject(monthKey(), kind, number),
    })),
    request: facts.request,
    released: facts.released,
    sources: facts.sources,
    unitCode: facts.unitCode,
    sourceCredential: facts.sourceCredential,
    result: facts.result,
    repeats: facts.repeats,
    unknownFields: facts.unknownFields,
    step: facts.step,
    responsible: facts.responsible,
    network: facts.network,
  });
}

/** The leaf of an entry. */
export function toLeaf(
  kind: EntryKind,
  facts: ExchangeFacts,
  time: EntryTime,
  part: KindPart,
  sealed: SealedPart,
): Leaf {
  const text = toCanonical({
    ...part,
    v: 1,
    exchange: facts.exchangeId,
    kind,
    at: time.at.toISOString(),
    databaseAt: time.databaseAt.toISOString(),
    system: facts.systemId,
    owningUnit: facts.owningUnit,
    actingUnit: facts.actingUnit,
    service: facts.service,
    operation: facts.operation,
    grant: facts.grantId,
    sealed: hashSealed(sealed).toString('base64'),
  } satisfies PublicPart);
  return { text, hash: hashLeaf(toUtf8(text)) };
}

/** The facts that every leaf of an exchange repeats. */
export function toFacts(part: PublicPart): ExchangeFacts {
  return {
    exchangeId: part.exchange,
    systemId: part.system,
    owningUnit: part.owningUnit,
    actingUnit: part.actingUnit,
    service: part.service,
    operation: part.operation,
    grantId: part.grant,
  };
}

const kinds: readonly string[] = ['opened', 'closed', 'unknown', 'resolved', 'refused', 'refusals'];
const isText = (value: unknown): boolean => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value);
const isTime = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u.test(value);
const isHash = (value: unknown): boolean => {
  if (typeof value !== 'string') return false;
  parseHash(value);
  return true;
};

type Check = (value: unknown) => boolean;

const neededMembers: Readonly<Record<Exclude<keyof PublicPart, keyof KindPart>, Check>> = {
  v: (value) => value === 1,
  exchange: isText,
  kind: (value) => typeof value === 'string' && kinds.includes(value),
  at: isTime,
  databaseAt: isTime,
  system: isTextOrNull,
  owningUnit: isTextOrNull,
  actingUnit: isTextOrNull,
  service: isTextOrNull,
  operation: isTextOrNull,
  grant: isTextOrNull,
  sealed: isHash,
};
const kindMembers: Readonly<Record<keyof KindPart, Check>> = {
  outcome: (value) => value === 'answered' || value === 'problem' || value === 'not-sent',
  status: isCount,
  problem: isText,
  count: isCount,
  from: isTime,
  to: isTime,
  earlier: isHash,
};
const checks = new Map<string, Check>(Object.entries({ ...neededMembers, ...kindMembers }));

function isPublicPart(value: unknown): value is PublicPart {
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value);
  return (
    Object.keys(neededMembers).every((name) => names.includes(name)) &&
    Object.entries(value).every(([name, member]) => checks.get(name)?.(member))
  );
}

/** Reads a leaf's text. @throws Error when it is not the canonical JSON of a public part of version 1 */
export function parseLeafText(text: string): PublicPart {
  const value: unknown = JSON.parse(text);
  if (toCanonical(value) !== text) throw new Error('the entry is not canonical JSON');
  if (!isPublicPart(value)) throw new Error('the entry is not a leaf of version 1');
  return value;
}
