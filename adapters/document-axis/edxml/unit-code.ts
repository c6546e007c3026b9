// Which form a unit code has. It never rewrites, maps or repairs a code, and reads no group by its position in characters.
import type { CodeForm } from './types.ts';

const levelOne = /^[A-Z]\d{2}$/;
const systemNode = /^(?:\d{2,3}\.)+(?:W\d{2}|[A-Z]{2}\d{1,2})$/;
/** W at level 1 is a connecting centre. */
const centre = /^W\d{2}$/;
const saasNode = /^vxp\.[a-z]+\.\w{1,10}$/;
const qd20Longest = 35;

/**
 * `qd20`: level 1 first (H99.10); `old`: four groups, level 1 last (000.00.01.H99); `old-short`: the same without leading
 * zero groups (00.14.H99); `system`: nodes of the axis (00.99.W00); else `opaque`, malformed codes and "null" included.
 * Source: units-and-codes.md §1
 */
export function toCodeForm(code: string): CodeForm {
  if (systemNode.test(code) || saasNode.test(code)) return 'system';
  const groups = code.split('.');
  if (centre.test(groups[0] ?? '')) return 'system';
  if (levelOne.test(groups[0] ?? ''))
    return code.length <= qd20Longest && groups.every((group) => /^[0-9A-Z]+$/.test(group))
      ? 'qd20'
      : 'opaque';
  if (!levelOne.test(groups.at(-1) ?? '')) return 'opaque';
  const before = groups.slice(0, -1).join('.');
  if (/^\d{3}\.\d{2}\.\d{2}$/.test(before)) return 'old';
  return /^\d{2}(?:\.\d{2})?$/.test(before) ? 'old-short' : 'opaque';
}
