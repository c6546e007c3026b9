// Attacks on what is shown to whom, and on what was sealed: two histories, two heads of one size, an exchange hidden from one
// reader; private parts exchanged, spoilt, deleted without a word. Who finds it, who does not, and where nobody does.
import assert from 'node:assert/strict';
import { verifyFolder } from '../../src/cli/verify-folder.ts';
import { withTransaction } from '../../src/database/pool.ts';
import { toMessage } from '../../src/database/start-error.ts';
import { parseLeafText } from '../../src/evidence/leaf.ts';
import { recordNotice } from '../../src/evidence/notice.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { emptyRoot } from '../../src/evidence/tree.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { verifyConsistency } from '../../src/evidence/verify-consistency.ts';
import { keys, logVerifierKey, origin } from '../evidence/support.ts';
import { submit } from '../witness/support.ts';
import { readTold, retell, reword, signHead, takeAway } from './attacker.ts';
import { purge } from './ground.ts';
import {
  askReceipt,
  askTicket,
  exportLog,
  forked,
  headOf,
  look,
  nothing,
  readLines,
  twoHistories,
} from './outsiders.ts';
import { describeAttacks } from './red-team.ts';
import type { Scene } from './scene.ts';

/** Ids of exchanges under the kept head. */
const keptId = ({ kept }: Scene, n: number): string => kept.exchanges[n]?.exchangeId ?? '';

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

