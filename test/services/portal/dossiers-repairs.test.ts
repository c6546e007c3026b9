// The repair list: what is held or refused is corrected in its place or withdrawn, and what waits behind goes on.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { ClaimedDispatch, DispatchOutcome } from '../../../src/delivery/types.ts';
import { createPortalRetention } from '../../../src/services/portal/retention.ts';
import { newCode, startDossierHub, submitter, toHeldRecord, toRecord } from './dossier-hub.ts';

/** A portal that refuses what says status 8, its last line at the latest, and takes the rest. */
async function send({ content }: ClaimedDispatch, owner: pg.Pool): Promise<DispatchOutcome> {
  const { rows } = await owner.query<{ status: number | null; code: string }>(
    'SELECT status, dossier_code AS code FROM portal_change WHERE id = $1',
    [content['change']],
  );
  if (rows[0]?.status === 8) {
    await owner.query(
      `UPDATE portal_change SET portal_code = '-1', refused_where = '{/dossier/status}', lines_done = greatest(lines - 1, 0)
       WHERE id = $1`,
      [content['change']],
    );
    return { kind: 'dead', problem: 'source-refused', responsible: 'caller' };
  }
  await owner.query(
    `UPDATE portal_change SET done_at = clock_timestamp(), lines_done = lines,
       dossier_done_at = CASE WHEN has_dossier THEN clock_timestamp() END WHERE id = $1`,
    [content['change']],
  );
  await owner.query(
    'UPDATE portal_dossier SET at_portal_since = now(), synchronised_at = now() WHERE code = $1',
    [rows[0]?.code],
  );
  return { kind: 'sent' };
}

