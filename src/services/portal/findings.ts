// What is to be said of a record before it is sent: what the portal would refuse, what hurts the score, what is good to
// know. Pure: it reads the record and fills in, alters and forgives nothing.
import type { PortalDossier, PortalMistake, PortalProgressLine } from '../../../adapters/portal/portal.ts';
import type { KnownProcedure } from './dependencies.ts';
import type { PortalRecord } from './record-form.ts';

/** `blocking`: can't be sent; `score`: hurts the score; `notice`: good to know. */
export type FindingSeverity = 'blocking' | 'score' | 'notice';

/** What a finding is about; the words are in `finding-words.ts`. */
export type FindingCode =
  | PortalMistake['code']
  | 'procedure-unknown'
  | 'procedure-withdrawn'
  | 'received-missing'
  | 'due-missing'
  | 'finished-missing'
  | 'overdue'
  | 'second-supplement'
  | 'result-without-code'
  | 'result-without-link'
  | 'payment-flag-missing'
  | 'not-online'
  | 'digitised-missing'
  | 'databases-missing'
  | 'vneid-missing'
  | 'status-order';

/** A place in a record and what is to be said of it; never a value. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  /** JSON pointer into the record. */
  readonly where: string;
  /** With `too-long`: the most characters that are taken. */
  readonly most?: number;
}

/** What the record is held against. */
export interface FindingFacts {
  /** What the adapter says is wrong with its form. */
  readonly mistakes: readonly PortalMistake[];
  /** Members that a record must have, by configuration, as JSON pointers; `/progress/0/…` stands for every line. */
  readonly required: readonly string[];
  /** Whether the catalogue was synchronised lately: only then what it lacks is lacking. */
  readonly isCatalogueFresh: boolean;
  /** Of the record's procedure code; undefined: the catalogue does not have it. */
  readonly procedure: KnownProcedure | undefined;
  /** Status that was said last before it; undefined: none. */
  readonly lastStatus: number | undefined;
}

/** Statuses that say that the dossier was received. Source: public-service-portal.md §6 */
const received: ReadonlySet<number> = new Set([2, 4, 5, 6, 8, 9, 10]);
const ended: ReadonlySet<number> = new Set([9, 10]);

/** Source: public-service-portal.md §6 [inferred] */
const followers: Readonly<Record<number, readonly number[]>> = {
  1: [2, 3, 7],
  2: [4, 5, 6, 7, 8, 9],
  4: [5, 6, 7, 8, 9],
  5: [4, 7, 8, 9],
  6: [4, 7, 8, 9],
  9: [10],
};

const score = (code: FindingCode, where: string): Finding => ({ code, severity: 'score', where });
const notice = (code: FindingCode, where: string): Finding => ({ code, severity: 'notice', where });

const isAfter = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && Date.parse(one) > Date.parse(other);

/** What a part of a record lacks of the members that it must have. */
function toLacking(part: unknown, path: readonly string[]): boolean {
  let value = part;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return true;
    value = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  }
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function toMissing({ dossier, progress }: PortalRecord, required: readonly string[]): readonly Finding[] {
  const missing = (where: string): Finding => ({ code: 'missing', severity: 'blocking', where });
  return required.flatMap((pointer) => {
    const [, part, ...path] = pointer.split('/');
    if (part === 'dossier' && dossier !== undefined && toLacking(dossier, path)) return missing(pointer);
    if (part !== 'progress' || progress === undefined) return [];
    const [, ...members] = path;
    return progress.flatMap((line, n) =>
      toLacking(line, members) ? missing(['/progress', n, ...members].join('/')) : [],
    );
  });
}

/** An order of times is the unit's to judge: the portal is told what the unit says. */
const toBlocking = ({ code, where, most }: PortalMistake): Finding => ({
  ...{ code, where, severity: code === 'time-order' ? 'notice' : 'blocking' },
  ...(most !== undefined && { most }),
});

function toProcedureFindings({ procedure }: PortalDossier, facts: FindingFacts): readonly Finding[] {
  if (procedure?.code === undefined) return [];
  if (facts.procedure !== undefined && facts.procedure.withdrawnIn === undefined) return [];
  const code = facts.procedure === undefined ? 'procedure-unknown' : 'procedure-withdrawn';
  const severity = facts.isCatalogueFresh ? 'blocking' : 'notice';
  return [{ code, severity, where: '/dossier/procedure/code' }];
}

/** Which end counts: finished, then returned, then stopped or refused. Source: public-service-portal.md §8 */
function toOverdue(dossier: PortalDossier): readonly Finding[] {
  const end = (['finishedAt', 'returnedAt', 'refusedAt'] as const).find(
    (name) => dossier[name] !== undefined,
  );
  return end !== undefined && isAfter(dossier[end], dossier.dueAt)
    ? [score('overdue', `/dossier/${end}`)]
    : [];
}