async function receiptOf({ reader }: Scene, exchangeId: string): Promise<Receipt> {
  const found = await reader.receiptOf(exchangeId, { waitMs: 0, signal: new AbortController().signal });
  return typeof found === 'string' ? assert.fail(found) : found.receipt;
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

  attack('8 swap private parts: found by whoever reads one, by receipt and archive', async (scene) => {
    await swapSealed(scene);
    assert.deepEqual(await look(scene), await spoilt(scene));
  });

  attack(
    '9 alter a salt: found by whoever reads the part, and gives no other text a proof',
    async (scene) => {
      const kept = await receiptOf(scene, keptId(scene, 4));
      await alterSalt(scene);
      assert.deepEqual(await look(scene), await spoilt(scene));
      assert.ok(verifyReceipt(kept, logVerifierKey).ok, 'who kept the part proves it still');
    },
  );

  for (const [title, spoil] of [
    ['8 swap private parts', swapSealed],
    ['9 alter a salt', alterSalt],
  ] as const)
    attack(
      `${title}: is not found by witness, anchor and keeper, nor by whoever is shown no private part`,
      async (scene) => {
        await spoil(scene);
        const bare = { ...(await receiptOf(scene, keptId(scene, 4))), private: undefined };
        assert.ok(verifyReceipt(JSON.parse(JSON.stringify(bare)), logVerifierKey).ok);
        const { witness, anchor, keeper, ticket } = await look(scene);
        assert.deepEqual({ ...nothing, witness, anchor, keeper, ticket }, nothing);
      },
    );

  attack(
    '10 drop a purge entry: before it is numbered, found by whoever verifies an archive',
    async (scene) => {
      await purge(scene.database);
      const { rows } = await scene.owner.query('SELECT exchange_id AS id FROM entry_pending');
      await takeAway(scene, rows[0]?.id);
      assert.deepEqual(await look(scene), { ...nothing, archive: missing(8) });
    },
  );

  attack(
    '10 drop a purge entry: of the cosigned log, found by witness, anchor and keeper too',
    async (scene) => {
      const place = (await readTold(scene)).findIndex(({ kind }) => kind === 'notice');
      await retell(scene, (told) => told.toSpliced(place, 1));
      assert.deepEqual(await look(scene), {
        ...{ ...nothing, archive: missing(place - 1), receipt: 'VALID, not witnessed' },
        dates: forked,
        keeper: 'the tree of 18 leaves does not extend that of 17: the log was rewritten',
        anchor: "the database's 18 leaves do not extend the known 17",
        witness: 'it refuses the proof from 17 to 18',
      });
    },
  );

  attack(
    '10 drop a purge entry: a part deleted without any is found by archive and list, not by its receipt',
    async (scene) => {
      await deleteSealed(scene, keptId(scene, 4), 'closed');
      const archive = missing(await placeOf(scene, 'closed'));
      assert.deepEqual(await look(scene), { ...nothing, archive, source: 'one only on the list' });
    },
  );

  const thisMonth = new Date().toISOString().slice(0, 7);
  for (const [month, why] of [
    [thisMonth, 'it was made too early, every sealed part is kept for 3 whole months'],
    ['2025-02', `it speaks of exchanges of 2025-02, this one is of ${thisMonth}`],
  ] as const)
    attack(
      `10 drop a purge entry: a false one of ${month === thisMonth ? 'this' : 'an old'} month is found by an archive`,
      async (scene) => {
        const leaf = await deleteSealed(scene, keptId(scene, 4), 'opened');
        await pretendPurge(scene, leaf, month);
        const { archive, ...others } = await look(scene);
        const said = `the sealed part of leaf ${leaf} is missing, and entry 17 does not explain it: ${why}`;
        assert.deepEqual([archive, { ...others, archive: 'VALID' }], [said, nothing]);
      },
    );

  attack(
    '10 drop a purge entry: is not found by any tool where a false one is of the month of an old exchange',
    async (scene) => {
      const old = (await readTold(scene)).find(({ text }) => parseLeafText(text).at.startsWith('2025-03'));
      const leaf = await deleteSealed(scene, old?.exchangeId ?? '', 'refused');
      await pretendPurge(scene, leaf, '2025-03');
      assert.deepEqual(await look(scene), nothing);
      // It stays in the log for whoever compares it with the classes of retention.
      const told = readLines(await exportLog(scene)).findLast(({ leaf: { notice } }) => notice === 'purged');
      assert.deepEqual([told?.leaf.about?.['class'], old?.service], ['documents', 'population.v1']);
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

const missing = (leaf: number): string =>
  `the sealed part of leaf ${leaf} is missing: no shown entry says that it was purged`;

/** Place of an entry of the fifth kept exchange. */
const placeOf = async (scene: Scene, kind: string): Promise<number> =>
  (await readTold(scene)).findIndex((one) => one.exchangeId === keptId(scene, 4) && one.kind === kind);

/** What is found when the private part of that exchange's last entry is not the one that was sealed. */
const spoilt = async (scene: Scene) => ({
  ...nothing,
  receipt: 'the private part is not the one that the entry sealed',
  archive: `the sealed part of leaf ${await placeOf(scene, 'closed')} is not the one that it sealed, or the leaf was altered`,
});

async function swapSealed(scene: Scene): Promise<void> {
  await scene.owner.query(
    `UPDATE entry_private p SET salt = q.salt, text = q.text FROM entry_private q, entry e, entry f
     WHERE e.exchange_id = p.exchange_id AND e.id = p.entry_id AND f.exchange_id = q.exchange_id AND f.id = q.entry_id
       AND e.kind = 'closed' AND f.kind = 'closed' AND e.id <> f.id
       AND e.exchange_id IN ($1, $2) AND f.exchange_id IN ($1, $2)`,
    [keptId(scene, 4), keptId(scene, 5)],
  );
}

async function alterSalt(scene: Scene): Promise<void> {
  const { rowCount } = await scene.owner.query(
    `UPDATE entry_private p SET salt = sha256('other') FROM entry e
     WHERE e.exchange_id = p.exchange_id AND e.id = p.entry_id AND e.kind = 'closed' AND e.exchange_id = $1`,
    [keptId(scene, 4)],
  );
  assert.equal(rowCount, 1);
}

/** Deletes a private part. @returns the place of its leaf */
async function deleteSealed(scene: Scene, exchangeId: string, kind: string): Promise<number> {
  await scene.owner.query(
    `DELETE FROM entry_private p USING entry e
     WHERE e.exchange_id = p.exchange_id AND e.id = p.entry_id AND e.kind = $2 AND e.exchange_id = $1`,
    [exchangeId, kind],
  );
  return (await readTold(scene)).findIndex((one) => one.exchangeId === exchangeId && one.kind === kind);
}

/** Says in the log that a leaf's private part was purged, in the words of the daily work. */
async function pretendPurge({ owner }: Scene, leaf: number, month: string): Promise<void> {
  const about = {
    ...{ class: 'documents', month, basis: 'x' },
    ...{ leaves: String(leaf), firstLeaf: leaf, lastLeaf: leaf, entries: 1 },
  };
  const time = { at: new Date(), databaseAt: new Date() };
  await withTransaction(owner, (client) =>
    recordNotice(client, { notice: 'purged', about, private: {} }, time, keys),
  );
}

/** Makes one reader's export pass over an exchange, by the columns that no hash covers. @returns the export */
async function hide(scene: Scene): Promise<string> {
  await scene.owner.query("UPDATE entry SET service = 'hidden.v1' WHERE exchange_id = $1", [
    keptId(scene, 4),
  ]);
  return exportLog(scene, { service: 'population.v1' });
}
