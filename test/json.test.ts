// Members named twice and halves of characters, wherever they stand and however they are written.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hasHalfCharacter, hasRepeatedMember } from '../src/json.ts';

describe('JSON with a member twice', () => {
  for (const text of ['{"a":1,"a":2}', '{"b":{"a":1,"a":2}}', '{"\\u0061":1,"a":2}', '{"a":1 ,\n"a" : 2}'])
    it(`is found in ${JSON.stringify(text)}`, () => assert.ok(hasRepeatedMember(text)));

  for (const text of [
    '{"a":1,"b":{"a":2}}',
    '[{"a":1},{"a":1}]',
    '{"s":"{\\"a\\":1,\\"a\\":2}"}',
    '["a","a"]',
    '{"a:":":","b\\\\":{"\\":":1}}',
    `${'['.repeat(50_000)}{"a":1}${']'.repeat(50_000)}`,
    '1',
  ])
    it(`is not seen in ${JSON.stringify(text).slice(0, 60)}`, () => assert.ok(!hasRepeatedMember(text)));

  it('property: is found exactly where an object was written with a name twice', () => {
    interface Written {
      readonly text: string;
      readonly isRepeated: boolean;
    }
    const name = fc.oneof(fc.constantFrom('a', 'b', '":', '\\', '\\"', '__proto__', '{"a":1}'), fc.string());
    const { value } = fc.letrec<{ value: Written }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 0 }).map((leaf) => ({ text: JSON.stringify(leaf), isRepeated: false })),
        fc.array(tie('value'), { maxLength: 4 }).map((items) => ({
          text: `[${items.map(({ text }) => text).join(' ,')}]`,
          isRepeated: items.some(({ isRepeated }) => isRepeated),
        })),
        fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((members) => ({
          text: `{ ${members.map(([key, { text }]) => `${JSON.stringify(key)} : ${text}`).join(',')}}`,
          isRepeated:
            new Set(members.map(([key]) => key)).size < members.length ||
            members.some(([, { isRepeated }]) => isRepeated),
        })),
      ),
    }));
    fc.assert(fc.property(value, ({ text, isRepeated }) => hasRepeatedMember(text) === isRepeated));
  });
});

describe('JSON with half of a character', () => {
  for (const text of [
    '"\\ud83d"',
    '{"a":["\\uDE00\\uD83D"]}',
    '{"\\udc00":null}',
    '["\\ud83d\\ud83d\\ude00"]',
  ])
    it(`is found in ${text}`, () => assert.ok(hasHalfCharacter(text)));

  for (const text of ['"\\ud83d\\ude00"', '"😀"', '"\\\\ud83d"', '{"a":null,"\\ud83d\\ude00":[1]}'])
    it(`is not seen in ${text}`, () => assert.ok(!hasHalfCharacter(text)));
});
