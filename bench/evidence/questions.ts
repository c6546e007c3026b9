// What auditors ask, and how long it takes: each question again and again with other values, in the hub's own role.
import type pg from 'pg';
import type { MonthKeys } from '../../src/evidence/entry.ts';
import { hashSubject } from '../../src/evidence/leaf.ts';
import type { EvidenceReader } from '../../src/evidence/read.ts';
import { createDice } from './made-entries.ts';
import { people, toPersonalNumber } from './province.ts';

/** A question; its answer is how much was found. */
export interface Question {
  readonly name: string;
  ask(dice: () => number): Promise<number>;
}

/** How long a question took. */
export interface Answered {
  readonly name: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Found on average. */
  readonly found: number;
}

/** What questions are asked of. */
export interface Asked {
  readonly hub: pg.Pool;
  readonly reader: EvidenceReader;
  readonly keys: MonthKeys;
  /** First moments of the months that the log covers. */
  readonly months: readonly Date[];
  /** Exchanges that there are. */
  readonly exchangeIds: readonly string[];
}

const pageRows = 50;

function toAny<T>(dice: () => number, list: readonly T[]): T {
  const one = list[Math.floor(dice() * list.length)];
  if (one === undefined) throw new Error('the log is empty');
  return one;
}

// A hash is of the month of an entry, whose exchange began in that month or, around its beginning, on the day before.
const findPerson = `
  SELECT s.exchange_id, s.role, x.at
  FROM unnest($1::text[], $2::timestamptz[]) AS m (hash, month)
  CROSS JOIN LATERAL (SELECT s.exchange_id, s.role FROM exchange_subject s WHERE s.hash = m.hash
    AND s.exchange_id >= first_exchange_id(m.month - interval '1 day')
    AND s.exchange_id < first_exchange_id(m.month + interval '1 month')) s
  CROSS JOIN LATERAL (SELECT x.at FROM exchange x WHERE x.exchange_id = s.exchange_id LIMIT 1) x
  ORDER BY s.exchange_id DESC LIMIT $3`;

/** Questions about one exchange or one person. */
export function toQuestions({ hub, reader, keys, months, exchangeIds }: Asked): readonly Question[] {
  const signal = new AbortController().signal;
  return [
    {
      name: 'one exchange with its entries',
      ask: async (dice) => (await reader.entriesOf(toAny(dice, exchangeIds))).length,
    },
    {
      name: 'its receipt',
      async ask(dice) {
        const found = await reader.receiptOf(toAny(dice, exchangeIds), { waitMs: 0, signal });
        return typeof found === 'string' ? 0 : 1;
      },
    },
    {
      name: `a person by ${months.length} monthly hashes`,
      async ask(dice) {
        const number = toPersonalNumber(Math.floor(dice() * people));
        const hashes = months.map((month) => hashSubject(keys.month(month), 'personal-number', number));
        const { rows } = await hub.query({
          name: 'person',
          text: findPerson,
          values: [hashes, months, pageRows],
        });
        return rows.length;
      },
    },
  ];
}

/** Asks, the first tenth unmeasured. */
export async function ask(question: Question, repeats: number, seed: number): Promise<Answered> {
  const dice = createDice(seed);
  for (let n = 0; n < repeats / 10; n += 1) await question.ask(dice);
  const times: number[] = [];
  let found = 0;
  for (let n = 0; n < repeats; n += 1) {
    const beganMs = performance.now();
    found += await question.ask(dice);
    times.push(performance.now() - beganMs);
  }
  times.sort((one, other) => one - other);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { name: question.name, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), found: found / repeats };
}
