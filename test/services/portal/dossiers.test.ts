// What units submit of dossiers, over HTTP: each record for itself, in order, once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  ended,
  fullDossier,
  heir,
  newCode,
  startDossierHub,
  stranger,
  submitter,
  toHeldRecord,
  toRecord,
  withdrawnProcedure,
} from './dossier-hub.ts';

describe('Dossiers that a unit submits', () => {
  let hub: Awaited<ReturnType<typeof startDossierHub>>;
  let isStale = false;
  before(async () => {
    hub = await startDossierHub('portal-dossiers', { isStale: () => isStale });
  });
  after(() => hub.stop());

  const submitOne = async (record: object) => (await hub.submit([record])).body.records[0].change;
  const codesOf = (findings: readonly { code: string }[]) => findings.map(({ code }) => code);

  it('wait to be sent when nothing blocks them', async () => {
    const record = toRecord();
    const { status, body } = await hub.submit([record]);
    assert.equal(status, 202);
    assert.deepEqual([body.accepted, body.repair, body.refused], [1, 0, 0]);
    const { body: read } = await hub.ask(`/changes/${body.records[0].change.changeId}`);
    assert.deepEqual(read.dossier, record.dossier);
    assert.equal(read.change.sync, 'waiting');
    assert.deepEqual(
      read.steps.map((one: { step: string }) => one.step),
      ['accepted'],
    );
  });

  it('11.12 lie in the repair list, named, when something blocks them', async () => {
    const { changeId, sync, findings } = await submitOne(toHeldRecord());
    assert.equal(sync, 'repair');
    assert.deepEqual(codesOf(findings), ['procedure-unknown']);
    const { body } = await hub.ask('/repairs?reason=incomplete&limit=200');
    const repair = body.items.find(
      (one: { change: { changeId: string } }) => one.change.changeId === changeId,
    );
    assert.equal(repair.reason, 'incomplete');
    assert.equal(repair.waitingBehind, 0);
  });

  it('8 are sent though they hurt the score, and are listed for it', async () => {
    const { changeId, sync, findings } = await submitOne(toRecord({ receivedAt: undefined }));
    assert.equal(sync, 'waiting');
    assert.deepEqual(codesOf(findings), ['received-missing']);
    const { body } = await hub.ask('/repairs?reason=score&limit=200');
    assert.ok(body.items.some((one: { change: { changeId: string } }) => one.change.changeId === changeId));
  });

  it('are not held for a procedure that only a stale catalogue lacks', async () => {
    isStale = true;
    const { sync, findings } = await submitOne(toRecord({ procedure: { code: withdrawnProcedure } }));
    isStale = false;
    assert.equal(sync, 'waiting');
    assert.deepEqual(
      findings.map(({ code, severity }: { code: string; severity: string }) => [code, severity]),
      [['procedure-withdrawn', 'notice']],
    );
  });

  it('get the same answer for the same key, and make a new change with another', async () => {
    const records = [toRecord(), toHeldRecord(), { ...toRecord(), corrects: randomUUID() }];
    const key = randomUUID();
    const first = await hub.submit(records, submitter, key);
    const again = await hub.submit(records, submitter, key);
    assert.deepEqual([first.status, again.status], [202, 202]);
    assert.deepEqual(again.body, first.body);
    assert.equal(first.body.records[2].refusal.code, 'correction-refused');
    const other = await hub.submit(records.slice(0, 1));
    assert.equal(other.body.records[0].change.no, 2);
  });

  it('keep their order when several records of a request are of one dossier', async () => {
    const code = newCode();
    const { body } = await hub.submit([
      toRecord({ status: 2 }, code),
      toHeldRecord(code),
      toRecord({ status: 9, finishedAt: '2026-11-10T08:00:00+07:00' }, code),
      { code, progress: [{ officer: 'Cán bộ mẫu', at: '2026-11-10T08:00:00+07:00', status: 9 }] },
    ]);
    const changes = body.records.map((one: { change: unknown }) => one.change);
    assert.deepEqual(
      changes.map((one: { no: number }) => one.no),
      [1, 2, 3, 4],
    );
    const { rows } = await hub.owner.query(
      `SELECT d.id FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id WHERE p.order_key = $1 ORDER BY p.position`,
      [code],
    );
    assert.deepEqual(
      rows.map(({ id }) => id),
      changes.map((one: { changeId: string }) => one.changeId),
    );
    const last = await hub.ask(`/changes/${changes[3].changeId}`);
    assert.equal(last.body.change.blockedBy, changes[1].changeId);
  });

  it("are refused one by one where they are another unit's, without a word about whose", async () => {
    const record = toRecord();
    await hub.submit([record]);
    const { body } = await hub.submit([record, toRecord()], stranger);
    assert.deepEqual([body.accepted, body.refused], [1, 1]);
    assert.equal(body.records[0].refusal.code, 'dossier-not-yours');
    assert.doesNotMatch(JSON.stringify(body.records[0]), new RegExp(submitter));
  });

  it('are seen by their unit only', async () => {
    const record = toRecord();
    const { changeId } = await submitOne(record);
    for (const path of [
      `/changes/${changeId}`,
      `/dossiers/${record.code}`,
      `/dossiers/${record.code}/at-portal`,
    ])
      assert.equal((await hub.ask(path, stranger)).status, 404, path);
    const { body } = await hub.ask('/dossiers?limit=200', stranger);
    assert.ok(!body.items.some(({ code }: { code: string }) => code === record.code));
    assert.equal(
      (await hub.tell(`/repairs/${changeId}/withdrawals`, { reason: 'thử' }, stranger)).status,
      404,
    );
  });

  it('pass to the only heir of a unit that has ended', async () => {
    const code = newCode();
    await hub.owner.query('INSERT INTO portal_dossier (code, unit_id, last_no) VALUES ($1, $2, 1)', [
      code,
      ended,
    ]);
    assert.equal((await hub.ask(`/dossiers/${code}`, heir)).status, 200);
    const { body } = await hub.submit([toRecord({}, code)], heir);
    assert.equal(body.records[0].change.no, 2);
    assert.equal((await hub.submit([toRecord({}, code)])).body.records[0].refusal.code, 'dossier-not-yours');
  });

  describe('by a code that another unit used by mistake', () => {
    const withdraw = (id: string) => hub.tell(`/repairs/${id}/withdrawals`, { reason: 'sai mã' });

    it('go to the next unit that submits it, once everything is withdrawn; each sees its own', async () => {
      const code = newCode();
      const mistaken = await submitOne(toHeldRecord(code));
      assert.equal((await hub.submit([toRecord({}, code)], stranger)).body.refused, 1);
      assert.equal((await withdraw(mistaken.changeId)).status, 200);
      const { change } = (await hub.submit([toRecord({}, code)], stranger)).body.records[0];
      assert.equal(change.sync, 'waiting');
      assert.equal(
        (await hub.submit([toRecord({}, code)])).body.records[0].refusal.code,
        'dossier-not-yours',
      );
      assert.equal((await hub.ask(`/changes/${mistaken.changeId}`)).status, 200);
      assert.equal((await hub.ask(`/changes/${change.changeId}`)).status, 404);
      assert.equal((await hub.ask(`/changes/${mistaken.changeId}`, stranger)).status, 404);
      assert.equal((await hub.ask(`/dossiers/${code}`)).status, 404);
      const { body } = await hub.ask(`/dossiers/${code}`, stranger);
      assert.deepEqual(
        [body.item.changes, body.changes.map((one: { changeId: string }) => one.changeId)],
        [1, [change.changeId]],
      );
    });

    it('stay where the portal has something of it, or may have', async () => {
      for (const left of [
        'UPDATE portal_change SET is_unsure = true WHERE dossier_code = $1',
        'UPDATE portal_dossier SET at_portal_since = now() WHERE code = $1',
      ]) {
        const code = newCode();
        await withdraw((await submitOne(toHeldRecord(code))).changeId);
        await hub.owner.query(left, [code]);
        const { body } = await hub.submit([toRecord({}, code)], stranger);
        assert.equal(body.records[0].refusal?.code, 'dossier-not-yours', left);
      }
    });

    it('go to one unit, though two submit at once', async () => {
      const code = newCode();
      await withdraw((await submitOne(toHeldRecord(code))).changeId);
      const answers = await Promise.all(
        [stranger, heir].map((unit) => hub.submit([toRecord({}, code)], unit)),
      );
      assert.deepEqual(answers.map(({ body }) => body.accepted).sort(), [0, 1]);
    });
  });

  it('are told what a check finds, and a check keeps nothing', async () => {
    const code = newCode();
    const { status, body } = await hub.check([toHeldRecord(code), toRecord({ status: 1 }, code)]);
    assert.equal(status, 200);
    assert.equal(body.catalogue.version, 1);
    assert.deepEqual(
      body.records.map((one: { canBeSent: boolean }) => one.canBeSent),
      [false, true],
    );
    assert.deepEqual(codesOf(body.records[1].findings), ['status-order']);
    assert.equal((await hub.ask(`/dossiers/${code}`)).status, 404);
  });

  it('say nothing when they have neither a dossier nor lines: such a record is not sent', async () => {
    const { body } = await hub.submit([{ code: newCode() }]);
    assert.equal(body.records[0].refusal.code, 'record-empty');
  });

  it('are listed by page, the latest changed first, by state, status and procedure', async () => {
    const codes = [];
    for (let n = 0; n < 3; n += 1) {
      const record = toRecord({ status: 7 });
      codes.unshift(record.code);
      await hub.submit([record], heir);
    }
    const first = await hub.ask('/dossiers?status=7&limit=2', heir);
    const second = await hub.ask(`/dossiers?status=7&limit=2&cursor=${first.body.next}`, heir);
    const listed = [...first.body.items, ...second.body.items].map(({ code }: { code: string }) => code);
    assert.deepEqual(listed, codes);
    assert.equal(second.body.next, undefined);
    assert.equal((await hub.ask('/dossiers?sync=waiting&status=7', heir)).body.items.length, 3);
    assert.equal((await hub.ask('/dossiers?sync=repair', heir)).body.items.length, 0);
    assert.equal((await hub.ask('/dossiers?procedure=1.1', heir)).body.items.length, 0);
    assert.equal((await hub.ask('/dossiers?cursor=YQ', heir)).status, 400);
  });

  it('are listed by no cursor but one of the list', async () => {
    const toCursor = (parts: readonly string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    for (const time of ['9999-99-99 99:99:99+00', '1'.repeat(17), '-1'])
      assert.equal((await hub.ask(`/dossiers?cursor=${toCursor([time, 'X'])}`)).status, 400);
    assert.equal((await hub.ask(`/dossiers?cursor=${toCursor(['9'.repeat(16), 'X'])}`)).status, 200);
  });

  it('are numbered without a gap when requests name the same ones at once, in whatever order', async () => {
    const codes = Array.from({ length: 10 }, () => newCode());
    const toRecords = (n: number) =>
      (n % 2 === 0 ? codes : codes.toReversed()).map((code) => toRecord({}, code));
    const answers = await Promise.all([0, 1, 2, 3].map((n) => hub.submit(toRecords(n))));
    assert.deepEqual(
      answers.map(({ body }) => body.accepted),
      [10, 10, 10, 10],
    );
    const { rows } = await hub.owner.query(
      `SELECT array_agg(c.no ORDER BY p.position) AS nos FROM portal_change c JOIN delivery d ON d.id = c.id
         JOIN dispatch p ON p.id = d.dispatch_id WHERE c.dossier_code = ANY ($1) GROUP BY c.dossier_code`,
      [codes],
    );
    assert.deepEqual(
      rows.map(({ nos }) => nos),
      codes.map(() => [1, 2, 3, 4]),
    );
  });

  it('are taken once, though their request is repeated while it runs', async () => {
    const [records, key] = [[toRecord(), toRecord()], randomUUID()];
    const answers = await Promise.all([1, 2, 3].map(() => hub.submit(records, submitter, key)));
    const taken = answers.filter(({ status }) => status === 202).map(({ body }) => body);
    for (const body of taken) assert.deepEqual(body, taken[0]);
    const { rows } = await hub.owner.query('SELECT FROM portal_change WHERE dossier_code = ANY ($1)', [
      records.map(({ code }) => code),
    ]);
    assert.equal(rows.length, 2);
  });

  it('of 200 records are taken in one transaction well under a second', async () => {
    const records = Array.from({ length: 200 }, (_, n) => toRecord({ note: `Ghi chú ${n}` }));
    const beganAt = performance.now();
    const { body } = await hub.submit(records);
    const ms = performance.now() - beganAt;
    assert.equal(body.accepted, 200);
    assert.ok(ms < 1_500, `${ms} ms`);
    const { rows } = await hub.owner.query(
      'SELECT DISTINCT xmin::text FROM portal_change WHERE dossier_code = ANY ($1)',
      [records.map(({ code }) => code)],
    );
    assert.equal(rows.length, 1);
  });

  it('keep in the clear no number and no name', async () => {
    const record = toRecord();
    const { changeId } = await submitOne(record);
    const { rows } = await hub.owner.query(
      `SELECT c.*, o.*, p.content, encode(c.form, 'escape') AS escaped FROM portal_change c JOIN portal_dossier o ON o.code = c.dossier_code
         JOIN delivery d ON d.id = c.id JOIN dispatch p ON p.id = d.dispatch_id WHERE c.id = $1`,
      [changeId],
    );
    const { form: _form, ...row } = rows[0];
    assert.doesNotMatch(JSON.stringify(row), new RegExp(`${fullDossier.owner.identity.number}|mẫu`));
  });
});
