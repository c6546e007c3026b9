// Step 1: one canonical path, then contract and operation. What cannot be put in one form is refused, never repaired.
import { parse } from 'node:querystring';
import type { OperationTable } from '../contracts/table.ts';
import { Problem, type Words } from '../problem.ts';
import { add, type Matched, type Received } from './stages.ts';

const maxTargetChars = 2048;
/** RFC 9110 §15.5.15. */
const toTooLong = (part: Words): Problem =>
  new Problem('address-too-long', {
    detail: {
      vi: `${part.vi} quá dài: cả địa chỉ được nhiều nhất ${maxTargetChars} ký tự.`,
      en: `${part.en} is too long: the whole address may have at most ${maxTargetChars} characters.`,
    },
  });
const maxQueryMembers = 50;

/** RFC 3986 §3.3 segments of unreserved characters, sub-delims, `:` and `@`; no escapes, no dot segments, no `//`. */
const canonicalPath = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9\-._~!$&'()*+,;=:@]+)+$/;

/**
 * The path of a request target in its one canonical form.
 * @throws Problem path-invalid | address-too-long
 */
export function toCanonicalPath(target: string): string {
  const path = target.split('?', 1)[0] ?? '';
  if (path.length > maxTargetChars) throw toTooLong({ vi: 'Đường dẫn', en: 'The path' });
  if (target.length > maxTargetChars)
    throw toTooLong({ vi: 'Phần truy vấn (sau dấu ?)', en: 'The query (behind the question mark)' });
  if (!canonicalPath.test(path)) throw new Problem('path-invalid');
  return path;
}

/** @throws Problem path-invalid | address-too-long | not-found | method-not-allowed */
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
