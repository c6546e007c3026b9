// Compares what the hub's log tells of a day's calls to a source with the list that the source itself gives.
import { parse } from 'csv-parse/sync';
import type { components } from '../../openapi/types/evidence.v1.ts';
import { type DayReconciliation, type ListedCall, midnightMs, reconcileDay } from '../evidence/reconcile.ts';
import { toDayStart, toLocalDay, toNextDay } from '../local-day.ts';
import { type CallerOptions, makeHeaders, openCallingSystem } from './calling-system.ts';
import { readText } from './read-text.ts';
import { UsageError } from './usage-error.ts';

type Page = components['schemas']['SourceCallPage'];

const fetchMs = 30_000;
const pageLimit = 1_000;
const mostShown = 50;

const isRow = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const toText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function toDigest(sha256: unknown, bytes: unknown): ListedCall['answer'] {
  const count = Number(bytes);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256) || !Number.isSafeInteger(count))
    return undefined;
  return { sha256, bytes: count };
}

function toListed(value: unknown, place: number): ListedCall {
  const row = isRow(value) ? value : {};
  const [at, call] = [toText(row['at']), toText(row['call'])];
  if (at === undefined || call === undefined || Number.isNaN(Date.parse(at)))
    throw new UsageError(`entry ${place} of the list lacks its time (at) or its name (call)`);
  const answer = isRow(row['answer'])
    ? toDigest(row['answer']['sha256'], row['answer']['bytes'])
    : toDigest(row['answerSha256'], row['answerBytes']);
  return { at: new Date(at).toISOString(), call, code: toText(row['code']), answer };
}

function parseLine(line: string, place: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new UsageError(`line ${place} of the list is no JSON`);
  }
}

/**
 * Reads a source's list: one JSON object a line, or CSV with a head; columns `at`, `call`, and where the source has them
 * `code`, `answerSha256`, `answerBytes`.
 * @throws UsageError that names the line
 */
export function readCallList(text: string): readonly ListedCall[] {
  const isJson = /^\uFEFF?\s*(\{|$)/.test(text);
  const rows: readonly unknown[] = isJson
    ? text.split('\n').flatMap((line, at) => (line.trim() === '' ? [] : [parseLine(line, at + 1)]))
    : parse(text, { bom: true, columns: true, skip_empty_lines: true });
  return rows.map((row, at) => toListed(row, at + 1));
}

/** What a command reconciles. */
export interface ReconcileOptions extends CallerOptions {
  /** `yyyy-MM-dd`; default: the day of the list's first call. */
  readonly day?: string;
  /** When the list was made, ISO 8601; default: its newest call. */
  readonly until?: string;
  readonly json?: true;
}

const newestOf = (listed: readonly ListedCall[]): string | undefined =>
  listed.reduce<string | undefined>(
    (newest, { at }) => (newest === undefined || at > newest ? at : newest),
    undefined,
  );

const isPage = (value: unknown): value is Page => isRow(value) && Array.isArray(value['calls']);

async function fetchPage(options: ReconcileOptions, query: URLSearchParams): Promise<Page> {
  const system = openCallingSystem(options);
  const url = `${system.hubUrl}/evidence/v1/source-calls`;
  const headers = await makeHeaders(system, 'GET', url);
  const signal = AbortSignal.timeout(fetchMs);
  const response = await fetch(`${url}?${query}`, { headers, redirect: 'error', signal }).catch(
    (cause: unknown) => {
      throw new Error(`the hub at ${system.hubUrl} cannot be reached`, { cause });
    },
  );
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && isPage(answer)) return answer;
  const code = isRow(answer) ? toText(answer['code']) : undefined;
  throw new Error(
    `the hub gives no list of calls: status ${response.status}, ${code ?? 'no problem document'}`,
  );
}

