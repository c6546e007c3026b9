// Tiles hold the same tree as the leaves do.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { appendToTiles, edgeOf, hashFromTiles, rootFromTiles, type Tiles } from '../../src/evidence/tiles.ts';
import { hashLeaf, rangesOfConsistency, rangesOfInclusion, rootOf } from '../../src/evidence/tree.ts';

const leaves = Array.from({ length: 70_000 }, (_, n) => hashLeaf(Buffer.from(String(n))));

/** Appends leaves in the given portions, each time with no more than the edge of the tree. */
function build(portions: readonly number[]): { readonly size: number; readonly tiles: Tiles } {
  let tiles = new Map<string, Buffer>();
  let size = 0;
  for (const portion of portions) {
    const edge = new Map(
      edgeOf(size).map(({ level, index }) => [
        `${level}/${index}`,
        tiles.get(`${level}/${index}`) ?? Buffer.alloc(0),
      ]),
    );
    tiles = new Map([...tiles, ...appendToTiles(size, edge, leaves.slice(size, size + portion))]);
    size += portion;
  }
  return { size, tiles };
}

const aTree = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 6 }).map(build);

describe('tiles', () => {
  it('are as wide as the specification says for 70,000 leaves', () => {
    const { tiles } = build([70_000]);
    const widths = ['0/272', '0/273', '1/0', '1/1', '2/0'].map((key) => (tiles.get(key)?.length ?? 0) / 32);
    assert.deepEqual(widths, [256, 112, 256, 17, 1]);
    assert.equal(tiles.size, 277);
    assert.ok(rootFromTiles(70_000, tiles).equals(rootOf(leaves)));
  });

  it('give the root of every tree, whatever the portions it grew by', () => {
    fc.assert(
      fc.property(aTree, ({ size, tiles }) =>
        rootFromTiles(size, tiles).equals(rootOf(leaves.slice(0, size))),
      ),
      { numRuns: 30 },
    );
  });

  it('give the same proofs as the leaves, for older sizes too', () => {
    fc.assert(
      fc.property(aTree, fc.nat(), fc.nat(), ({ size, tiles }, a, b) => {
        const older = 1 + (a % size);
        const ranges = [...rangesOfInclusion(b % older, older), ...rangesOfConsistency(older, size)];
        for (const range of ranges)
          assert.ok(hashFromTiles(range, tiles).equals(rootOf(leaves.slice(range.from, range.to))));
      }),
      { numRuns: 50 },
    );
  });

  it('are refused when one is missing or cut short', () => {
    const { tiles } = build([300]);
    assert.throws(() => rootFromTiles(300, new Map()), /lacks the hashes/);
    assert.throws(
      () => appendToTiles(300, new Map([['0/1', Buffer.alloc(32)]]), leaves.slice(0, 1)),
      /lacks/,
    );
    assert.throws(() => hashFromTiles({ from: 300, to: 301 }, tiles), /lacks/);
  });
});
