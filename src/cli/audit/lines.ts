// Answers of the evidence service in lines for an auditor.
import { toMembers } from '../../contracts/contract.ts';
import { toTable } from '../admin/table.ts';

/** An item of an answer. */
export type Members = Readonly<Record<string, unknown>>;

const zoneMs = 7 * 3_600_000;

/** To the second, in Vietnamese time. */
export const toLocalTime = (at: unknown): string =>
  new Date(Date.parse(String(at)) + zoneMs).toISOString().replace('T', ' ').slice(0, 19);

/** The items of a list; none where it is none. */
export const toItems = (body: unknown): readonly Members[] => {
  const { items } = toMembers(body);
  return Array.isArray(items) ? items.map(toMembers) : [];
};

/** `<service>/<operationId>`; undefined where an item has none. */
export const toOperation = ({ service, operation }: Members): string | undefined =>
  typeof service === 'string' ? `${service}/${operation}` : undefined;

/** The columns that some row has. */
export function toLines(rows: readonly Members[]): readonly string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) =>
    rows.some((row) => row[name] !== undefined),
  );
  return [
    toTable(
      names,
      rows.map((row) => names.map((name) => row[name])),
    ),
  ];
}

/** Up to which leaf an answer holds; undefined where it does not say. */
export function toUpTo(body: unknown): string | undefined {
  const { upTo, upToLeaf } = toMembers(body);
  if (typeof upToLeaf === 'number') return `holds for every leaf below ${upToLeaf}`;
  const { leaves, checkpoint } = toMembers(upTo);
  if (leaves === undefined) return undefined;
  const [origin, size] = typeof checkpoint === 'string' ? checkpoint.split('\n') : [];
  const signed = size === undefined ? 'none is signed yet' : `${origin}, ${size} leaves`;
  return `holds for every leaf below ${leaves}; checkpoint: ${signed}`;
}

/** A page of exchanges. */
export function toSearchLines(body: unknown): readonly string[] {
  const { count, next } = toMembers(body);
  const { value, isExact } = toMembers(count);
  const counted = value === undefined ? [] : [`${isExact ? '' : 'more than '}${value} in all`];
  const items = toItems(body);
  if (items.length === 0) return ['no exchange fulfils these conditions', ...counted];
  const rows = items.map((item) => {
    const { officer, caseCode, purpose } = toMembers(item['sealed']);
    return {
      began: toLocalTime(item['startedAt']),
      exchange: item['exchangeId'],
      operation: toOperation(item),
      system: item['system'],
      unit: item['actingUnit'],
      receiver: item['receiver'],
      stands: [item['standing'], item['problem']].filter(Boolean).join(' '),
      officer,
      purpose,
      case: caseCode,
    };
  });
  return [
    ...toLines(rows),
    ...counted,
    ...(typeof next === 'string' ? [`there are more: --all, or --cursor ${next}`] : []),
  ];
}

/** A time line. */
export function toTimelineLines(body: unknown): readonly string[] {
  const { exchangeId, isComplete } = toMembers(body);
  const rows = toItems(body).map((item) => {
    const { attempt, exchangeId: id, sealed } = item;
    const { officer, reason } = toMembers(sealed);
    return {
      at: toLocalTime(item['at']),
      leaf: item['leafIndex'] ?? 'waits',
      what: [item['step'] ?? item['notice'] ?? item['kind'], attempt && `attempt ${attempt}`]
        .filter(Boolean)
        .join(', '),
      outcome: [item['outcome'], item['status'], item['problem']].filter(Boolean).join(' ') || undefined,
      operation: toOperation(item),
      receiver: item['receiver'],
      officer,
      reason,
      delivery: id === exchangeId ? undefined : id,
    };
  });
  return [...toLines(rows), ...(isComplete === false ? ['there is more than can be shown'] : [])];
}

/** Figures. */
export function toFigureLines(body: unknown): readonly string[] {
  const items = toItems(body);
  const all = items.reduce((sum, { exchanges }) => sum + Number(exchanges), 0);
  if (all === 0) return ['there were no exchanges on these days'];
  const isComplete = toMembers(body)['isComplete'] !== false;
  return [...toLines(items), `${all} in all${isComplete ? '' : ', of the rows shown; there are more'}`];
}
