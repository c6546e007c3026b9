// Members named twice, wherever they stand and however they are written.
import assert from 'node:assert/strict';
import { hasRepeatedMember } from '../src/json.ts';

describe('JSON with a member twice', () => {
  for (const text of ['{"a":1,"a":2}', '{"b":{"a":1,"a":2}}', '{"\\u0061":1,"a":2}', '{"a":1 ,\n"a" : 2}'])
    it(`is found in ${JSON.stringify(text)}`, () => assert.ok(hasRepeatedMember(text)));

  for (const text of [
    '{"a":1,"b":{"a":2}}',
    '[{"a":1},{"a":1}]',
    '{"s":"{\\"a\\":1,\\"a\\":2}"}',
    '["a","a"]',
    '1',
  ])
    it(`is not seen in ${JSON.stringify(text)}`, () => assert.ok(!hasRepeatedMember(text)));
});
