// The final format of a leaf: canonical JSON (RFC 8785) of its public part, and the private part that it seals by
// SHA-256(salt ‖ text). Neither text ever holds a personal number or a name.
import { createHmac, hash } from 'node:crypto';
import type { Digest, SourceTrace } from '../../adapters/adapter.ts';
import { parseHash, toUtf8 } from './bytes.ts';
import { toCanonical, toTextInOrder } from './canonical.ts';
import { hashLeaf } from './tree.ts';
import type { EntryKind, ExchangeFacts, PrivateFacts } from './types.ts';

/**
 * What happens to the log itself and is an entry of it. `key-added`: once this entry is below a signed head, heads are
 * signed by another key too (`about`: `key` and `after`, verifier keys of the new one and the one before; `overlapS`,
 * seconds until that one is retired; `stolen`, 1 where it was); `key-retired`: likewise no longer by a key (`key`, and
 * `successor`); `purged`: private parts were deleted; `month-key-destroyed`; `held`, `hold-ended`: an inquiry keeps
 * entries; `head-accepted`: someone took a head that does not extend the anchor; `restored`: this log follows another.
 *
 * Members of `about`: `purged` has `class`, `month`, `basis`, `firstLeaf`, `lastLeaf`, `entries`, `leaves` (runs), and `log`, the
 * origin of the log whose leaves they are, where that is not this one.
 *
 * `restored` has `oldOrigin`, `backupAt` (ISO 8601), `restoredSize` and `restoredRoot` (the head up to which the
 * old log is here), `lastKnownSize` and `lastKnownRoot` (the largest head that was kept), `againFrom` and `againTo` (leaves that no
 * head in the backup covers, entered in this log again), `lostFrom` and `lostTo` (leaves that are lost): ranges of leaf indices of
 * the old log, from the first to before the last, empty where both are equal. One entry for each log that was lost.
 */
export const notices = [
  'key-added',
  'key-retired',
  'purged',
  'month-key-destroyed',
  'held',
  'hold-ended',
  'head-accepted',
  'restored',
] as const;
/** One of `notices`. */
export type Notice = (typeof notices)[number];

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
  /** Steps only: what happened to the delivery, and in which attempt at sending it, from 1. */
  readonly step?: string;
  readonly attempt?: number;
  /** Notices only: what happened to the log itself, and the facts of it. */
  readonly notice?: Notice;
  readonly about?: Readonly<Record<string, string | number>>;
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
  return hash('sha256', Buffer.concat([part.salt, toUtf8(part.text)]), 'buffer');
}

/** HMAC-SHA-256 of kind ‖ 0x00 ‖ number, in base64: how a person is found without being named. */
export function hashSubject(monthKey: Buffer, kind: string, number: string): string {
  return createHmac('sha256', monthKey).update(`${kind}\u0000${number}`).digest('base64');
}

const toOrderedDigest = (digest: Digest | undefined) =>
  digest && { bytes: digest.bytes, sha256: digest.sha256 };

const toOrderedTrace = ({ source, requestCode, request, answer }: SourceTrace) => ({
  answer: toOrderedDigest(answer),
  request: toOrderedDigest(request),
  requestCode,
  source,
});

/** The canonical private text. `monthKey` is the key of the month of the entry. */
export function toPrivateText(facts: PrivateFacts, monthKey: () => Buffer): string {
  return toTextInOrder({
    acceptedBy: facts.acceptedBy,
    assurance: facts.assurance,
    calledBy: facts.calledBy && { address: facts.calledBy.address, name: facts.calledBy.name },
    case: facts.caseCode,
    fileNumber: facts.fileNumber,
    from: facts.from,
    message: toOrderedDigest(facts.message),
    network: facts.network,
    officer: facts.officerId,
    purpose: facts.purpose,
    reason: facts.reason,
    released: toOrderedDigest(facts.released),
    repeats: facts.repeats,
    request: toOrderedDigest(facts.request),
    responsible: facts.responsible,
    result: facts.result,
    sourceCredential: facts.sourceCredential,
    sources: facts.sources?.map(toOrderedTrace),
    step: facts.step,
    subjects: facts.subjects?.map(({ role, kind, number }) => ({
      hash: hashSubject(monthKey(), kind, number),
      kind,
      role,
    })),
    to: facts.to,
    unitCode: facts.unitCode && { unit: facts.unitCode.unit, used: facts.unitCode.used },
    unknownFields: facts.unknownFields,
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
  const text = toTextInOrder({
    about: part.about && toOrdered(part.about),
    actingUnit: facts.actingUnit,
    at: time.at.toISOString(),
    attempt: part.attempt,
    count: part.count,
    databaseAt: time.databaseAt.toISOString(),
    earlier: part.earlier,
    exchange: facts.exchangeId,
    from: part.from,
    grant: facts.grantId,
    kind,
    notice: part.notice,
    operation: facts.operation,
    outcome: part.outcome,
    owningUnit: facts.owningUnit,
    problem: part.problem,
    sealed: hashSealed(sealed).toString('base64'),
    service: facts.service,
    status: part.status,
    step: part.step,
    system: facts.systemId,
    to: part.to,
    v: 1,
  } satisfies { readonly [Name in keyof Required<PublicPart>]: PublicPart[Name] | undefined });
  return { text, hash: hashLeaf(toUtf8(text)) };
}

const toOrdered = (about: Readonly<Record<string, string | number>>) =>
  Object.fromEntries(Object.entries(about).sort(([one], [other]) => (one < other ? -1 : 1)));

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

const kinds: readonly string[] = [
  'opened',
  'closed',
  'unknown',
  'resolved',
  'refused',
  'refusals',
  'step',
  'notice',
];
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
  step: isText,
  attempt: isCount,
  notice: (value) => notices.some((name) => name === value),
  about: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((member) => isText(member) || isCount(member)),
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
