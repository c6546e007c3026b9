// The header Forwarded by its grammar: what a caller writes into a quotation is never taken for what a proxy says.
import assert from 'node:assert/strict';
import { parseForwarded } from '../../src/signin/forwarded.ts';

const lines: readonly [string, string, readonly (string | undefined)[]][] = [
  ['an address', 'for=192.0.2.7', ['192.0.2.7']],
  ['a port', 'for="192.0.2.7:4711"', ['192.0.2.7']],
  ['a port without quotation', 'for=192.0.2.7:4711', ['192.0.2.7']],
  ['a hidden port', 'for="192.0.2.7:_p1"', ['192.0.2.7']],
  ['IPv6', 'for="[2001:db8::7]"', ['2001:db8::7']],
  ['IPv6 with a port', 'for="[2001:db8::7]:4711"', ['2001:db8::7']],
  ['IPv4 in IPv6 form', 'for="[::ffff:192.0.2.7]"', ['192.0.2.7']],
  ['IPv6 without brackets', 'for="2001:db8::7"', [undefined]],
  ['IPv6 with a zone', 'for="[fe80::1%eth0]"', [undefined]],
  ['IPv4 in brackets', 'for="[192.0.2.7]"', [undefined]],
  ['unknown', 'for=unknown', [undefined]],
  ['a hidden name', 'for=_gazonk', [undefined]],
  ['a hidden name that looks like an address', 'for="_192.0.2.7"', [undefined]],
  ['any case, other parameters', 'Proto=https; By=203.0.113.43;FOR=192.0.2.7', ['192.0.2.7']],
  ['no for', 'proto=https;by=203.0.113.43', [undefined]],
  ['hops', 'for=192.0.2.7, for="[2001:db8::7]";proto=http ,for=_x', ['192.0.2.7', '2001:db8::7', undefined]],
  ['empty hops', ', for=192.0.2.7', ['192.0.2.7']],
  ['a for within a quotation', 'proto=http;host="a;for=203.0.113.9;b";for=192.0.2.7', ['192.0.2.7']],
  ['a hop within a quotation', 'host="a, for=203.0.113.9";for=192.0.2.7', ['192.0.2.7']],
  ['an escaped quotation mark', 'host="a\\";for=203.0.113.9;b=\\"";for=192.0.2.7', ['192.0.2.7']],
  ['an escaped backslash', 'host="a\\\\";for=192.0.2.7', ['192.0.2.7']],
  ['escapes in the address', 'for="192\\.0.2.7"', ['192.0.2.7']],
  ['for twice', 'for=203.0.113.9;for=192.0.2.7', [undefined]],
  ['for twice in two cases', 'for=203.0.113.9;For=192.0.2.7', [undefined]],
  ['for twice in one hop of two', 'for=203.0.113.9;for=1.1.1.1, for=192.0.2.7', [undefined, '192.0.2.7']],
  ['an open quotation', 'host="a;for=192.0.2.7', [undefined]],
  ['a quotation that a proxy closes', 'for=203.0.113.9;x=", for="[2001:db8::7]"', [undefined]],
  ['words after a quotation', 'host="a"b;for=192.0.2.7', [undefined]],
  ['spaces about the equals sign', 'for = 192.0.2.7', [undefined]],
  ['an empty value', 'for=;proto=http', [undefined]],
  ['garbage', '"x, for=192.0.2.7', [undefined]],
  ['nothing', '', [undefined]],
];

describe('The header Forwarded', () => {
  for (const [name, line, expected] of lines)
    it(`is read: ${name}`, () => {
      assert.deepEqual(parseForwarded(line), expected);
    });
});
