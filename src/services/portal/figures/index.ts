// The handlers of figures: one unit's own, and all units' for those who coordinate.
import type { operations } from '../../../../openapi/types/portal.v1.ts';
import { toDayStart, toNextDay } from '../../../local-day.ts';
import { Problem } from '../../../problem.ts';
import type { Handlers } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { defaultLimit, parseCursor, toCursor } from '../dossiers/cursor.ts';
import { toOwnUnits } from '../dossiers/own-units.ts';
import { countFigures, type FigurePeriod, type UnitFigures } from './count.ts';

const mostDays = 366;
/** Of a page, whatever is asked for: their dossiers are counted one by one, within the deadline. */
const mostUnits = 50;
const dayMs = 86_400_000;

const refusePeriod = (where: string, vi: string, en: string): Problem =>
  new Problem('request-invalid', { errors: [{ where, vi, en }] });

/** @throws Problem request-invalid */
function toPeriod({ from, to }: { readonly from: string; readonly to: string }): FigurePeriod {
  const [start, last] = [toDayStart(from), toDayStart(to)];
  if (!start) throw refusePeriod('/query/from', 'không có ngày này', 'there is no such day');
  if (!last) throw refusePeriod('/query/to', 'không có ngày này', 'there is no such day');
  const end = toNextDay(last);
  const days = (end.getTime() - start.getTime()) / dayMs;
  if (days < 1) throw refusePeriod('/query/to', 'phải từ ngày `from` trở đi', 'must not be before `from`');
  if (days > mostDays) throw refusePeriod('/query/to', `tối đa ${mostDays} ngày`, `at most ${mostDays} days`);
  return { start, end };
}

const sums = [
  ...(['received', 'synchronised', 'waiting', 'repair', 'refused', 'withoutReceivedAt'] as const),
  ...(['finished', 'onTime', 'online', 'withResult'] as const),
];

function addCounts(lists: readonly UnitFigures['failures'][]): UnitFigures['failures'] {
  const total = new Map<string, number>();
  for (const { code, count } of lists.flat()) total.set(code, (total.get(code) ?? 0) + count);
  return [...total]
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

/** A unit's own with those of the ended units that it speaks for. */
function toSum(own: UnitFigures, all: readonly UnitFigures[]): UnitFigures {
  const total = { ...own, paidOnline: all.reduce((sum, one) => sum + (one.paidOnline ?? 0), 0) };
  for (const name of sums) total[name] = all.reduce((sum, one) => sum + one[name], 0);
  return {
    ...total,
    failures: addCounts(all.map(({ failures }) => failures)),
    score: addCounts(all.map(({ score }) => score)),
  };
}

/** Handlers of `readFigures` and `listProvinceFigures`. */
export const createFigures = ({
  pool,
  registry,
  now,
}: Pick<PortalRooms, 'pool' | 'registry' | 'now'>): Pick<
  Handlers<operations>,
  'readFigures' | 'listProvinceFigures'
> => ({
  readFigures: {
    async handle({ query, caller }) {
      const period = toPeriod(query);
      const snapshot = registry.current;
      const units = toOwnUnits(snapshot, caller.actingUnit.id, now());
      const all = await countFigures(pool, snapshot, units, period);
      const [own] = all;
      if (!own) throw new Error('there are no figures of the acting unit');
      return { status: 200, body: { from: query.from, to: query.to, figures: toSum(own, all) } };
    },
  },
  listProvinceFigures: {
    async handle({ query }) {
      const period = toPeriod(query);
      const [after] = parseCursor(query.cursor, [/^.{1,200}$/s]) ?? [''];
      const limit = Math.min(query.limit ?? defaultLimit, mostUnits);
      const snapshot = registry.current;
      const ids = snapshot
        .units()
        .map(({ id }) => id)
        .filter((id) => id > (after ?? ''))
        .sort();
      const items = await countFigures(pool, snapshot, ids.slice(0, limit), period);
      const last = items.at(-1);
      return {
        status: 200,
        body: {
          ...{ from: query.from, to: query.to, items: [...items] },
          ...(last && ids.length > limit && { next: toCursor([last.unitId]) }),
        },
      };
    },
  },
});
