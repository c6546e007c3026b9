// Figures of exchanges, as JSON and as CSV. A unit sees those of what it did.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { operations } from '../../../openapi/types/evidence.v1.ts';
import {
  type FigureName,
  type FigureQuestion,
  type FigureRow,
  toFigureNames,
} from '../../evidence/search/figures.ts';
import type { Search, UpTo } from '../../evidence/search/search.ts';
import { toDayStart } from '../../local-day.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handlers, RequestOf } from '../service.ts';
import { toFound } from './present.ts';
import { orProblem } from './search.ts';

type Query = RequestOf<operations['listFigures']>['query'];

const mostDays = 366;
const dayMs = 86_400_000;
const mostRows = { json: 5_000, csv: 100_000 } as const;

const refuse = (where: string, vi: string, en: string): Problem =>
  new Problem('request-invalid', { errors: [{ where, vi, en }] });

/** @throws Problem request-invalid */
function checkDays({ from, to }: Query): void {
  const [first, last] = [toDayStart(from), toDayStart(to)];
  if (!first) throw refuse('/query/from', 'không có ngày này', 'there is no such day');
  if (!last) throw refuse('/query/to', 'không có ngày này', 'there is no such day');
  const days = (last.getTime() - first.getTime()) / dayMs + 1;
  if (days < 1) throw refuse('/query/to', 'phải từ ngày `from` trở đi', 'must not be before `from`');
  if (days > mostDays) throw refuse('/query/to', `tối đa ${mostDays} ngày`, `at most ${mostDays} days`);
}

/** @throws Problem request-invalid; undefined where a unit asks for the figures of another */
function toQuestion(query: Query, { grant, actingUnit }: Caller, limit: number): FigureQuestion | undefined {
  checkDays(query);
  const { from, to, by = '', unit, service, source } = query;
  const isOfUnit = grant.reach === 'unit';
  if (isOfUnit && unit !== undefined && unit !== actingUnit.id) return undefined;
  const ofUnit = isOfUnit ? actingUnit.id : unit;
  return {
    ...{ from, to, by: toFigureNames(by), limit },
    only: {
      ...(ofUnit !== undefined && { unit: ofUnit }),
      ...(service !== undefined && { service }),
      ...(source !== undefined && { source }),
    },
  };
}

const titles = {
  day: 'Ngày / Day',
  unit: 'Đơn vị / Unit',
  system: 'Hệ thống / System',
  service: 'Dịch vụ / Service',
  operation: 'Thao tác / Operation',
  source: 'Nguồn / Source',
  outcome: 'Kết quả / Outcome',
  problem: 'Mã lỗi / Problem',
} as const satisfies Record<FigureName, string>;

const bom = '\uFEFF';

/** All values are ids, codes and days of ours: none holds a comma, a quote or the beginning of a formula. */
function toCsv(by: readonly FigureName[], rows: readonly FigureRow[], { leaves }: UpTo): string {
  const lines = [
    [...by.map((name) => titles[name]), 'Số giao dịch / Exchanges'],
    ...rows.map((row) => [...by.map((name) => row[name] ?? ''), String(row.exchanges)]),
    [`Đến hết lá / Up to leaf: ${leaves}`],
  ];
  return bom + lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** Handlers of `listFigures` and `downloadFigures`. */
export function createFigures(search: Search): Pick<Handlers<operations>, 'listFigures' | 'downloadFigures'> {
  async function read(query: Query, caller: Caller, limit: number) {
    const question = toQuestion(query, caller, limit + 1);
    if (!question) throw new Problem('reach-too-small');
    const { rows, upTo } = await search.figures(question).catch(orProblem);
    return { by: question.by, rows: rows.slice(0, limit), isComplete: rows.length <= limit, upTo };
  }
  return {
    listFigures: {
      async handle({ query, caller }) {
        const { rows, isComplete, upTo } = await read(query, caller, mostRows.json);
        const body = { items: rows.map((row) => ({ ...row })), isComplete, upTo };
        return { status: 200, body, result: toFound(rows.length, query) };
      },
    },
    downloadFigures: {
      async handle({ query, caller }) {
        const { by, rows, isComplete, upTo } = await read(query, caller, mostRows.csv);
        // Half a table would be taken for a whole one.
        if (!isComplete) throw new Problem('search-too-broad');
        const content = Buffer.from(toCsv(by, rows, upTo));
        const digest = { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };
        return {
          ...{ status: 200, body: undefined, result: toFound(rows.length, query) },
          headers: { 'content-disposition': `attachment; filename="so-lieu-${query.from}-${query.to}.csv"` },
          stream: {
            ...{ type: 'text/csv; charset=utf-8', bytes: content.length, digest },
            open: async () => Readable.from([content]),
          },
        };
      },
    },
  };
}
