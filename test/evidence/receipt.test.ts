// The offline verifier: a true receipt passes, and nothing that was altered does.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { hashSubject, parseLeafText, toPrivateText } from '../../src/evidence/leaf.ts';
import { signNote, toVerifierKey } from '../../src/evidence/note.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { keys, logKey, logVerifierKey, origin, someLeaf, somePrivate, someReceipt } from './support.ts';

/** Why the verifier refused. @throws AssertionError when it did not */
function reasonFor(receipt: unknown, key = logVerifierKey): string {
  const verdict = verifyReceipt(receipt, key);
  assert.equal(verdict.ok, false);
  return verdict.ok ? '' : verdict.reason;
}

/** Every text that differs from `text` in one character, by one bit. */
function* alterations(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 1)
    for (const bit of [0x01, 0x20, 0xd800])
      yield text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ bit) + text.slice(at + 1);
}

describe('the offline verifier', () => {
  it('says what it checked on a true receipt', () => {
    const verdict = verifyReceipt(someReceipt(), logVerifierKey);
    assert.ok(verdict.ok);
    assert.equal(verdict.leaf.kind, 'closed');
    assert.equal(verdict.checked.length, 5);
  });

  it('accepts every place in every tree, with and without the private part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), (size, n) => {
        const { private: _, ...bare } = someReceipt(n % size, size);
        return verifyReceipt(bare, logVerifierKey).ok;
      }),
      { numRuns: 40 },
    );
  });

  it('refuses any altered character of any text', () => {
    const receipt = someReceipt();
    const part = receipt.private ?? assert.fail('no private part');
    const altered: Receipt[] = [
      ...[...alterations(receipt.entry)].map((entry) => ({ ...receipt, entry })),
      ...[...alterations(receipt.checkpoint)].map((checkpoint) => ({ ...receipt, checkpoint })),
      ...[...alterations(part.text)].map((text) => ({ ...receipt, private: { ...part, text } })),
      ...[...alterations(part.salt)].map((salt) => ({ ...receipt, private: { ...part, salt } })),
      ...receipt.inclusionProof.flatMap((hash, at) =>
        [...alterations(hash)].map((other) => ({
          ...receipt,
          inclusionProof: receipt.inclusionProof.with(at, other),
        })),
      ),
    ];
    for (const other of altered) assert.notEqual(reasonFor(other), '');
  });

  it('refuses other numbers, and members that are missing, added or of another type', () => {
    const receipt = someReceipt();
    for (let n = -1; n < 20; n += 1) {
      if (n !== receipt.leafIndex) reasonFor({ ...receipt, leafIndex: n });
      if (n !== receipt.treeSize) reasonFor({ ...receipt, treeSize: n });
    }
    for (const name of ['entry', 'leafIndex', 'treeSize', 'inclusionProof', 'checkpoint'])
      for (const value of [undefined, null, 1.5, '5', {}, []]) reasonFor({ ...receipt, [name]: value });
    reasonFor({ ...receipt, private: null });
    reasonFor({ ...receipt, remark: '' });
    reasonFor({ ...receipt, inclusionProof: receipt.inclusionProof.slice(1) });
    for (const other of [null, undefined, 'receipt', [], 7]) reasonFor(other);
  });

  it('refuses the checkpoint of another key or another log', () => {
    const receipt = someReceipt();
    const other = generateKeyPairSync('ed25519');
    assert.match(reasonFor(receipt, toVerifierKey(origin, other.publicKey)), /not signed by/);
    assert.match(reasonFor(receipt, 'no key'), /verifier key/);
    const [text = ''] = receipt.checkpoint.split('\n\n');
    const moved = signNote(`${text.replace(origin, 'other.example')}\n`, origin, logKey);
    assert.match(reasonFor({ ...receipt, checkpoint: moved }), /another log/);
  });
});

describe('a leaf', () => {
  it('is canonical JSON that reads back', () => {
    const { leaf } = someLeaf();
    assert.equal(parseLeafText(leaf.text).service, 'population.v1');
    assert.throws(() => parseLeafText(` ${leaf.text}`), /canonical/);
    assert.throws(() => parseLeafText('{"v":1}'), /version 1/);
  });

  it('holds no number: its subjects are keyed hashes, by kind', () => {
    const text = toPrivateText(somePrivate, keys.month);
    assert.ok(!text.includes('999000000001'));
    assert.ok(text.includes(hashSubject(keys.month(), 'personal-number', '999000000001')));
    assert.notEqual(hashSubject(keys.month(), 'a', 'b'), hashSubject(keys.month(), 'old', 'b'));
  });
});
