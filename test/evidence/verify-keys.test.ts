// Following the keys of a log offline, on chains made in memory: true ones, and every way of forging one.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { seal } from '../../src/evidence/entry.ts';
import { type Notice, toLeaf } from '../../src/evidence/leaf.ts';
import { openNote, parseVerifierKey, signNote, toVerifierKey } from '../../src/evidence/note.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { hashLeaf, rangesOfInclusion, rootOf } from '../../src/evidence/tree.ts';
import { openHeadByKeys, verifyKeyChain, verifyReceiptByKeys } from '../../src/evidence/verify-keys.ts';
import { keys as months, origin } from './support.ts';

const makeKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;
const at = new Date('2026-11-23T08:00:00.123Z');
const nobody = {
  ...{ systemId: null, owningUnit: null, actingUnit: null, service: null, operation: null, grantId: null },
};

/** A receipt of a notice that is the last leaf of a tree of `size`. */
function prove(
  notice: Notice,
  about: Readonly<Record<string, string | number>>,
  size: number,
  ...signers: KeyObject[]
): Receipt {
  const facts = { exchangeId: randomUUID(), ...nobody };
  const leaf = toLeaf('notice', facts, { at, databaseAt: at }, { notice, about }, seal({}, months, at));
  const index = size - 1;
  const leaves = Array.from({ length: size }, (_, n) => (n === index ? leaf.hash : hashLeaf(Buffer.of(n))));
  const proof = rangesOfInclusion(index, size).map(({ from, to }) => rootOf(leaves.slice(from, to)));
  return {
    entry: leaf.text,
    leafIndex: index,
    treeSize: size,
    inclusionProof: proof.map((hash) => hash.toString('base64')),
    checkpoint: signNote(toCheckpointText({ origin, size, root: rootOf(leaves) }), origin, ...signers),
  };
}

const one = makeKey();
const two = makeKey();
const three = makeKey();
const first = toVerifierKey(origin, one);
const second = toVerifierKey(origin, two);
const third = toVerifierKey(origin, three);
const added = (key: string, after: string, size: number, signer: KeyObject, more = {}): Receipt =>
  prove('key-added', { key, after, overlapS: 60, ...more }, size, signer);
const chain = {
  origin,
  keys: [
    { key: first, retired: prove('key-retired', { key: first, successor: second }, 20, one, two) },
    { key: second, added: added(second, first, 10, one) },
    { key: third, added: added(third, second, 30, two) },
  ],
};
const withLink = (n: number, link: object): object => ({
  ...chain,
  keys: chain.keys.map((old, at) => (at === n ? { ...old, ...link } : old)),
});