describe('A change of the repair list', () => {
  let hub: Awaited<ReturnType<typeof startDossierHub>>;
  before(async () => {
    hub = await startDossierHub('portal-repairs', { send });
  });
  after(() => hub.stop());

  const submitOne = async (record: object) => (await hub.submit([record])).body.records[0].change.changeId;
  const read = async (changeId: string) => (await hub.ask(`/changes/${changeId}`)).body;
  const dossier = async (code: string) => (await hub.ask(`/dossiers/${code}`)).body;

  const lastSteps = { synchronised: 'sent', refused: 'dead', repair: 'held' } as const;

  /** Waits until a change stands so, and its last step says it. */
  async function until(changeId: string, sync: keyof typeof lastSteps): Promise<void> {
    for (const endMs = performance.now() + 8_000; performance.now() < endMs; ) {
      const { change, steps } = await read(changeId);
      if (change.sync === sync && steps.at(-1).step === lastSteps[sync]) return;
      await pause(20);
    }
    assert.equal((await read(changeId)).change.sync, sync);
  }

  it('11.15 that was sent is shown as synchronised, with its steps', async () => {
    const record = toRecord();
    const id = await submitOne(record);
    await until(id, 'synchronised');
    const { change, steps } = await read(id);
    assert.ok(change.synchronisedAt);
    assert.deepEqual(
      steps.map((one: { step: string }) => one.step),
      ['accepted', 'sending', 'sent'],
    );
    const { item } = await dossier(record.code);
    assert.deepEqual([item.sync, item.isAtPortal, item.waiting], ['synchronised', true, 0]);
  });

  it('11.14 that the portal refused says so, with its code, its places and who must act', async () => {
    const id = await submitOne(toRecord({ status: 8 }));
    await until(id, 'refused');
    const { change, steps } = await read(id);
    assert.deepEqual(
      [change.problem, change.responsible, change.portalCode, change.catalogueVersion],
      ['source-refused', 'caller', '-1', 1],
    );
    assert.deepEqual([change.findings[0].code, change.findings[0].where], ['refused', '/dossier/status']);
    assert.equal(steps.at(-1).problem, 'source-refused');
    const { body } = await hub.ask('/repairs?reason=refused&limit=200');
    assert.ok(body.items.some((one: { change: { changeId: string } }) => one.change.changeId === id));
  });

  it('and its dossier are found by where they stand', async () => {
    const [sent, ended, held] = [toRecord(), toHeldRecord(), toHeldRecord()];
    await until(await submitOne(sent), 'synchronised');
    await hub.tell(`/repairs/${await submitOne(ended)}/withdrawals`, { reason: 'thử' });
    await submitOne(held);
    for (const [sync, { code }] of [
      ['synchronised', sent],
      ['withdrawn', ended],
      ['repair', held],
    ] as const) {
      const { body } = await hub.ask(`/dossiers?sync=${sync}&limit=200`);
      const found = body.items.filter((one: { code: string }) =>
        [sent, ended, held].some((x) => x.code === one.code),
      );
      assert.deepEqual(
        found.map((one: { code: string }) => one.code),
        [code],
      );
    }
  });

  it('11.10 that was given up while its outcome was not known says so', async () => {
    const id = await submitOne(toRecord({ status: 8 }));
    await until(id, 'refused');
    await hub.owner.query('UPDATE portal_change SET is_unsure = true WHERE id = $1', [id]);
    const { problem, responsible, explanation } = (await read(id)).change;
    assert.deepEqual([problem, responsible], ['portal-given-up-unsure', 'caller']);
    assert.ok(explanation.vi.length > 20 && explanation.en.length > 20);
  });

  for (const [title, toBad, was] of [
    ['held', toHeldRecord, 'repair'],
    ['refused', (code: string) => toRecord({ status: 8 }, code), 'refused'],
  ] as const)
    it(`11.5 that is ${title} holds up what comes after, until its correction takes its place`, async () => {
      const code = newCode();
      const bad = await submitOne(toBad(code));
      const behind = await submitOne(toRecord({ status: 9, finishedAt: '2026-11-10T08:00:00+07:00' }, code));
      await until(bad, was);
      assert.equal((await read(behind)).change.blockedBy, bad);
      const repairs = (await hub.ask('/repairs?limit=200')).body.items;
      const listed = repairs.find((one: { change: { changeId: string } }) => one.change.changeId === bad);
      assert.equal(listed.waitingBehind, 1);
      const good = await submitOne({ ...toRecord({ status: 4 }, code), corrects: bad });
      await until(behind, 'synchronised');
      const [first, second] = [(await read(good)).change, (await read(behind)).change];
      assert.ok(first.synchronisedAt <= second.synchronisedAt);
      assert.equal(first.corrects, bad);
      const { change } = await read(bad);
      assert.deepEqual([change.sync, change.correctedBy], ['withdrawn', good]);
      // What came last in the order is said last, not what was submitted last.
      assert.equal((await dossier(code)).dossier.status, 9);
    });

  it('11.10 says how many of its lines the portal has, so that a correction repeats none', async () => {
    const line = (content: string) => ({ at: '2026-11-03T08:00:00+07:00', status: 4, content });
    const id = await submitOne({ ...toRecord({ status: 8 }), progress: [line('một'), line('hai')] });
    await until(id, 'refused');
    const { change } = await read(id);
    assert.deepEqual([change.progressLines, change.progressLinesStored], [2, 1]);
    assert.equal((await read(await submitOne(toHeldRecord()))).change.progressLinesStored, undefined);
  });

  it('is corrected once, within its dossier, and only while it waits for it', async () => {
    const [code, other] = [newCode(), newCode()];
    const bad = await submitOne(toHeldRecord(code));
    const { body } = await hub.submit([
      { ...toRecord({}, other), corrects: bad },
      { ...toRecord({}, code), corrects: bad },
      { ...toRecord({}, code), corrects: bad },
    ]);
    assert.deepEqual(
      body.records.map((one: { refusal?: { code: string } }) => one.refusal?.code),
      ['correction-refused', undefined, 'correction-refused'],
    );
    assert.equal((await hub.ask(`/dossiers/${other}`)).status, 404);
    const done = body.records[1].change.changeId;
    await until(done, 'synchronised');
    const late = await hub.submit([{ ...toRecord({}, code), corrects: done }]);
    assert.equal(late.body.records[0].refusal.code, 'correction-refused');
  });

  it('is corrected once, though two ask at once', async () => {
    const code = newCode();
    const bad = await submitOne(toHeldRecord(code));
    const answers = await Promise.all(
      [1, 2, 3].map(() => hub.submit([{ ...toRecord({}, code), corrects: bad }])),
    );
    assert.equal(answers.filter(({ body }) => body.accepted === 1).length, 1);
    assert.equal(answers.filter(({ body }) => body.refused === 1).length, 2);
  });

  it('is not sent any more once it is withdrawn; what was said before it counts again', async () => {
    const code = newCode();
    const first = await submitOne(toRecord({ status: 2 }, code));
    const bad = await submitOne(toRecord({ status: 8, channel: 'direct' }, code));
    const behind = await submitOne({ code, progress: [{ officer: 'Cán bộ mẫu', content: 'Trình ký' }] });
    await until(first, 'synchronised');
    await until(bad, 'refused');
    assert.equal((await dossier(code)).dossier.channel, 'direct');
    const key = randomUUID();
    const withdraw = (with_ = key) =>
      hub.tell(`/repairs/${bad}/withdrawals`, { reason: 'Gửi nhầm hồ sơ' }, submitter, with_);
    const { status, body } = await withdraw();
    assert.deepEqual([status, body.sync], [200, 'withdrawn']);
    assert.equal((await withdraw()).status, 200);
    assert.equal((await withdraw(randomUUID())).body.code, 'change-not-repairable');
    await until(behind, 'synchronised');
    const { dossier: said, item } = await dossier(code);
    assert.deepEqual([said.status, said.channel, item.status], [2, 'online', 2]);
    const { rows } = await hub.owner.query('SELECT score FROM portal_dossier WHERE code = $1', [code]);
    assert.deepEqual(rows[0].score, []);
    assert.equal((await read(bad)).steps.at(-1).step, 'abandoned');
  });

  it('that alone was said leaves nothing said when it is withdrawn', async () => {
    const code = newCode();
    const only = await submitOne(toHeldRecord(code));
    await hub.tell(`/repairs/${only}/withdrawals`, { reason: 'Gửi nhầm hồ sơ' });
    const { dossier: said, item } = await dossier(code);
    assert.deepEqual([said, item.status, item.sync], [undefined, undefined, 'withdrawn']);
  });

  it('whose dossier is corrected by lines alone says no dossier any more', async () => {
    const code = newCode();
    const first = await submitOne(toRecord({ note: 'Lần đầu' }, code));
    const bad = await submitOne({ ...toHeldRecord(code), progress: [{ officer: 'Cán bộ mẫu' }] });
    await submitOne({ code, progress: [{ officer: 'Cán bộ mẫu' }], corrects: bad });
    await until(first, 'synchronised');
    assert.equal((await dossier(code)).dossier.note, 'Lần đầu');
  });

  it('and every other change of a dossier is listed by page, the latest first', async () => {
    const code = newCode();
    await hub.submit([1, 2, 3].map((n) => toRecord({ note: `Lần ${n}` }, code)));
    const first = (await hub.ask(`/dossiers/${code}?limit=2`)).body;
    const second = (await hub.ask(`/dossiers/${code}?limit=2&cursor=${first.next}`)).body;
    assert.deepEqual(
      [...first.changes, ...second.changes].map(({ no }: { no: number }) => no),
      [3, 2, 1],
    );
    const repairs = (await hub.ask('/repairs?limit=1')).body;
    const next = (await hub.ask(`/repairs?limit=1&cursor=${repairs.next}`)).body;
    assert.ok(repairs.items[0].change.changeId < next.items[0].change.changeId);
  });

  it('and what was synchronised lose their content after its time; what waits keeps it', async () => {
    const [done, held] = [await submitOne(toRecord()), await submitOne(toHeldRecord())];
    const [ended, corrected] = [await submitOne(toHeldRecord()), toHeldRecord()];
    const bad = await submitOne(corrected);
    await submitOne({ ...toHeldRecord(corrected.code), corrects: bad });
    await hub.tell(`/repairs/${ended}/withdrawals`, { reason: 'Gửi nhầm hồ sơ' });
    await until(done, 'synchronised');
    const keep = async (days: number) => {
      const now = () => new Date(Date.now() + days * 86_400_000);
      await createPortalRetention(hub.owner, 180, now).run('2026-11-26');
      const all = await Promise.all([done, ended, bad, held].map(read));
      return all.map(({ dossier: said }) => said !== undefined);
    };
    assert.deepEqual(await keep(179), [true, true, true, true]);
    assert.deepEqual(await keep(181), [false, false, false, true]);
    assert.equal((await read(done)).change.sync, 'synchronised');
  });
});
