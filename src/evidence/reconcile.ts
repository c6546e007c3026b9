// Our entries of a day against a source's own list of calls, pure: which belong together, and what each side has alone.
// Nothing is taken for the same that only looks alike: a code that both have, else the digest of the very answer.
import { toUuidTime } from './month.ts';

/** SHA-256 (hex) and size. */
interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

/** A call to a source as our log tells it. */
export interface LoggedCall {
  readonly exchangeId: string;
  /** Of the entry that tells of it. */
  readonly leafIndex: number;
  /** ISO 8601 UTC, of the same. */
  readonly at: string;
  readonly operation: string | null;
  /** Of a delivery: which attempt at sending it. */
  readonly attempt?: number | undefined;
  /** The code under which the source was asked. */
  readonly requestCode: string;
  readonly request: Digest;
  /** Absent when no whole answer came. */
  readonly answer?: Digest | undefined;
}

/** An exchange of which our log does not say what became of it, and when that may have been. */
export interface LostCall {
  readonly exchangeId: string;
  readonly from: string;
  readonly to: string;
}

/** A call as the source lists it. */
export interface ListedCall {
  readonly at: string;
  /** The source's own name for it. */
  readonly call: string;
  readonly code?: string | undefined;
  readonly answer?: Digest | undefined;
}

/** Why two calls count as the same. */
export type Agreement = 'code' | 'answer' | 'answer-lost' | 'fate-unknown';

/** What came of it. */
export interface Reconciliation {
  /** Pairs, by why they belong together. */
  readonly agreed: Readonly<Record<Agreement, number>>;
  readonly onlyLogged: readonly LoggedCall[];
  readonly onlyListed: readonly ListedCall[];
}

/** Clocks of two organisations differ by so much, and an answer may be waited for so long. */
const apartMs = 5 * 60_000;

const isNear = (one: string, other: string): boolean =>
  Math.abs(Date.parse(one) - Date.parse(other)) <= apartMs;

/** What our log and theirs tell of one day, and what ours tells of the minutes after it. */
export interface DayOfCalls {
  readonly start: Date;
  readonly end: Date;
  /** Entries of the day. */
  readonly logged: readonly LoggedCall[];
  /** Entries of the day after: a call is listed when it came, and entered when it was over. */
  readonly later: readonly LoggedCall[];
  readonly listed: readonly ListedCall[];
  readonly lost: readonly LostCall[];
}

/** What came of a day. `otherDay`: ended just after midnight, begun before: on the list of the day before, if anywhere. */
export interface DayReconciliation extends Reconciliation {
  readonly otherDay: readonly LoggedCall[];
}

/** How long after midnight a call that began before it may still end. */
export const midnightMs = 2 * 60_000;

/** Takes away pairs that have the same key, in the order of time. */
function pair(
  logged: readonly LoggedCall[],
  listed: readonly ListedCall[],
  keyOfLogged: (call: LoggedCall) => string | undefined,
  keyOfListed: (call: ListedCall) => string | undefined,
) {
  const waiting = new Map<string, ListedCall[]>();
  const left: ListedCall[] = [];
  for (const call of listed) {
    const key = keyOfListed(call);
    if (key === undefined) left.push(call);
    else waiting.set(key, [...(waiting.get(key) ?? []), call]);
  }
  const alone = logged.filter((call) => {
    const key = keyOfLogged(call);
    return key === undefined || waiting.get(key)?.shift() === undefined;
  });
  const unpaired = [...left, ...[...waiting.values()].flat()].sort((one, other) =>
    one.at < other.at ? -1 : 1,
  );
  return { logged: alone, listed: unpaired, pairs: logged.length - alone.length };
}

/** Pairs each call of ours that got no answer with the nearest one of theirs. */
function pairUnanswered(logged: readonly LoggedCall[], listed: readonly ListedCall[]) {
  const left = [...listed];
  const alone = logged.filter((call) => {
    if (call.answer !== undefined) return true;
    const at = left.findIndex((other) => isNear(call.at, other.at));
    if (at < 0) return true;
    left.splice(at, 1);
    return false;
  });
  return { logged: alone, listed: left, pairs: logged.length - alone.length };
}

/** Takes away calls of theirs that fell into the time of an exchange whose end we do not know; one exchange may hold many. */
function explainByLost(listed: readonly ListedCall[], lost: readonly LostCall[]): readonly ListedCall[] {
  return listed.filter(({ at }) => !lost.some(({ from, to }) => at >= from && at <= to));
}

/**
 * One request may carry many deliveries, and the poll that fetched a document tells of it as its delivery does: the same code,
 * bytes and attempt are one call, as often as the entry that has it most often says.
 */
function toDistinct(logged: readonly LoggedCall[]): readonly LoggedCall[] {
  const counts = new Map<string, number>();
  const most = new Map<string, number>();
  return logged.filter(({ requestCode, attempt, request, answer, leafIndex }) => {
    const key = [requestCode, attempt, request.sha256, answer?.sha256].join(' ');
    const count = (counts.get(`${leafIndex} ${key}`) ?? 0) + 1;
    counts.set(`${leafIndex} ${key}`, count);
    const isNew = count > (most.get(key) ?? 0);
    if (isNew) most.set(key, count);
    return isNew;
  });
}

const toAnswerKey = (digest: Digest | undefined): string | undefined =>
  digest && `${digest.sha256} ${digest.bytes}`;

/**
 * Compares both sides of one day.
 * @param lost exchanges that a killed process left: what they did at the source, our log cannot say
 */
export function reconcile(
  logged: readonly LoggedCall[],
  listed: readonly ListedCall[],
  lost: readonly LostCall[],
): Reconciliation {
  const byCode = pair(
    toDistinct(logged),
    listed,
    ({ requestCode }) => requestCode,
    ({ code }) => code,
  );
  const byAnswer = pair(
    byCode.logged,
    byCode.listed,
    ({ answer }) => toAnswerKey(answer),
    ({ answer }) => toAnswerKey(answer),
  );
  const unanswered = pairUnanswered(byAnswer.logged, byAnswer.listed);
  const onlyListed = explainByLost(unanswered.listed, lost);
  return {
    agreed: {
      code: byCode.pairs,
      answer: byAnswer.pairs,
      'answer-lost': unanswered.pairs,
      'fate-unknown': unanswered.listed.length - onlyListed.length,
    },
    onlyLogged: unanswered.logged,
    onlyListed,
  };
}

/** Compares a day, over midnight: what began before it and ended after it is on the list of one day and in the log of the next. */
export function reconcileDay({ start, end, logged, later, listed, lost }: DayOfCalls): DayReconciliation {
  const isBefore = (limit: Date, { at }: { readonly at: string }): boolean =>
    Date.parse(at) < limit.getTime();
  const morning = later.filter((call) => isBefore(new Date(end.getTime() + midnightMs), call));
  const result = reconcile([...logged, ...morning], listed, lost);
  const own = result.onlyLogged.filter((call) => isBefore(end, call));
  const isOfYesterday = (call: LoggedCall): boolean =>
    isBefore(new Date(start.getTime() + midnightMs), call) && toUuidTime(call.exchangeId) < start;
  return {
    ...result,
    onlyLogged: own.filter((call) => !isOfYesterday(call)),
    otherDay: own.filter(isOfYesterday),
  };
}
