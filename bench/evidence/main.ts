// `npm run bench -- evidence`: a log of millions of true entries, how fast it is written, numbered, indexed, searched,
// exported and verified; the last line is one JSON object.
import { createEvidenceReader } from '../../src/evidence/read.ts';
import { openSearch } from '../../src/evidence/search/search.ts';
import { readStorage } from '../../src/operation/storage.ts';
import { toColumns } from '../columns.ts';
import { runProgram, say } from '../program.ts';
import { type Exported, timeExport } from './export.ts';
import { type LogGround, statementMs, withLog } from './ground.ts';
import { fillLog, type Round } from './load.ts';
import { type Options, readOptions, usage } from './options.ts';
import { type Answered, type Asked, ask, toQuestions } from './questions.ts';
import { toSearches } from './searches.ts';

const monthsBack = 12;

/** First moments of the months that the log covers, oldest first; the last is the one under way. */
const toMonths = (now: Date): readonly Date[] =>
  Array.from(
    { length: monthsBack },
    (_, place) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - monthsBack + 1 + place, 1)),
  );

async function readTexts(ground: LogGround, sql: string): Promise<readonly string[]> {
  return (await ground.owner.query<{ value: string }>(sql)).rows.map(({ value }) => value);
}

/** Asks everything. */
async function askAll(
  ground: LogGround,
  { repeats, seed }: Options,
  months: readonly Date[],
): Promise<readonly Answered[]> {
  const exchangeIds = await readTexts(
    ground,
    'SELECT exchange_id AS value FROM leaf WHERE leaf_index % greatest(1, (SELECT size FROM tree_head) / 1000) = 0',
  );
  const sample = (column: string, table: string): Promise<readonly string[]> =>
    readTexts(ground, `SELECT ${column} AS value FROM ${table} WHERE ${column} IS NOT NULL LIMIT 2000`);
  const reader = createEvidenceReader(ground.hub);
  const asked: Asked = { hub: ground.hub, reader, keys: ground.keys, months, exchangeIds };
  const search = openSearch(ground.hubUrl, statementMs);
  const searches = toSearches(search, {
    ...{ from: months[0] ?? new Date(), to: new Date() },
    caseCodes: await sample('case_code', 'exchange'),
    usedCodes: await sample('code', 'exchange_code'),
  });
  const answers: Answered[] = [];
  for (const question of [...toQuestions(asked), ...searches]) {
    const answer = await ask(question, repeats, seed);
    answers.push(answer);
    say(toAnswerText(answer));
  }
  await search.close();
  return answers;
}

async function measure(ground: LogGround, options: Options, folder: string) {
  const months = toMonths(new Date());
  for (const month of months)
    await ground.owner.query('SELECT make_month($1)', [month.toISOString().slice(0, 10)]);
  // Made before the makers look for them.
  for (const month of months) ground.keys.month(month);
  const fromMs = months[0]?.getTime() ?? 0;
  const rounds = await fillLog(ground, { ...options, fromMs }, (round) => say(toRoundText(round)));
  say('the planner looks at the log');
  await ground.owner.query('ANALYZE');
  const answers = await askAll(ground, options, months);
  say('the whole log is exported, and verified');
  const exported = await timeExport(ground, folder);
  const storage = await readStorage(ground.hub, {});
  return { entries: rounds.at(-1)?.entries ?? 0, rounds, answers, exported, databaseBytes: storage.bytes };
}

const toRoundText = ({ entries, insertRate, numberRate, indexRate, recordRate }: Round): string =>
  `${entries} entries; a second: ${insertRate.toFixed(0)} inserted, ${numberRate.toFixed(0)} numbered, ${indexRate.toFixed(0)} indexed, ${recordRate.toFixed(0)} recorded`;

const toAnswerText = (answer: Answered): string =>
  `${answer.name}: p50 ${answer.p50Ms.toFixed(1)} ms, p99 ${answer.p99Ms.toFixed(1)} ms, ${answer.found.toFixed(1)} found`;

const toRate = (value: number): string => value.toFixed(0);
const toMs = (value: number): string => value.toFixed(1);

function toTables(
  rounds: readonly Round[],
  answers: readonly Answered[],
  exported: Exported,
  databaseBytes: number,
): string {
  const filled = rounds.map((round) => [
    String(round.entries),
    ...[round.insertRate, round.numberRate, round.indexRate, round.recordRate].map(toRate),
    ...[round.recordP50Ms, round.recordP99Ms].map(toMs),
  ]);
  const found = answers.map(({ name, p50Ms, p95Ms, p99Ms, found: count }) => [
    name,
    ...[p50Ms, p95Ms, p99Ms, count].map(toMs),
  ]);
  const perEntry = databaseBytes / (rounds.at(-1)?.entries ?? 1);
  return [
    toColumns([
      ['entries', 'inserted/s', 'numbered/s', 'indexed/s', 'recorded/s', 'record p50 ms', 'p99 ms'],
      ...filled,
    ]),
    toColumns([['question', 'p50 ms', 'p95 ms', 'p99 ms', 'found'], ...found]),
    toColumns([
      ['export', ''],
      ['entries/s', toRate(exported.exportRate)],
      ['verified leaves/s', toRate(exported.verifyRate)],
      ['bytes of the database an entry', toRate(perEntry)],
    ]),
  ].join('\n\n');
}

async function run(options: Options): Promise<void> {
  const result = await withLog(options.folder, say, (ground, folder) => measure(ground, options, folder));
  if (!options.json)
    process.stdout.write(
      `${toTables(result.rounds, result.answers, result.exported, result.databaseBytes)}\n`,
    );
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

await runProgram(readOptions(process.argv.slice(2)), usage, run);
