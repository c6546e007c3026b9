// The Merkle tree against the published vectors of RFC 6962 and its own definition.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  emptyRoot,
  hashLeaf,
  hashNode,
  hashRange,
  isConsistent,
  isIncluded,
  type Range,
  rangesOfConsistency,
  rangesOfInclusion,
  rootOf,
  type Subtree,
} from '../../src/evidence/tree.ts';

// Source: the reference tests of Certificate Transparency (merkletree tests), also used by Trillian.
const inputs = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const d0 = '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7';
const d23 = '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e';
const d47 = '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4';
const d4 = 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b';
const d67 = 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0';
const d03 = 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7';
const d45 = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a';

const published = inputs.map((input) => hashLeaf(Buffer.from(input, 'hex')));
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const rootOfFirst = (size: number): Buffer => bytes(roots[size - 1] ?? '');

/** Hash of a range straight from the definition of RFC 6962 §2.1, over all its leaves. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length < 2) return only ?? emptyRoot;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return hashNode(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}
const prove = (ranges: readonly Range[], leaves: readonly Buffer[]): Buffer[] =>
  ranges.map(({ from, to }) => treeHash(leaves.slice(from, to)));
const inclusion = (index: number, leaves: readonly Buffer[]): Buffer[] =>
  prove(rangesOfInclusion(index, leaves.length), leaves);
const consistency = (older: number, leaves: readonly Buffer[]): Buffer[] =>
  prove(rangesOfConsistency(older, leaves.length), leaves);
const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));

const aTree = fc
  .integer({ min: 1, max: 70 })
  .map((size) => Array.from({ length: size }, (_, n) => hashLeaf(Buffer.of(n))));
const aTreeAndIndex = fc.tuple(aTree, fc.nat()).map(([leaves, n]) => ({ leaves, index: n % leaves.length }));

describe('the Merkle tree', () => {
  it('has the published roots of RFC 6962', () => {
    assert.equal(
      emptyRoot.toString('hex'),
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    assert.deepEqual(hex(inputs.map((_, n) => rootOf(published.slice(0, n + 1)))), roots);
  });

  it('has the published inclusion proofs', () => {
    assert.deepEqual(hex(inclusion(0, published)), [d0, d23, d47]);
    assert.deepEqual(hex(inclusion(5, published)), [d4, d67, d03]);
    assert.deepEqual(hex(inclusion(2, published.slice(0, 3))), [roots[1]]);
    assert.deepEqual(inclusion(0, published.slice(0, 1)), []);
  });

  it('has the published consistency proofs', () => {
    assert.deepEqual(hex(consistency(1, published)), [d0, d23, d47]);
    assert.deepEqual(hex(consistency(6, published)), [d45, d67, d03]);
    assert.deepEqual(hex(consistency(2, published.slice(0, 5))), [d23, d4]);
  });

  it('accepts the published proofs', () => {
    const leaf = published[5] ?? emptyRoot;
    assert.ok(isIncluded(leaf, 5, 8, [d4, d67, d03].map(bytes), rootOfFirst(8)));
    const older = { size: 6, root: rootOfFirst(6) };
    assert.ok(isConsistent(older, { size: 8, root: rootOfFirst(8) }, [d45, d67, d03].map(bytes)));
  });

  it('proves every leaf of every tree, and proves it at no other place', () => {
    fc.assert(
      fc.property(aTreeAndIndex, ({ leaves, index }) => {
        const root = treeHash(leaves);
        const proof = inclusion(index, leaves);
        const leaf = leaves[index] ?? emptyRoot;
        for (let at = 0; at < leaves.length * 2; at += 1)
          assert.equal(isIncluded(leaf, at, leaves.length, proof, root), at === index);
      }),
    );
  });

  it('refuses an inclusion proof with any altered bit, one hash too many or too few', () => {
    fc.assert(
      fc.property(aTreeAndIndex, fc.nat(), ({ leaves, index }, bit) => {
        const root = treeHash(leaves);
        const proof = inclusion(index, leaves);
        const leaf = leaves[index] ?? emptyRoot;
        const all = Buffer.concat([leaf, root, ...proof]);
        all[(bit >> 3) % all.length] = (all[(bit >> 3) % all.length] ?? 0) ^ (1 << (bit % 8));
        const [newLeaf = leaf, newRoot = root, ...newProof] = Array.from(
          { length: all.length / 32 },
          (_, n) => all.subarray(n * 32, n * 32 + 32),
        );
        assert.equal(isIncluded(newLeaf, index, leaves.length, newProof, newRoot), false);
        assert.equal(isIncluded(leaf, index, leaves.length, [...proof, root], root), false);
        assert.equal(proof.length > 0 && isIncluded(leaf, index, leaves.length, proof.slice(1), root), false);
      }),
    );
  });

  it('proves that every tree extends each of its beginnings, and nothing else', () => {
    fc.assert(
      fc.property(aTreeAndIndex, fc.nat(), ({ leaves, index: older }, bit) => {
        const oldHead = { size: older, root: treeHash(leaves.slice(0, older)) };
        const newHead = { size: leaves.length, root: treeHash(leaves) };
        const proof = consistency(older, leaves);
        assert.ok(isConsistent(oldHead, newHead, proof));
        const other = Buffer.from(oldHead.root);
        other[bit % 32] = (other[bit % 32] ?? 0) ^ 1;
        assert.equal(isConsistent({ ...oldHead, root: other }, newHead, proof), false);
        assert.equal(older > 0 && isConsistent(oldHead, { ...newHead, root: other }, proof), false);
        assert.equal(isConsistent(oldHead, newHead, [...proof, other]), false);
      }),
    );
  });

  it('takes no two roots of one size, and no root of two sizes', () => {
    fc.assert(
      fc.property(aTree, fc.integer({ min: 1, max: 70 }), (leaves, more) => {
        const [head, root] = [{ size: leaves.length, root: treeHash(leaves) }, hashLeaf(Buffer.of(255))];
        assert.ok(isConsistent(head, head, []));
        assert.equal(isConsistent(head, { ...head, root }, []), false);
        assert.equal(isConsistent(head, head, [root]), false);
        for (const proof of [[], [head.root]])
          assert.equal(isConsistent(head, { ...head, size: head.size + more }, proof), false);
        assert.equal(isConsistent({ ...head, size: head.size + more }, head, []), false);
        assert.equal(isConsistent({ size: 0, root: emptyRoot }, head, [head.root]), false);
      }),
    );
  });

  it('works beyond 32 bits', () => {
    const size = 2 ** 40 + 3;
    const hashOf = ({ level, index }: Subtree): Buffer => hashLeaf(Buffer.from(`${level}/${index}`));
    const root = hashRange({ from: 0, to: size }, hashOf);
    const proof = rangesOfInclusion(2 ** 40 + 2, size).map((range) => hashRange(range, hashOf));
    assert.ok(isIncluded(hashOf({ level: 0, index: 2 ** 40 + 2 }), 2 ** 40 + 2, size, proof, root));
  });
});
