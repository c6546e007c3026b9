// Strict reading of JSON and compact JWS: what two readers could understand in two ways is refused.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseJws, parseObject } from '../../src/signin/jws.ts';

const encode = (text: string | Buffer) => Buffer.from(text).toString('base64url');

describe('strict JSON', () => {
  it('reads every object as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (object) => {
        const text = JSON.stringify(object);
        assert.deepEqual(parseObject(text), JSON.parse(text));
      }),
    );
  });

  it('refuses a member that occurs twice, wherever and however it is written', () => {
    const member = fc.string({ unit: 'binary' }).map((name) => JSON.stringify(name));
    fc.assert(
      fc.property(member, fc.jsonValue(), fc.boolean(), (name, value, escaped) => {
        const first = name.slice(1, 2);
        const again =
          escaped && /[a-z]/.test(first)
            ? `"\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(2)}`
            : name;
        const twice = `{${name} : ${JSON.stringify(value)}, ${again}\n:1}`;
        assert.throws(() => parseObject(twice), /duplicate member/);
        assert.throws(() => parseObject(`{"outer":[1,{"in":${twice}}]}`), /duplicate member/);
      }),
    );
  });

  it('takes equal names in different objects, and colons in texts, for what they are', () => {
    const text = '{"a":{"b":1},"c":[{"b":"\\":"},{"b":"x\\\\"}],"b":"\\"b\\": {"}';
    assert.deepEqual(parseObject(text), JSON.parse(text));
  });

  for (const text of ['', '[]', 'null', '1', '"x"', '{', '{}x'])
    it(`refuses ${JSON.stringify(text)} as an object`, () => {
      assert.throws(() => parseObject(text), /^Error: not /);
    });
});

describe('a compact JWS', () => {
  it('is given back in its parts', () => {
    const text = `${encode('{"alg":"x"}')}.${encode('{"a":1}')}.${encode('s')}`;
    const { header, payload, signed, signature } = parseJws(text, 100);
    assert.deepEqual([header, payload], [{ alg: 'x' }, { a: 1 }]);
    assert.equal(`${signed}.${encode(signature)}`, text);
  });

  const object = encode('{}');
  const wrong: readonly [string, string][] = [
    ['with two parts', `${object}.${object}`],
    ['with four parts', `${object}.${object}.${object}.${object}`],
    ['without signature', `${object}.${object}.`],
    ['with padding', `${object}=.${object}.${object}`],
    ['with a line end', `${object}.${object}.${object}\n`],
    ['with other base64 letters', `${object}.+/${object}.${object}`],
    [
      'in other than UTF-8',
      `${object}.${encode(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))}.${object}`,
    ],
    ['with an unencoded payload', `${encode('{"b64":false}')}.${object}.${object}`],
    ['that is too long', `${object}.${object}.${'x'.repeat(100)}`],
  ];
  for (const [name, text] of wrong)
    it(`is refused ${name}`, () => {
      assert.throws(() => parseJws(text, 100), Error);
    });
});
