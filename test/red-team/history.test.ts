// Attacks on what the log tells: entries omitted, rewritten, invented, reordered, backdated, and an old copy put back. Of each
// it is asserted who outside the hub finds it and in which words, who does not, and where nobody does.
import assert from 'node:assert/strict';
import { datingAllowanceMs } from '../../src/evidence/dating.ts';
import { parseLeafText } from '../../src/evidence/leaf.ts';
import { numberAll } from '../evidence/retention-support.ts';
import { witnessName } from '../witness/support.ts';
import { invent, readTold, retell, reword, type Told, takeAway } from './attacker.ts';
import { askedSource, putBack, recordExchanges } from './ground.ts';
import { type Findings, forked, keptId, look, nothing, twoHistories } from './outsiders.ts';
import { describeAttacks } from './red-team.ts';
import type { Scene } from './scene.ts';

/** What is found when the head that everybody kept, of 17 leaves, is not the beginning of today's, of `size`. */
const rewritten = (size: number): Findings => ({
  ...nothing,
  keeper:
    size === 17
      ? twoHistories
      : `the tree of ${size} leaves does not extend that of 17: the log was rewritten`,
  anchor: `the database's ${size} leaves do not extend the known 17`,
  witness: size === 17 ? 'it cosigned another head of 17 leaves' : `it refuses the proof from 17 to ${size}`,
  receipt: 'VALID, not witnessed',
  dates: forked,
});
const without =
  (exchangeId: string) =>
  (told: readonly Told[]): readonly Told[] =>
    told.filter((one) => one.exchangeId !== exchangeId);
/** The id of an exchange under the kept head. */
/** What a copy from before the last four exchanges lacks. */
const lost = { ticket: 'OMITTED', source: [...Array(4)].map(() => 'one only on the list').join(', ') };
const record = (scene: Scene, count = 1) => recordExchanges(scene.database.hubUrl, count);

