// Reads the header Forwarded by its grammar: what stands in a quoted string never ends it. What cannot be read in one way
// only tells nothing, for a caller may have written the part before that of the proxies.
import { isIP } from 'node:net';
import { toPlainAddress } from '../addresses.ts';

/**
 * One parameter, a name with a token or a quoted string, and what ends it: `;`, `,` or the end.
 * Source: RFC 7239 §4, RFC 9110 §5.6.
 */
const parameter =
  /([!#$%&'*+.^_`|~\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w:[\]-]+))[ \t]*(?:([;,])[ \t]*|$)/y;

/** `192.0.2.1`, `[2001:db8::1]`, each perhaps with a port; undefined for `unknown`, hidden names and all else. Source: §6. */
function toNode(text: string): string | undefined {
  const [, v6, v4 = ''] = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/i.exec(text) ?? [];
  if (v6 !== undefined) return isIP(v6) === 6 ? toPlainAddress(v6) : undefined;
  return isIP(v4) === 4 ? v4 : undefined;
}

/** The address of one hop; undefined where a name stands twice or `for` is no address. */
function toHop(parameters: readonly (readonly [string, string])[]): string | undefined {
  const named = new Map(parameters);
  return named.size < parameters.length ? undefined : toNode(named.get('for') ?? '');
}

/**
 * The `for` of each hop of one header line, nearest last; undefined where a hop has none that is an address. A line that
 * does not keep to the grammar is one hop that cannot be read. Ports and IPv6 addresses may lack their quotation marks.
 */
export function parseForwarded(line: string): readonly (string | undefined)[] {
  const hops: (readonly [string, string])[][] = [[]];
  parameter.lastIndex = line.length - line.replace(/^[ \t,]+/, '').length;
  while (parameter.lastIndex < line.length) {
    const [whole, name = '', quoted, token = '', end] = parameter.exec(line) ?? [];
    if (whole === undefined) return [undefined];
    hops.at(-1)?.push([name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token]);
    if (end === ',') hops.push([]);
  }
  return hops.map(toHop);
}
