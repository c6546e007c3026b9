// The verifier of exports: it takes every true covering of a tree, and refuses whatever was altered in one.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { cosign } from '../../src/evidence/cosignature.ts';
import { exportFiles } from '../../src/evidence/export-format.ts';
import { parseManifest } from '../../src/evidence/manifest.ts';
import { parseNote, toVerifierKey } from '../../src/evidence/note.ts';
import {
  type MadeExport,
  makeExport,
  purgeLeaf,
  signManifest,
  someMadeLeaf,
  verifyMade,
  type Wanted,
} from './made-export.ts';

const leaves = Array.from({ length: 70 }, () => someMadeLeaf());

const anyWanted: fc.Arbitrary<Wanted> = fc
  .record({
    size: fc.integer({ min: 1, max: leaves.length }),
    shown: fc.uint8Array({ minLength: leaves.length, maxLength: leaves.length }),
    density: fc.constantFrom(0, 16, 128, 240, 256),
    format: fc.constantFrom('ndjson' as const, 'csv' as const),
    withheld: fc.boolean(),
  })
  .map(({ size, shown, density, format, withheld }) => ({
    leaves: leaves.slice(0, size),
    isShown: (index) => (shown[index] ?? 0) < density,
    ...(withheld && { sealOf: (index) => (index % 3 === 0 ? 'withheld' : leafOf(index).sealed) }),
    format,
  }));

function leafOf(index: number) {
  const leaf = leaves[index];
  assert.ok(leaf);
  return leaf;
}

const linesOf = (bytes: Buffer): string[] => bytes.toString().split(/(?<=\n)/);
const isRefused = (made: MadeExport, what: string): void =>
  assert.throws(() => verifyMade(made), Error, what);

/** Both files, each with a way to put another content in its place. */
const filesOf = (made: MadeExport) =>
  (['content', 'proof'] as const)
    .filter((name) => made[name].length > 0)
    .map((name) => ({ name, bytes: made[name], put: (bytes: Buffer) => ({ ...made, [name]: bytes }) }));