describeAttacks('The red team against the history', (attack) => {
  attack('finds nothing where nothing was done', async (scene) => {
    assert.deepEqual(await look(scene, await record(scene, 2)), nothing);
  });

  attack('1 omit: before it is numbered, found by the ticket and by the source’s list', async (scene) => {
    const gone = await record(scene);
    await takeAway(scene, gone[0]?.exchangeId ?? '');
    assert.deepEqual(await look(scene, gone), {
      ...{ ...nothing, ticket: 'OMITTED', source: 'one only on the list' },
    });
  });

  attack(
    '1 omit: is not found where no ticket was kept and the source’s list is not asked for',
    async (scene) => {
      const [gone] = await record(scene);
      await takeAway(scene, gone?.exchangeId ?? '');
      assert.deepEqual(await look(scene), nothing);
    },
  );

  attack(
    '1 omit: recorded and never numbered, the hub puts its caller off, and an archive decides',
    async (scene) => {
      const gone = await record(scene);
      await scene.owner.query('DELETE FROM entry_pending WHERE exchange_id = $1', [gone[0]?.exchangeId]);
      const { ticket, ...others } = await look(scene, gone);
      assert.match(
        ticket,
        /^not decided: the hub has the entry, but no signed head holds it yet.*; OMITTED$/,
      );
      assert.deepEqual({ ...others, ticket: 'KEPT' }, { ...nothing, source: 'one only on the list' });
    },
  );

  attack('1 omit: after it was cosigned, found by witness, anchor and keeper too', async (scene) => {
    await retell(scene, without(keptId(scene, 5)));
    const omitted = { ticket: 'OMITTED', source: 'one only on the list' };
    assert.deepEqual(await look(scene, await record(scene)), { ...rewritten(19), ...omitted });
  });

  attack('2 rewrite: of a cosigned entry, found by witness, anchor, keeper and ticket', async (scene) => {
    const id = keptId(scene, 5);
    const change = (one: Told): Told =>
      one.exchangeId === id ? reword(one, { actingUnit: 'xa-khac' }) : one;
    await retell(scene, (told) => told.map(change));
    const tickets = scene.kept.exchanges;
    // At once, with a head of the very size that was cosigned; and when the log has grown.
    for (const still of [true, false])
      assert.deepEqual(await look(scene, [], { still, tickets }), {
        ...{ ...rewritten(still ? 17 : 19), ticket: 'OMITTED' },
      });
  });

  attack('2 rewrite: before anybody saw a head of it, found by the ticket alone', async (scene) => {
    const changed = await record(scene);
    await rewordWaiting(scene, changed[0]?.exchangeId ?? '');
    assert.deepEqual(await look(scene, changed), { ...nothing, ticket: 'OMITTED' });
  });

  attack(
    '2 rewrite: is not found before anybody saw a head of it where no ticket was kept',
    async (scene) => {
      const changed = await record(scene);
      await rewordWaiting(scene, changed[0]?.exchangeId ?? '');
      assert.deepEqual(await look(scene, changed, { tickets: scene.kept.exchanges }), nothing);
    },
  );

  attack('4 backdate: found in an archive by whoever kept a head that a witness dated', async (scene) => {
    const at = new Date(Date.now() - datingAllowanceMs - 60_000);
    await invent(scene, {}, { at, systemId: 'he-thong-la' });
    const { dates, ...others } = await look(scene);
    assert.match(
      dates,
      new RegExp(
        `^leaf 17 says that it is of ${at.toISOString()}, and the head of 17 leaves, dated \\S+ by ${witnessName}, lacks it`,
      ),
    );
    assert.deepEqual({ ...others, dates: '' }, nothing);
  });

  attack('4 backdate: put among the entries of its time, found as a rewriting', async (scene) => {
    const [before, neighbour] = [12, (await readTold(scene))[11]];
    const at = new Date(parseLeafText(neighbour?.text ?? '').at);
    const made = await invent(scene, {}, { at, systemId: 'he-thong-la' });
    await numberAll(scene.database.ownerUrl);
    await retell(scene, (told) => [...told.slice(0, before), ...told.slice(-1), ...told.slice(before, -1)]);
    assert.equal((await readTold(scene))[before]?.exchangeId, made);
    assert.deepEqual(await look(scene), rewritten(20));
  });

  attack('4 backdate: is not found within the ten minutes that clocks may differ', async (scene) => {
    const at = new Date(Date.now() - datingAllowanceMs / 2);
    await invent(scene, {}, { at, systemId: 'he-thong-la' });
    assert.deepEqual(await look(scene), nothing);
  });

  attack(
    '5 invent: with a call to the source, found by its list and by the system that it names',
    async (scene) => {
      await invent(scene, askedSource('never-sent'));
      const found = { source: 'one only in the log', books: 'we made no call resolved' };
      assert.deepEqual(await look(scene), { ...nothing, ...found });
    },
  );

  attack('5 invent: without one, found only by the system that it names', async (scene) => {
    await invent(scene, {});
    assert.deepEqual(await look(scene), { ...nothing, books: 'we made no call resolved' });
  });

  attack('5 invent: is not found under a system that keeps no books', async (scene) => {
    await invent(scene, {}, { systemId: 'he-thong-la' });
    assert.deepEqual(await look(scene), nothing);
  });

  attack('6 reorder: of cosigned entries, found by witness, anchor and keeper', async (scene) => {
    await retell(scene, (told) => [...told.slice(2, 4), ...told.slice(0, 2), ...told.slice(4)]);
    assert.deepEqual(await look(scene), rewritten(19));
  });

  attack('6 reorder: is not found before the entries are numbered', async (scene) => {
    const both = await record(scene, 2);
    const [one, other] = both.map(({ exchangeId }) => exchangeId);
    // Numbers follow the ids of the entries.
    for (const [table, id] of [
      ['entry_pending', 'entry_id'],
      ['entry_private', 'entry_id'],
      ['entry', 'id'],
    ])
      await scene.owner.query(`UPDATE ${table} SET ${id} = ${id} + 1000 WHERE exchange_id = $1`, [one]);
    assert.deepEqual(await look(scene, both), nothing);
    const told = (await readTold(scene)).map(({ exchangeId }) => exchangeId);
    assert.ok(told.indexOf(other ?? '') < told.indexOf(one ?? ''));
  });

  attack('7 restore an old copy: found by anchor, witness, keeper, ticket and list', async (scene) => {
    await putBack(scene.owner, 'early');
    assert.deepEqual(await look(scene), {
      ...{ ...nothing, ...lost, receipt: 'no-such-exchange' },
      anchor: '17 leaves are known, the database has only 8',
      witness: 'it has cosigned 17 leaves; 8 are signed here',
      keeper: 'the log had 17 leaves and has 8',
      dates: 'it ends before the 17 leaves of the kept head',
    });
  });

  attack(
    '7 restore an old copy: when it has grown past the kept head, found as a rewriting',
    async (scene) => {
      await putBack(scene.owner, 'early');
      const more = await record(scene, 5);
      const found = await look(scene, more, { wanted: more[0]?.exchangeId ?? '' });
      assert.deepEqual(found, { ...rewritten(18), ...lost });
    },
  );

  const early = 'with the witness’s folder put back too, the witness does not find it, the others do';
  attack(
    `7 restore an old copy: ${early}`,
    async (scene) => {
      await putBack(scene.owner, 'early');
      const { witness } = nothing;
      const more = await record(scene, 5);
      const found = await look(scene, more, { wanted: more[0]?.exchangeId ?? '' });
      assert.deepEqual(found, { ...rewritten(18), ...lost, witness, receipt: 'VALID, witnessed' });
    },
    'early',
  );

  attack(
    '7 restore an old copy: one that lacks only what no head covered is found by the ticket',
    async (scene) => {
      const gone = await record(scene);
      await putBack(scene.owner, 'now');
      assert.deepEqual(await look(scene, gone), {
        ...nothing,
        ticket: 'OMITTED',
        source: 'one only on the list',
      });
    },
  );
});

/** Rewrites an exchange that waits for its numbers. */
async function rewordWaiting({ owner }: Scene, exchangeId: string): Promise<void> {
  await owner.query(
    `UPDATE entry SET text = replace(text, 'xa-thu-nghiem', 'xa-khac'),
       leaf_hash = sha256('\\x00'::bytea || convert_to(replace(text, 'xa-thu-nghiem', 'xa-khac'), 'UTF8'))
     WHERE exchange_id = $1`,
    [exchangeId],
  );
}