describe('the keys of a log', () => {
  it('are followed from any of them to the one of today', () => {
    const verdict = verifyKeyChain(JSON.parse(JSON.stringify(chain)), first);
    assert.ok(verdict.ok);
    assert.deepEqual(verdict.keys, [
      { key: first, until: 20, retiredAt: at.toISOString() },
      { key: second, until: undefined },
      { key: third, until: undefined },
    ]);
    assert.equal(verdict.checked.length, 3);
    const fromLast = verifyKeyChain(chain, third);
    assert.ok(fromLast.ok && fromLast.keys.length === 1);
  });

  it('open a head by the newest that signed it, and none by a key alone that was retired below it', () => {
    const verdict = verifyKeyChain(chain, first);
    assert.ok(verdict.ok);
    const sign = (size: number, ...signers: KeyObject[]): string =>
      signNote(toCheckpointText({ origin, size, root: hashLeaf(Buffer.of(7)) }), origin, ...signers);
    for (const head of [sign(20, one), sign(21, one, two), sign(99, three)])
      assert.ok(openHeadByKeys(head, verdict.keys).size >= 20);
    assert.throws(() => openHeadByKeys(sign(21, one), verdict.keys), /signed only by .* retired at 20/);
    assert.throws(() => openHeadByKeys(sign(21, makeKey()), verdict.keys), /not signed by/);
    assert.throws(() => openHeadByKeys(sign(21, one), []), /no key/);
    const foreign = signNote(`other.example\n1\n${'A'.repeat(43)}=\n`, origin, three);
    assert.throws(() => openHeadByKeys(foreign, verdict.keys), /of another log/);
  });

  it('let a note with two signatures be opened by either key', () => {
    const note = signNote('text\n', origin, one, two);
    assert.equal(openNote(note, parseVerifierKey(first)), openNote(note, parseVerifierKey(second)));
    assert.throws(() => openNote(note, parseVerifierKey(third)), /is not signed by/);
    assert.throws(() => signNote('text\n', origin), /at least one key/);
  });

  it('vouch for a receipt by the newest that signed it, and a retired one for no later head', () => {
    const verdict = verifyKeyChain(chain, first);
    assert.ok(verdict.ok);
    const receipt = (size: number, ...signers: KeyObject[]) => prove('held', {}, size, ...signers);
    for (const good of [receipt(5, one), receipt(15, one, two), receipt(25, two), receipt(35, two, three)])
      assert.ok(verifyReceiptByKeys(good, verdict.keys).ok);
    const late = verifyReceiptByKeys(receipt(25, one), verdict.keys);
    assert.ok(!late.ok && /signed only by .* retired at 20/.test(late.reason));
    const foreign = verifyReceiptByKeys(receipt(25, makeKey()), verdict.keys);
    assert.ok(!foreign.ok && /is not signed by/.test(foreign.reason));
    const broken = verifyReceiptByKeys({ ...receipt(25, two), leafIndex: 3 }, verdict.keys);
    assert.ok(!broken.ok && /inclusion proof/.test(broken.reason));
  });

  it('stop at a key that was stolen, and begin after it', () => {
    const stolen = withLink(1, { added: added(second, first, 10, one, { stolen: 1 }) });
    const verdict = verifyKeyChain(stolen, first);
    assert.ok(!verdict.ok && /was stolen/.test(verdict.reason));
    assert.ok(verifyKeyChain(stolen, second).ok);
  });

  it('end with a key that is only announced', () => {
    const verdict = verifyKeyChain(
      { ...chain, keys: [...chain.keys, { key: toVerifierKey(origin, makeKey()) }] },
      second,
    );
    assert.ok(verdict.ok && verdict.keys.at(-1)?.key === third);
  });

  const mine = makeKey();
  const forged = toVerifierKey(origin, mine);
  for (const [title, file, reason] of [
    [
      'by a key that the one before did not sign',
      withLink(1, { added: added(second, first, 10, mine) }),
      /does not hold/,
    ],
    [
      'by its own signature',
      { ...chain, keys: [chain.keys[0], { key: forged, added: added(forged, first, 10, mine) }] },
      /does not hold/,
    ],
    ['by the entry of another key', withLink(1, { key: forged }), /names other keys/],
    [
      'by an entry that follows another key',
      withLink(2, { added: added(third, first, 30, two) }),
      /names other keys/,
    ],
    [
      'by another kind of entry',
      withLink(1, { added: prove('held', { key: second, after: first }, 10, one) }),
      /tells of something else/,
    ],
    ['by leaving an entry out', withLink(1, { added: undefined }), /does not hold/],
    ['by leaving a key out', { ...chain, keys: [chain.keys[0], chain.keys[2]] }, /does not hold/],
    [
      'by retiring the wrong key',
      withLink(0, { retired: prove('key-retired', { key: second }, 20, two) }),
      /names another key/,
    ],
    [
      'by retiring under a foreign head',
      withLink(0, { retired: prove('key-retired', { key: first }, 20, mine) }),
      /does not hold/,
    ],
    ['by going back', withLink(2, { added: added(third, second, 9, two) }), /not in their order/],
    ['by what is no chain', { keys: [{}] }, /members of a key chain/],
    ['by nothing', null, /members of a key chain/],
    ['by a chain without the trusted key', { ...chain, keys: [] }, /does not hold the key/],
  ] as const)
    it(`cannot be forged ${title}`, () => {
      const verdict = verifyKeyChain(file, first);
      assert.ok(!verdict.ok);
      assert.match(verdict.reason, reason);
    });
});