describe('The verifier of exports', () => {
  it('8.3: takes every covering of every tree, hashed only or read deep', () => {
    fc.assert(
      fc.property(anyWanted, fc.boolean(), (wanted, deep) => {
        const { checked, notChecked } = verifyMade(makeExport(wanted), deep);
        assert.ok(checked.some((line) => line.includes('make the root of the checkpoint')));
        assert.ok(notChecked.some((line) => line.includes('no witness')));
      }),
      { numRuns: 60 },
    );
  });

  it('8.3: says which witness signed the head, and refuses a cosignature that does not fit it', () => {
    const made = makeExport({ leaves, isShown: () => true });
    const { privateKey } = generateKeyPairSync('ed25519');
    const witness = toVerifierKey('witness.test.example', privateKey, 'cosignature');
    const at = new Date('2026-11-23T08:00:30.000Z');
    const seenBy = (change: (text: string) => string): MadeExport => {
      const manifest = parseManifest(made.manifest);
      const line = cosign(
        change(parseNote(manifest.checkpoint).text),
        'witness.test.example',
        privateKey,
        at,
      );
      return { ...made, ...signManifest({ ...manifest, checkpoint: manifest.checkpoint + line }) };
    };
    const seen = seenBy((text) => text);
    const known = verifyMade(seen, false, [witness]);
    assert.match(known.checked.join('\n'), /witnessed by witness\.test\.example at 2026-11-23T08:00:30/);
    assert.doesNotMatch(known.notChecked.join('\n'), /witness|signatures/);
    assert.match(verifyMade(seen).notChecked.join('\n'), /1 further signatures of the checkpoint/);
    const other = seenBy((text) => text.replace(`\n${leaves.length}\n`, '\n7\n'));
    assert.throws(() => verifyMade(other, false, [witness]), /does not fit the checkpoint/);
  });

  it('8.3: refuses any single altered byte of the content and of the proof', () => {
    fc.assert(
      fc.property(anyWanted, fc.nat(), fc.integer({ min: 1, max: 255 }), (wanted, place, flip) => {
        for (const { bytes, put, name } of filesOf(makeExport(wanted))) {
          const at = place % bytes.length;
          const altered = Buffer.from(bytes);
          altered[at] = (altered[at] ?? 0) ^ flip;
          // The head of a CSV is compared where the file is opened.
          if (wanted.format === 'csv' && name === 'content' && at < bytes.indexOf('\n') + 1) continue;
          isRefused(put(altered), `${name} ${at}`);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('refuses every single altered byte of one line with its sealed part', () => {
    const made = makeExport({ leaves: leaves.slice(0, 3), isShown: (index) => index === 1 });
    for (let at = 0; at < made.content.length; at += 1) {
      const altered = Buffer.from(made.content);
      altered[at] = (altered[at] ?? 0) ^ 1;
      isRefused({ ...made, content: altered }, `byte ${at}`);
    }
  });

  it('8.3: refuses a line that was dropped, added or swapped', () => {
    fc.assert(
      fc.property(anyWanted, fc.nat(), (wanted, place) => {
        for (const { bytes, put, name } of filesOf(makeExport(wanted))) {
          const lines = linesOf(bytes).filter((line) => line !== '');
          const first = wanted.format === 'csv' && name === 'content' ? 1 : 0;
          if (lines.length <= first) continue;
          const at = first + (place % (lines.length - first));
          const line = lines[at] ?? '';
          const toBytes = (changed: string[]): Buffer => Buffer.from(changed.join(''));
          isRefused(put(toBytes(lines.toSpliced(at, 1))), `${name}: dropped ${at}`);
          isRefused(put(toBytes(lines.toSpliced(at, 0, line))), `${name}: doubled ${at}`);
          const next = lines[at + 1];
          if (next !== undefined)
            isRefused(put(toBytes(lines.toSpliced(at, 2, next, line))), `${name}: swapped ${at}`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('refuses the hash of another subtree, a salt of another leaf, and a leaf from another place', () => {
    const made = makeExport({ leaves: leaves.slice(0, 40), isShown: (index) => index % 10 === 3 });
    const proof = linesOf(made.proof);
    const hashes = proof.map((line) => /"hash":"([^"]+)"/.exec(line)?.[1] ?? '');
    isRefused(
      { ...made, proof: Buffer.from(proof.join('').replace(hashes[0] ?? '', hashes[1] ?? '')) },
      'hash',
    );
    const content = made.content.toString();
    const [one = '', other = ''] = [...content.matchAll(/"salt":"([^"]+)"/g)].map(([, salt]) => salt);
    isRefused({ ...made, content: Buffer.from(content.replace(one, other)) }, 'salt');
    isRefused({ ...made, content: Buffer.from(content.replace('"index":3,', '"index":4,')) }, 'place');
  });

  it('refuses every altered byte of manifest, signature and the head that both name', () => {
    const made = makeExport({ leaves: leaves.slice(0, 5), isShown: () => true });
    for (const name of ['manifest', 'signature'] as const)
      for (let at = 0; at < made[name].length; at += 3) {
        const text = made[name];
        const other = text[at] === 'A' ? 'B' : 'A';
        isRefused({ ...made, [name]: `${text.slice(0, at)}${other}${text.slice(at + 1)}` }, `${name} ${at}`);
      }
  });

  it('refuses an export whose manifest, though signed, counts otherwise or is of another tree', () => {
    const made = makeExport({ leaves: leaves.slice(0, 5), isShown: () => true });
    const other = makeExport({ leaves: leaves.slice(0, 6), isShown: () => true });
    const manifest = parseManifest(made.manifest);
    const counts = { ...manifest.counts, withheld: 1 };
    isRefused({ ...made, ...signManifest({ ...manifest, counts }) }, 'counts');
    const { checkpoint } = parseManifest(other.manifest);
    isRefused({ ...made, ...signManifest({ ...manifest, checkpoint }) }, 'tree');
    assert.equal(manifest.files[0]?.name, exportFiles.ndjson);
  });

  describe('of sealed parts that are gone', () => {
    const purge = { class: 'population', leaves: '2-3,5' };
    const old = new Date('2026-01-20T08:00:00.000Z');
    const purged = [...Array.from({ length: 6 }, () => someMadeLeaf(old)), purgeLeaf(purge)];
    const goneAt = (gone: readonly number[]): Wanted => ({
      leaves: purged,
      isShown: () => true,
      sealOf: (index) => (gone.includes(index) ? 'gone' : (purged[index] ?? leafOf(0)).sealed),
      purges: [{ ...purge, entry: 6 }],
    });

    it('says which entry purged them', () => {
      const { checked } = verifyMade(makeExport(goneAt([2, 3])));
      assert.ok(
        checked.includes(
          '2 sealed parts are gone: purged by entry 6 (class population, month 2026-01; of population.v1)',
        ),
      );
    });

    it('calls those missing that no shown entry explains', () => {
      const missing = /the sealed part of leaf 1 is missing/;
      assert.throws(() => verifyMade(makeExport(goneAt([1, 2]))), missing);
      // Between leaves that were purged, and not one of them.
      assert.throws(() => verifyMade(makeExport(goneAt([2, 4]))), /the sealed part of leaf 4 is missing/);
      assert.throws(() => verifyMade(makeExport({ ...goneAt([1]), purges: [] })), missing);
    });

    const [later, recent] = [new Date('2026-07-20T08:00:00.000Z'), new Date('2026-09-02T08:00:00.000Z')];
    for (const [what, leaf, month, why] of [
      ['of another month', someMadeLeaf(later), '2026-01', /of exchanges of 2026-01, this one is of 2026-07/],
      ['whose time cannot be over', someMadeLeaf(recent), '2026-09', /made too early/],
      ['that moved on too lately', someMadeLeaf(recent, '2026-01'), '2026-01', /made too early/],
      ['that moved on', someMadeLeaf(later, '2026-01'), '2026-01', undefined],
    ] as const)
      for (const format of ['ndjson', 'csv'] as const)
        it(`${why ? 'does not take' : 'takes'} the entry of ${month} for a leaf ${what} (${format})`, () => {
          const one = { class: 'population', leaves: '0-1' };
          const all = [someMadeLeaf(old, month), leaf, purgeLeaf(one, month)];
          const made = makeExport({
            ...{ leaves: all, isShown: () => true, format, purges: [{ ...one, entry: 2 }] },
            sealOf: (index) => (index === 1 ? 'gone' : (all[index] ?? leafOf(0)).sealed),
          });
          for (const deep of [false, true])
            if (why) assert.throws(() => verifyMade(made, deep), why);
            else assert.ok(verifyMade(made, deep));
        });

    it('refuses an entry that speaks of leaves after it, or of no month', () => {
      for (const [leaf, why] of [
        [purgeLeaf({ class: 'population', leaves: '2' }), /speaks of leaves after it/],
        [purgeLeaf({ class: 'population', leaves: '0' }, '2026-13'), /of which month/],
      ] as const) {
        const { leaves: named } = JSON.parse(leaf.text).about;
        const all = [someMadeLeaf(old), leaf, someMadeLeaf(old)];
        const made = makeExport({
          ...{ leaves: all, isShown: () => true, purges: [{ class: 'population', leaves: named, entry: 1 }] },
          sealOf: (index) => (index === Number(named) ? 'gone' : (all[index] ?? leafOf(0)).sealed),
        });
        assert.throws(() => verifyMade(made), why);
      }
    });

    it('refuses a manifest that makes more of such an entry than it says, or names one that is not shown', () => {
      const wider = { ...goneAt([1]), purges: [{ ...purge, leaves: '1-3,5', entry: 6 }] };
      assert.throws(() => verifyMade(makeExport(wider)), /entry 6 does not say/);
      const hidden = { ...goneAt([2]), isShown: (index: number) => index < 6 };
      assert.throws(() => verifyMade(makeExport(hidden)), /entry 6.*is not shown/);
    });
  });

  it('tells how many sealed parts are withheld and how many leaves are covered', () => {
    const sealOf = () => 'withheld' as const;
    const { notChecked } = verifyMade(makeExport({ leaves, isShown: (index) => index < 4, sealOf }));
    assert.match(notChecked.join('\n'), /66 leaves are covered by hashes/);
    assert.match(notChecked.join('\n'), /4 sealed parts are withheld and were not checked/);
  });
});
