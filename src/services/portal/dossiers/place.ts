// Gives each record of a request its place: which dossier of whom, in what order, in place of what; or says why it is
// refused. It writes nothing.
import { v7 as uuidv7 } from 'uuid';
import type { ProblemCode } from '../../../problem-codes.ts';
import { type Finding, isBlocked } from '../findings.ts';
import type { PortalRecord } from '../record-form.ts';
import type { Corrected } from './corrected.ts';
import type { LockedDossier, Said } from './dossier-rows.ts';
import { isEmpty, type Judging, type NewRecord, toRecord } from './judging.ts';
import { toSummary } from './summary.ts';

/** A record that is taken. */
export interface Placed {
  /** Of the change. */
  readonly id: string;
  /** In the request, from 0. */
  readonly recordNo: number;
  readonly record: PortalRecord;
  /** Among the changes of its dossier. */
  readonly no: number;
  readonly findings: readonly Finding[];
  readonly isHeld: boolean;
  /** The change whose place it takes. */
  readonly corrects: string | undefined;
}

/** A record that is not taken. */
export interface Refused {
  readonly record: NewRecord;
  readonly recordNo: number;
  readonly refusal: ProblemCode;
}

/** What becomes of the records of a request. */
export interface Placing {
  readonly placed: readonly Placed[];
  readonly refused: readonly Refused[];
  /** What is said last of dossiers from now on. */
  readonly said: readonly Said[];
  /** Dossiers of which something earlier is said last again. */
  readonly unsaid: readonly string[];
  /** The last number of each dossier. */
  readonly lastNos: ReadonlyMap<string, number>;
  /** The number from which on a dossier is the unit's, of those that were another's. */
  readonly fromNos: ReadonlyMap<string, number>;
}

/** What places are given by; all dossiers are locked. */
export interface Ground {
  readonly dossiers: ReadonlyMap<string, LockedDossier>;
  readonly corrected: ReadonlyMap<string, Corrected>;
  readonly isOwn: (unitId: string) => boolean;
  readonly judging: Judging;
}

/** A dossier as it stands between two records of a request. */
interface Standing {
  readonly lastNo: number;
  readonly status: number | undefined;
  readonly position: number;
  readonly said: Said | undefined;
  readonly isUnsaid: boolean;
}

/** Why a record is refused, without a word about whose the dossier is. */
function findRefusal(
  given: NewRecord,
  dossier: LockedDossier | undefined,
  { corrected, isOwn }: Ground,
  used: ReadonlySet<string>,
): ProblemCode | undefined {
  const { code, corrects } = given;
  if (isEmpty(given)) return 'record-empty';
  if (dossier && !isOwn(dossier.unitId) && (!dossier.isFree || corrects !== undefined))
    return 'dossier-not-yours';
  if (corrects === undefined) return undefined;
  const change = corrected.get(corrects);
  const isFit = change?.code === code && change.isOpen && !used.has(corrects);
  return isFit ? undefined : 'correction-refused';
}

/** What is behind everything else. */
const atTheEnd = Number.MAX_SAFE_INTEGER;

function follow(standing: Standing, placed: Placed, corrected: Corrected | undefined): Standing {
  const { dossier } = placed.record;
  const next = { ...standing, lastNo: placed.no };
  const position = corrected?.position ?? atTheEnd;
  if (!dossier) return corrected?.isLastSaid && !standing.said ? { ...next, isUnsaid: true } : next;
  if (position < standing.position) return next;
  const said = {
    code: placed.record.code,
    change: placed.id,
    summary: toSummary(dossier, placed.findings),
  };
  return { ...next, position, said, status: dossier.status, isUnsaid: false };
}

/** As it stands before the request. What another unit said of it before it went over counts for nothing. */
const toStart = ({ lastNo, status, lastPosition }: LockedDossier, isOwn: boolean): Standing => ({
  ...{ lastNo, status: isOwn ? status : undefined, position: isOwn ? lastPosition : -1 },
  ...{ said: undefined, isUnsaid: !isOwn },
});

/** Places the records in their order. */
export function placeRecords(records: readonly NewRecord[], ground: Ground): Placing {
  const standings = new Map<string, Standing>();
  const used = new Set<string>();
  const placed: Placed[] = [];
  const refused: Refused[] = [];
  for (const [recordNo, given] of records.entries()) {
    const { code, corrects } = given;
    const dossier = ground.dossiers.get(code);
    const refusal = findRefusal(given, dossier, ground, used);
    if (refusal !== undefined || !dossier) {
      refused.push({ record: given, recordNo, refusal: refusal ?? 'correction-refused' });
      continue;
    }
    const standing = standings.get(code) ?? toStart(dossier, ground.isOwn(dossier.unitId));
    const corrected = corrects === undefined ? undefined : ground.corrected.get(corrects);
    if (corrects !== undefined) used.add(corrects);
    const record = toRecord(given);
    const findings = ground.judging.judge(record, corrected ? corrected.earlierStatus : standing.status);
    const no = standing.lastNo + 1;
    const isHeld = isBlocked(findings);
    const one: Placed = { id: uuidv7(), recordNo, record, no, findings, isHeld, corrects };
    placed.push(one);
    standings.set(code, follow(standing, one, corrected));
  }
  const all = [...standings];
  const taken = [...ground.dossiers.values()].filter(
    ({ code, unitId }) => standings.has(code) && !ground.isOwn(unitId),
  );
  return {
    ...{ placed, refused },
    said: all.flatMap(([, { said }]) => said ?? []),
    unsaid: all.filter(([, { isUnsaid }]) => isUnsaid).map(([code]) => code),
    lastNos: new Map(all.map(([code, { lastNo }]) => [code, lastNo])),
    fromNos: new Map(taken.map(({ code, lastNo }) => [code, lastNo + 1])),
  };
}

/**
 * Groups them so that all of a group are held, or none, and the groups one after another keep the order of each dossier.
 */
export function toRounds(placed: readonly Placed[]): readonly (readonly Placed[])[] {
  const rounds: Placed[][] = [];
  const last = new Map<string, number>();
  for (const one of placed) {
    let at = last.get(one.record.code) ?? 0;
    while (at < rounds.length && rounds[at]?.[0]?.isHeld !== one.isHeld) at += 1;
    const round = rounds[at] ?? [];
    if (at === rounds.length) rounds.push(round);
    round.push(one);
    last.set(one.record.code, at);
  }
  return rounds;
}