/** @param isEnough asked after each page */
async function fetchLogged(
  source: string,
  day: string,
  options: ReconcileOptions,
  isEnough: (page: Page) => boolean = () => false,
) {
  const calls: Page['calls'] = [];
  const lost: Page['lost'] = [];
  for (let from: number | undefined; ; ) {
    const query = new URLSearchParams({ source, day, limit: String(pageLimit) });
    if (from !== undefined) query.set('from', String(from));
    const page = await fetchPage(options, query);
    calls.push(...page.calls);
    lost.push(...page.lost);
    if (page.next === undefined || isEnough(page)) return { calls, lost };
    from = page.next;
  }
}

/** What came of it, and of what. */
export interface Comparison extends DayReconciliation {
  readonly source: string;
  readonly day: string;
  /** Of a day that is not over. */
  readonly until?: string;
}

function toLines({
  source,
  day,
  until,
  agreed,
  otherDay,
  onlyLogged,
  onlyListed,
}: Comparison): readonly string[] {
  const some = (lines: readonly string[]): readonly string[] =>
    lines.length > mostShown
      ? [...lines.slice(0, mostShown), `  … and ${lines.length - mostShown} more`]
      : lines;
  return [
    `${source}, ${day} (Asia/Ho_Chi_Minh)`,
    ...(until === undefined ? [] : [`  the day is not over: what our log has after ${until} is left out`]),
    `  the same by their code: ${agreed.code}; by the very answer: ${agreed.answer}`,
    `  asked, and its answer did not reach us: ${agreed['answer-lost']}`,
    `  at the source while an exchange of ours was lost: ${agreed['fate-unknown']}`,
    ...(otherDay.length === 0
      ? []
      : [`  begun before midnight, to be found on the list of the day before: ${otherDay.length}`]),
    `only in our log: ${onlyLogged.length}`,
    ...some(onlyLogged.map(({ at, exchangeId, operation }) => `  ${at}  ${exchangeId}  ${operation ?? ''}`)),
    `only on the source's list: ${onlyListed.length}`,
    ...some(
      onlyListed.map(({ at, call, code }) => `  ${at}  ${call}${code === undefined ? '' : `  ${code}`}`),
    ),
    onlyLogged.length + onlyListed.length === 0 ? 'NO DIFFERENCE' : 'DIFFERENT',
  ];
}

/** Compares a source's list with the hub's log; of a day that is not over, what came after the list is left out. */
export async function compare(source: string, list: string, options: ReconcileOptions): Promise<Comparison> {
  const all = readCallList(list);
  const day = options.day ?? (all[0] && toLocalDay(Date.parse(all[0].at)));
  if (day === undefined) throw new UsageError('the list is empty; --day says which day it is of');
  const start = toDayStart(day);
  if (!start) throw new UsageError('--day must be a day, as 2026-01-31');
  const end = toNextDay(start);
  const listed = all.filter(({ at }) => toLocalDay(Date.parse(at)) === day);
  const { calls: logged, lost } = await fetchLogged(source, day, options);
  const isPast = ({ calls }: Page): boolean =>
    Date.parse(calls.at(-1)?.at ?? '') > end.getTime() + 2 * midnightMs;
  const next = end.getTime() > Date.now() ? undefined : toLocalDay(end.getTime());
  const later = next === undefined ? [] : (await fetchLogged(source, next, options, isPast)).calls;
  const result = reconcileDay({ start, end, logged, later, listed, lost });
  const until = day === toLocalDay(Date.now()) ? (options.until ?? newestOf(listed)) : undefined;
  const onlyLogged = result.onlyLogged.filter(({ at }) => until === undefined || at <= until);
  return { source, day, ...(until !== undefined && { until }), ...result, onlyLogged };
}

/** Compares and shows it. @returns true when each side has what the other has */
export async function reconcileSource(
  source: string,
  file: string,
  options: ReconcileOptions,
  show: (line: string) => void,
): Promise<boolean> {
  const comparison = await compare(source, readText(file), options);
  for (const line of options.json ? [JSON.stringify(comparison)] : toLines(comparison)) show(line);
  return comparison.onlyLogged.length + comparison.onlyListed.length === 0;
}
