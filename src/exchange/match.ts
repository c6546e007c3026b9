// Step 1: one canonical path, then contract and operation. What cannot be put in one form is refused, never repaired.
import { parse } from 'node:querystring';
import type { OperationTable } from '../contracts/table.ts';
import { Problem } from '../problem.ts';
import { add, type Matched, type Received } from './stages.ts';

const maxTargetChars = 2048;
const maxQueryMembers = 50;

/** RFC 3986 §3.3 segments of unreserved characters, sub-delims, `:` and `@`; no escapes, no dot segments, no `//`. */
const canonicalPath = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9\-._~!$&'()*+,;=:@]+)+$/;

/**
 * The path of a request target in its one canonical form.
 * @throws Problem path-invalid
 */
export function toCanonicalPath(target: string): string {
  if (target.length > maxTargetChars) throw new Problem('path-invalid');
  const path = target.split('?', 1)[0] ?? '';
  if (!canonicalPath.test(path)) throw new Problem('path-invalid');
  return path;
}

/** @throws Problem path-invalid | not-found | method-not-allowed */
export function match(table: OperationTable, received: Received): Matched {
  const { target, method } = received.call;
  const path = toCanonicalPath(target);
  const found = table.find(method, path);
  if (!found) throw new Problem('not-found');
  if ('allow' in found)
    throw new Problem('method-not-allowed', { headers: { allow: found.allow.join(', ') } });
  const mark = target.indexOf('?');
  const query = mark < 0 ? {} : { ...parse(target.slice(mark + 1), '&', '=', { maxKeys: maxQueryMembers }) };
  return add(received, { operation: found, path, query });
}
