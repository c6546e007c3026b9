// What the hub says of unusual access and of one person, in lines for an auditor.
import { toMembers } from '../../contracts/contract.ts';
import { toLocalDay } from '../../local-day.ts';
import { toItems, toLines, toLocalTime, toOperation } from './lines.ts';

/** Findings of a day, the exchanges of each below. */
export function toUnusualLines(body: unknown): readonly string[] {
  const { day, casesJudgedFrom, isComplete } = toMembers(body);
  const items = toItems(body);
  const table = toLines(
    items.map(({ rule, officer, unit, count, threshold }) => ({ rule, officer, unit, count, threshold })),
  );
  const said = items.flatMap(({ officer, vi, en, exchangeIds }) => {
    const ids = Array.isArray(exchangeIds) ? exchangeIds : [];
    return ['', `${officer}: ${vi} / ${en}`, ...ids.map((id) => `  ${id}`)];
  });
  const isEarly = typeof casesJudgedFrom === 'string' && casesJudgedFrom > toLocalDay(Date.now());
  return [
    ...(items.length === 0 ? [`nothing is unusual on ${day}`] : [...table, ...said]),
    ...(isComplete === false ? ['a rule has more findings than these: only its largest are shown'] : []),
    ...(isEarly ? [`cases of this day are judged from ${casesJudgedFrom} on: ask again then`] : []),
  ];
}

/** Exchanges about a person. */
export function toPersonLines(body: unknown): readonly string[] {
  const { next, monthsWithoutKey, monthsPurged } = toMembers(body);
  const items = toItems(body);
  const rows = items.map((item) => ({
    began: toLocalTime(item['at']),
    exchange: item['exchangeId'],
    as: Array.isArray(item['roles']) ? item['roles'].join(' ') : undefined,
    operation: toOperation(item),
    system: item['system'],
    unit: item['actingUnit'],
    grant: item['grant'],
    stands: [item['outcome'] ?? item['kind'], item['problem']].filter(Boolean).join(' '),
  }));
  const without = Array.isArray(monthsWithoutKey) ? monthsWithoutKey : [];
  const purged = Array.isArray(monthsPurged) ? monthsPurged : [];
  return [
    ...(items.length === 0 ? ['no exchange is about this person'] : toLines(rows)),
    ...(without.length > 0 ? [`not looked through, their key is destroyed: ${without.join(', ')}`] : []),
    ...(purged.length > 0 ? [`not found any more, some of it was purged: ${purged.join(', ')}`] : []),
    ...(typeof next === 'string' ? [`there are more: --cursor ${next}`] : []),
  ];
}
