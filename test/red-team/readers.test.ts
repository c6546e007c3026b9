// Attacks on what is shown to whom: two histories, two heads of one size, an exchange hidden from one reader. Who finds it, who
// does not, and where nobody does.
import assert from 'node:assert/strict';
import { verifyFolder } from '../../src/cli/verify-folder.ts';
import { toMessage } from '../../src/database/start-error.ts';
import { emptyRoot } from '../../src/evidence/tree.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { verifyConsistency } from '../../src/evidence/verify-consistency.ts';
import { indexAll } from '../evidence/retention-support.ts';
import { logVerifierKey, origin } from '../evidence/support.ts';
import { submit } from '../witness/support.ts';
import { retell, reword, signHead } from './attacker.ts';
import {
  askReceipt,
  askTicket,
  exportLog,
  headOf,
  keptId,
  look,
  nothing,
  readLines,
  receiptOf,
  twoHistories,
} from './outsiders.ts';
import { describeAttacks } from './red-team.ts';
import type { Scene } from './scene.ts';

/** Two readers show each other their heads. */
function compare(one: string, other: string): string {
  const [from, to] = [headOf(one).size, headOf(other).size];
  try {
    verifyConsistency([one, other], { from, to, proof: [] }, logVerifierKey);
    return 'extends';
  } catch (error) {
    return toMessage(error);
  }
}

const verifyIn = (folder: string) => verifyFolder(folder, { logKey: logVerifierKey, deep: true, threads: 1 });

/** Shows whoever asks from now on a history whose last entry is another, under a head of the same size. */
const showOther = (scene: Scene): Promise<void> =>
  retell(scene, (told) => [
    ...told.slice(0, -1),
    ...told.slice(-1).map((one) => reword(one, { actingUnit: 'xa-khac' })),
  ]);

/** What the witness keeps and hands out: signed heads that contradict what it cosigned. */
const askWitness = async ({ witnessUrl }: Scene): Promise<unknown> =>
  (await fetch(`${witnessUrl}/conflicts`)).json();
const conflictOf = (scene: Scene, offered: string) => {
  const { root, size } = headOf(scene.kept.note);
  return { kind: 'two-heads', origin, size, root: root.toString('base64'), offered: headOf(offered) };
};
async function keptByWitness(scene: Scene) {
  const { conflicts } = Object(await askWitness(scene));
  const [{ kind, origin: of, cosigned, offered }, ...more] = conflicts;
  assert.deepEqual([more, headOf(cosigned.note)], [[], headOf(scene.kept.note)]);
  return { kind, origin: of, size: cosigned.size, root: cosigned.root, offered: headOf(offered) };
}

describeAttacks('The red team against the readers', (attack) => {
  attack(
    '3 fork: found by its reader, who asks for the witness, and by two readers who compare',
    async (scene) => {
      const first = await receiptOf(scene, keptId(scene, 6));
      await showOther(scene);
      assert.equal(await askReceipt(scene, keptId(scene, 6)), 'VALID, not witnessed');
      const second = await receiptOf(scene, keptId(scene, 6));
      assert.equal(compare(first.checkpoint, second.checkpoint), twoHistories);
      const { witness, keeper } = await look(scene, [], { still: true });
      assert.deepEqual([witness, keeper], ['it cosigned another head of 17 leaves', twoHistories]);
      // The witness keeps both, for anyone who asks.
      assert.deepEqual(await keptByWitness(scene), conflictOf(scene, second.checkpoint));
    },
  );

  attack(
    '3 fork: is not found by a reader who asks no witness, kept nothing and compares with nobody',
    async (scene) => {
      await showOther(scene);
      assert.ok(verifyReceipt(await receiptOf(scene, keptId(scene, 6)), logVerifierKey).ok);
      const { checked, notChecked } = await verifyIn(await exportLog(scene));
      assert.ok(checked.includes('nothing is left out: it is the whole log up to the checkpoint'));
      // What it says that it did not check is the only sign.
      assert.match(notChecked.join(), /no witness has signed the checkpoint/);
    },
  );

  attack('11 hide from one reader: found by an archive, where nothing can be left out', async (scene) => {
    const shown = readLines(await hide(scene));
    const all = readLines(await exportLog(scene)).filter(({ leaf }) => leaf.service === 'population.v1');
    const hidden = all.filter(({ index }) => !shown.some((line) => line.index === index));
    assert.deepEqual([...new Set(hidden.map(({ leaf }) => leaf.exchange))], [keptId(scene, 4)]);
  });

  attack(
    '11 hide from one reader: is not found by that reader, whose export says what it did not check',
    async (scene) => {
      const shown = await hide(scene);
      const { notChecked } = await verifyIn(shown);
      assert.match(notChecked.join(), /2 leaves are covered by hashes: that none of them belonged/);
      const said = await askTicket(scene, scene.kept.exchanges[4]?.ticket ?? '', shown);
      assert.match(said, /^KEPT; not decided: the folder is no full copy of the log/);
    },
  );

  attack(
    '12 two heads of one size: found by whoever has both, refused by the witness, which keeps the proof',
    async (scene) => {
      const other = signHead({ size: 17, root: emptyRoot });
      assert.equal(compare(scene.kept.note, other), twoHistories);
      assert.deepEqual(await askWitness(scene), { conflicts: [] });
      const { status, text } = await submit(scene.witnessUrl, `old 17\n\n${other}`);
      assert.deepEqual([status, text], [409, '17\n']);
      assert.deepEqual(await keptByWitness(scene), conflictOf(scene, other));
    },
  );

  attack(
    '12 two heads of one size: the one that is not of the tree is found by all who ask for proofs',
    async (scene) => {
      const other = signHead({ size: 17, root: emptyRoot });
      await scene.owner.query('DELETE FROM cosignature WHERE size = 17');
      await scene.owner.query('UPDATE checkpoint SET root = $1, note = $2 WHERE size = 17', [
        emptyRoot,
        other,
      ]);
      const found = await look(scene, [], { still: true });
      assert.match(
        found.ticket,
        /^not decided: the proof is no good.*; not decided: the folder is no full copy/,
      );
      assert.deepEqual(
        { ...found, ticket: 'KEPT' },
        {
          ...{ ...nothing, keeper: twoHistories, witness: 'it cosigned another head of 17 leaves' },
          receipt: 'the inclusion proof does not lead from the entry to the root of the checkpoint',
          archive: 'its leaves and hashes do not make the root of the checkpoint: something was altered',
        },
      );
    },
  );

  attack('12 two heads of one size: is not found while their holders do not compare', async (scene) => {
    // It lies in somebody's hand, is well signed, and nobody else has seen it.
    assert.equal(headOf(signHead({ size: 17, root: emptyRoot })).size, 17);
    assert.deepEqual(await look(scene), nothing);
  });
});

/** Makes one reader's export pass over an exchange, by the tables of search, which no hash covers. @returns the export */
async function hide(scene: Scene): Promise<string> {
  await indexAll(scene.owner);
  await scene.owner.query("UPDATE exchange SET service = 'hidden.v1' WHERE exchange_id = $1", [
    keptId(scene, 4),
  ]);
  return exportLog(scene, { service: 'population.v1' });
}
