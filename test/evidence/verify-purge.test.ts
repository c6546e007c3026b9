// A receipt without its private part, and the receipt of the entry that is said to have purged it: what explains it, and what
// does not.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyAll } from '../../src/cli/verify.ts';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { signNote } from '../../src/evidence/note.ts';
import type { PurgedBy, Receipt } from '../../src/evidence/receipt.ts';
import { hashLeaf, rangesOfInclusion, rootOf } from '../../src/evidence/tree.ts';
import { type MadeLeaf, purgeLeaf, someMadeLeaf } from './made-export.ts';
import { logKey, logVerifierKey, origin } from './support.ts';

const old = new Date('2026-01-20T08:00:00.000Z');
const log: readonly MadeLeaf[] = [
  someMadeLeaf(old),
  someMadeLeaf(old),
  someMadeLeaf(new Date('2026-02-20T08:00:00.000Z')),
  purgeLeaf({ class: 'population', leaves: '1-2' }),
  someMadeLeaf(),
];
const hashes = log.map(({ text }) => hashLeaf(Buffer.from(text)));
const exchangeOf = (index: number): string => JSON.parse(log[index]?.text ?? '').exchange;

function prove(leafIndex: number, size = log.length): Receipt {
  const proof = rangesOfInclusion(leafIndex, size).map(({ from, to }) => rootOf(hashes.slice(from, to)));
  const text = toCheckpointText({ origin, size, root: rootOf(hashes.slice(0, size)) });
  return {
    ...{ entry: log[leafIndex]?.text ?? '', leafIndex, treeSize: size },
    inclusionProof: proof.map((hash) => hash.toString('base64')),
    checkpoint: signNote(text, origin, logKey),
  };
}
const purged = (leafIndex: number, by: PurgedBy = { exchangeId: exchangeOf(3), leafIndex: 3 }): Receipt => ({
  ...prove(leafIndex),
  purgedBy: by,
});

describe('lgsp verify --purge', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-purge-'));
  after(() => rmSync(folder, { recursive: true }));
  let count = 0;
  const file = (value: unknown): string => {
    const path = join(folder, String(count++));
    writeFileSync(path, JSON.stringify(value));
    return path;
  };
  async function say(receipt: Receipt, notice?: unknown): Promise<string> {
    const lines: string[] = [];
    const purge = notice === undefined ? {} : { purge: file(notice) };
    const speaking = { show: (line: string) => void lines.push(line), progress: undefined };
    await verifyAll([file(receipt)], { logKey: logVerifierKey, ...purge }, speaking);
    return lines.join('\n');
  }

  it('takes the entry that names the leaf, of the month of its exchange', async () => {
    for (const by of [undefined, { exchangeId: exchangeOf(3) }]) {
      const said = await say(purged(1, by), prove(3));
      assert.match(
        said,
        /checked: the private part was purged: entry 3 says so \(class population, month 2026-01\)/,
      );
      assert.match(said, / {2}not checked: whether the time of that class was over[\s\S]*VALID$/);
      assert.doesNotMatch(said, /as the hub says|one history/);
    }
    assert.match(
      await say(purged(1), prove(3, 4)),
      /not checked: that the heads of both receipts are of one/,
    );
  });

  it('says without it that only the hub says so, and refuses an entry that stands before the leaf', async () => {
    assert.match(
      await say(purged(1)),
      /^ {2}not checked: the private part was purged, as the hub says, by leaf 3/m,
    );
    const before = { exchangeId: exchangeOf(0), leafIndex: 0 };
    assert.match(await say(purged(1, before)), /NOT VALID: .* by an entry that stands before it$/);
  });

  for (const [what, receipt, notice, why] of [
    ['of another entry', purged(1), prove(4), /is of another entry than the receipt names/],
    ['that names other leaves', purged(0), prove(3), /entry 3 does not say that the private part of leaf 0/],
    ['of another month', purged(2), prove(3), /speaks of exchanges of 2026-01, this one is of 2026-02/],
    [
      'that was altered',
      purged(1),
      { ...prove(3), leafIndex: 2 },
      /the receipt of the purge: the inclusion proof/,
    ],
    ['that is none', purged(1), [], /the receipt of the purge: .*members of a receipt/],
    ['for a receipt that names none', prove(1), prove(3), /does not say that its private part was purged/],
    ['that is no notice', purged(1, { exchangeId: exchangeOf(4) }), prove(4), /entry 4 does not say/],
  ] as const)
    it(`refuses a receipt ${what}`, async () => {
      assert.match(await say(receipt, notice), new RegExp(`NOT VALID: .*${why.source}`));
    });
});