/** A result counts when it is electronic and has code and link. Source: public-service-portal.md §8 */
function toResultFindings({ results = [], status }: PortalDossier): readonly Finding[] {
  if (results.length === 0 && status !== undefined && ended.has(status))
    return [
      score('result-without-code', '/dossier/results'),
      score('result-without-link', '/dossier/results'),
    ];
  return results.flatMap(({ code, link }, n) => [
    ...(code === undefined ? [score('result-without-code', `/dossier/results/${n}/code`)] : []),
    ...(link === undefined ? [score('result-without-link', `/dossier/results/${n}/link`)] : []),
  ]);
}

/** What counts only in a dossier that was received, or may have been. A "no" that is said is an answer. */
function toFlagFindings(dossier: PortalDossier): readonly Finding[] {
  const { status, channel, fees = [] } = dossier;
  if (status !== undefined && !received.has(status)) return [];
  const isOnline = channel === 'online';
  const isUnpaid = isOnline && fees.length > 0 && dossier.onlinePayment === undefined;
  return [
    ...(isOnline ? [] : [score('not-online', '/dossier/channel')]),
    ...(isUnpaid ? [score('payment-flag-missing', '/dossier/onlinePayment')] : []),
    ...(dossier.hasDigitisedParts === undefined
      ? [score('digitised-missing', '/dossier/hasDigitisedParts')]
      : []),
    ...(dossier.databases === undefined ? [score('databases-missing', '/dossier/databases')] : []),
    ...(dossier.isVneidVerified === undefined ? [score('vneid-missing', '/dossier/isVneidVerified')] : []),
  ];
}

function toScore(dossier: PortalDossier): readonly Finding[] {
  const { status, supplements = [] } = dossier;
  const wasReceived = status !== undefined && received.has(status);
  const isEnded = status !== undefined && ended.has(status);
  return [
    ...(wasReceived && dossier.receivedAt === undefined
      ? [score('received-missing', '/dossier/receivedAt')]
      : []),
    ...(wasReceived && dossier.dueAt === undefined ? [score('due-missing', '/dossier/dueAt')] : []),
    ...(isEnded && dossier.finishedAt === undefined
      ? [score('finished-missing', '/dossier/finishedAt')]
      : []),
    ...toOverdue(dossier),
    ...(supplements.length > 1 ? [score('second-supplement', '/dossier/supplements/1')] : []),
    ...toResultFindings(dossier),
    ...toFlagFindings(dossier),
  ];
}

/** Each later time and the one that it should not come before. */
const timeOrder = [
  ['receivedAt', 'filedAt'],
  ['dueAt', 'receivedAt'],
  ['finishedAt', 'receivedAt'],
  ['returnedAt', 'finishedAt'],
  ['refusedAt', 'filedAt'],
] as const;

const toDossierTimes = (dossier: PortalDossier): readonly Finding[] => [
  ...timeOrder
    .filter(([later, earlier]) => isAfter(dossier[earlier], dossier[later]))
    .map(([later]) => notice('time-order', `/dossier/${later}`)),
  ...(dossier.supplements ?? []).flatMap(({ requestedAt, receivedAt }, n) =>
    isAfter(requestedAt, receivedAt) ? [notice('time-order', `/dossier/supplements/${n}/receivedAt`)] : [],
  ),
];

const toLineTimes = (lines: readonly PortalProgressLine[]): readonly Finding[] =>
  lines.flatMap(({ at }, n) =>
    isAfter(lines[n - 1]?.at, at) ? [notice('time-order', `/progress/${n}/at`)] : [],
  );

function toStatusOrder({ status }: PortalDossier, last: number | undefined): readonly Finding[] {
  if (status === undefined || last === undefined || status === last) return [];
  return followers[last]?.includes(status) ? [] : [notice('status-order', '/dossier/status')];
}

/** The first of each code and place. */
function toDistinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, where }) => {
    const key = `${code} ${where}`;
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * Everything that is to be said of a record, what blocks it first.
 * Source: public-service-portal.md §6, §8, §11.6, §11.7, §11.12
 */
export function toFindings(record: PortalRecord, facts: FindingFacts): readonly Finding[] {
  const { dossier, progress = [] } = record;
  const all = [
    ...facts.mistakes.map(toBlocking),
    ...toMissing(record, facts.required),
    ...(dossier ? toProcedureFindings(dossier, facts) : []),
    ...(dossier ? toScore(dossier) : []),
    ...(dossier ? toDossierTimes(dossier) : []),
    ...toLineTimes(progress),
    ...(dossier ? toStatusOrder(dossier, facts.lastStatus) : []),
  ];
  const severities: readonly FindingSeverity[] = ['blocking', 'score', 'notice'];
  return toDistinct(severities.flatMap((severity) => all.filter((one) => one.severity === severity)));
}

/** Whether it can't be sent as it is. */
export const isBlocked = (findings: readonly Pick<Finding, 'severity'>[]): boolean =>
  findings.some(({ severity }) => severity === 'blocking');

/** Codes of what hurts the score, each once, in order. */
export const toScoreCodes = (findings: readonly Finding[]): readonly FindingCode[] => [
  ...new Set(findings.filter(({ severity }) => severity === 'score').map(({ code }) => code)),
];
