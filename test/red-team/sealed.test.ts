// Attacks on what was sealed: private parts exchanged, spoilt, deleted without a word or with a false one. Who finds it, who does
// not, and where nobody does.
import assert from 'node:assert/strict';
import { withTransaction } from '../../src/database/pool.ts';
import { parseLeafText } from '../../src/evidence/leaf.ts';
import { recordNotice } from '../../src/evidence/notice.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { keys, logVerifierKey } from '../evidence/support.ts';
import { readTold, retell, takeAway } from './attacker.ts';
import { purge } from './ground.ts';
import { exportLog, forked, keptId, look, nothing, readLines, receiptOf } from './outsiders.ts';
import { describeAttacks } from './red-team.ts';
import type { Scene } from './scene.ts';

describeAttacks('The red team against what is sealed', (attack) => {
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
