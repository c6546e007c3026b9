// Bringing changes to the portal: the dossier before its lines, in order, once, each record for itself. Real adapter, real
// mock.
import assert from 'node:assert/strict';
import { withTransaction } from '../../../src/database/pool.ts';
import { type Bench, someDossier, startBench, until } from './sync-bench.ts';
import { newCode, newLine } from './sync-rows.ts';

describe('The way to the portal', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
    bench.startRoute();
  });
  afterEach(() => bench.setFaults());
  after(() => bench.stop());

  const servicesOf = async (code: string) =>
    (await bench.calls())
      .filter(({ asked, records }) => asked === code || records?.some((one) => one.code === code))
      .map(({ service, records }) => `${service} ${records?.map(({ kind }) => kind).join() ?? ''}`.trim());
  const held = async (code: string) => (await bench.held()).get(code) ?? assert.fail('not held');
  const submitOne = async (...given: Parameters<Bench['submit']>) =>
    (await bench.submit(...given))[0] ?? assert.fail();
  const why = async (id: string) => {
    const { problem, responsible } = await bench.stand(id);
    return [problem, responsible];
  };

  it('11.5: pushes the dossier, then its lines in groups, and knows the dossier the next time', async () => {
    const code = newCode();
    const progress = Array.from({ length: 12 }, () => newLine());
    await bench.reached(await submitOne([{ code, dossier: someDossier(), progress }]), 'sent');
    const lines = ['CapNhatTienDoHoSoMC progress', 'CapNhatTienDoHoSoMC progress'];
    assert.deepEqual(
      (await servicesOf(code)).map((words) => words.replace(/(,progress)+/u, '')),
      [...['TraCuuHoSo', 'DongBoHoSoMC create', ...lines]],
    );
    await bench.reached(await submitOne([{ code, dossier: someDossier(4) }]), 'sent');
    assert.equal((await servicesOf(code)).at(-1), 'DongBoHoSoMC update');
    const { progress: kept, statuses } = await held(code);
    assert.deepEqual(
      kept.map(({ receptions }) => receptions),
      progress.map(() => 1),
    );
    assert.deepEqual(
      statuses.map(({ status }) => status),
      ['2', '4'],
    );
    const { rows } = await bench.pool.query(
      'SELECT at_portal_since <= synchronised_at AS told FROM portal_dossier WHERE code = $1',
      [code],
    );
    assert.deepEqual(rows, [{ told: true }]);
  });

  it('11.5: lines of a dossier that the portal lacks are refused; its correction goes before what waits behind', async () => {
    const code = newCode();
    const [first, second] = [newLine(), newLine()];
    const [bad = '', next = ''] = await bench.submit([
      { code, progress: [first] },
      { code, progress: [second] },
    ]);
    await bench.reached(bad, 'dead');
    assert.deepEqual(await why(bad), ['portal-dossier-unknown', 'caller']);
    assert.equal((await bench.stand(bad)).isUnsure, false);
    assert.equal((await bench.stand(next)).attempts, 0);
    await bench.submit([{ code, dossier: someDossier(), progress: [first], corrects: bad }]);
    await bench.reached(next, 'sent');
    assert.equal((await held(code)).progress.length, 2);
    assert.equal((await bench.stand(bad)).state, 'abandoned');
  });

  it('11.10: a dossier that was stored before a time-out is looked up and not sent again', async () => {
    const code = newCode();
    await bench.setFaults({ mode: 'timeoutAfter', count: 1, delayMs: 600, services: ['DongBoHoSoMC'] });
    const id = await submitOne([{ code, dossier: someDossier() }]);
    await until(async () => (await bench.stand(id)).problem !== null);
    assert.equal((await bench.stand(id)).isUnsure, true);
    await bench.reached(id, 'sent');
    const { creates, updates } = await held(code);
    assert.deepEqual([creates, updates, (await bench.stand(id)).isUnsure], [1, 0, false]);
  });

  it('11.10: lines that were stored before a time-out, and lines that were not, arrive once', async () => {
    for (const mode of ['timeoutAfter', 'timeoutBefore']) {
      const code = newCode();
      const progress = Array.from({ length: 11 }, () => newLine());
      await bench.setFaults({ mode, count: 1, delayMs: 500, services: ['CapNhatTienDoHoSoMC'] });
      await bench.reached(await submitOne([{ code, dossier: someDossier(), progress }]), 'sent');
      const kept = (await held(code)).progress;
      assert.deepEqual(
        kept.map(({ receptions }) => receptions),
        progress.map(() => 1),
      );
    }
  });

  it('11.10: what a process was sending when it died is looked up before anything is repeated', async () => {
    const code = newCode();
    const progress = [newLine(), newLine()];
    const id = await submitOne([{ code, dossier: someDossier(), progress }]);
    await bench.reached(id, 'sent');
    // As a process leaves it that died after the portal had stored the lines.
    await bench.owner.query(
      'UPDATE portal_change SET done_at = NULL, lines_done = 0, is_unsure = true WHERE id = $1',
      [id],
    );
    await bench.owner.query(
      `UPDATE dispatch SET state = 'waiting', ended_at = NULL, next_at = clock_timestamp() WHERE order_key = $1`,
      [code],
    );
    bench.engine.poke();
    await until(async () => (await bench.stand(id)).isDone);
    assert.deepEqual(
      (await held(code)).progress.map(({ receptions }) => receptions),
      [1, 1],
    );
  });

  /** A change that the portal stored, given up before that was known. */
  async function giveUpUnsure(record: Parameters<Bench['submit']>[0][number]): Promise<string> {
    const id = await submitOne([record]);
    await bench.reached(id, 'sent');
    await bench.owner.query(
      `UPDATE portal_change SET done_at = NULL, lines_done = 0, is_unsure = true WHERE id = $1`,
      [id],
    );
    await bench.owner.query(
      `WITH d AS (UPDATE delivery SET state = 'dead' WHERE id = $1 RETURNING dispatch_id)
       UPDATE dispatch SET state = 'dead', problem = 'source-timeout', responsible = 'source' FROM d WHERE id = dispatch_id`,
      [id],
    );
    return id;
  }
  const receptionsOf = async (code: string) =>
    (await held(code)).progress.map(({ receptions }) => receptions);

  it('11.10: what corrects a change that was given up unsure repeats no line that the portal has', async () => {
    const code = newCode();
    const [first, second] = [newLine(), newLine()];
    const corrects = await giveUpUnsure({ code, dossier: someDossier(), progress: [first] });
    const progress = [first, second];
    await bench.reached(await submitOne([{ code, dossier: someDossier(4), progress, corrects }]), 'sent');
    assert.deepEqual(await receptionsOf(code), [1, 1]);
    assert.deepEqual([(await bench.stand(corrects)).isUnsure, (await held(code)).status], [false, '4']);
  });

  it('11.10: what follows one that was given up unsure and withdrawn looks the portal up first', async () => {
    const code = newCode();
    const [first, second] = [newLine(), newLine()];
    const id = await giveUpUnsure({ code, dossier: someDossier(), progress: [first] });
    await withTransaction(bench.pool, (client) => bench.engine.abandon(client, id, { reason: 'thử' }));
    await bench.reached(await submitOne([{ code, progress: [first] }]), 'sent');
    await bench.reached(await submitOne([{ code, progress: [second] }]), 'sent');
    assert.deepEqual(await receptionsOf(code), [1, 1]);
    assert.equal((await bench.stand(id)).isUnsure, false);
  });

  it('11.14: of records that go together one bad one is refused with its places; the others are there', async () => {
    const [bad, ...good] = Array.from({ length: 6 }, newCode);
    const dossierOf = (code: string | undefined) =>
      code === bad ? someDossier(2, { procedure: { code: '9.999999' } }) : someDossier();
    const records = [...good, bad].map((code = '') => ({ code, dossier: dossierOf(code) }));
    const ids = await bench.submit(records);
    for (const id of ids.slice(0, -1)) await bench.reached(id, 'sent');
    await bench.reached(ids.at(-1) ?? '', 'dead');
    assert.deepEqual(await why(ids.at(-1) ?? ''), ['portal-procedure-refused', 'caller']);
    const { portalCode, version, isUnsure } = await bench.stand(ids.at(-1) ?? '');
    assert.deepEqual([portalCode, version, isUnsure], ['-5', 9n, false]);
    const together = (await bench.calls()).some(({ records: sent = [] }) =>
      [bad, good[0]].every((code) => sent.some((one) => one.code === code)),
    );
    assert.ok(together, 'they went in one call');
  });

  it('speaks for each unit by its own code, and by that of the settings for one that has none', async () => {
    const units = ['so-a', 'xa-b', 'no-code'];
    const codes = units.map(newCode);
    for (const [n, unitId] of units.entries()) {
      const record = { code: codes[n] ?? '', dossier: someDossier() };
      await bench.reached(await submitOne([record], unitId), 'sent');
    }
    const all = await bench.held();
    assert.deepEqual(
      codes.map((code) => all.get(code)?.units),
      [['H99.01'], ['H99.02'], ['H99']],
    );
  });

  it('11.11: leaves the portal alone for as long as it asks, and says why what waits is not there', async () => {
    await bench.setFaults({ mode: 'tooMany', count: 1, retryAfterSeconds: 1, services: ['DongBoHoSoMC'] });
    const code = newCode();
    const id = await submitOne([{ code, dossier: someDossier() }]);
    await until(async () => (await bench.stand(id)).problem !== null);
    const beganAt = performance.now();
    assert.deepEqual(await why(id), ['source-unavailable', 'source']);
    await bench.reached(id, 'sent');
    assert.ok(performance.now() - beganAt > 500, 'it was left alone');
    assert.equal((await bench.calls()).filter(({ records }) => records?.[0]?.code === code).length, 1);
  });

  it('11.1: an account that the portal refuses is a matter of the hub; the records wait and are sent then', async () => {
    await bench.setFaults(
      { mode: 'sessionExpired', services: ['TraCuuHoSo', 'DongBoHoSoMC'], count: 1 },
      { mode: 'wrongPassword', count: 1 },
    );
    const id = await submitOne([{ code: newCode(), dossier: someDossier() }]);
    await until(async () => (await bench.stand(id)).problem !== null);
    assert.deepEqual(await why(id), ['portal-credential', 'hub']);
    await bench.reached(id, 'sent');
  });

  it('keeps with the evidence what passed over the wire', async () => {
    const id = await submitOne([{ code: newCode(), dossier: someDossier(), progress: [newLine()] }]);
    await bench.reached(id, 'sent');
    const { rows } = await bench.pool.query<{ text: string }>(
      'SELECT p.text FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id WHERE e.exchange_id = $1 ORDER BY e.id',
      [id],
    );
    const { sources } = JSON.parse(rows.at(-1)?.text ?? '');
    assert.equal(sources.length, 3);
    for (const { source, request } of sources)
      assert.deepEqual([source, request.sha256.length], ['portal', 64]);
  });
});

describe('A portal that does not show its lines', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench({ showsProgress: false, timeoutMs: 300 });
    bench.startRoute();
  });
  after(() => bench.stop());

  it('11.10: lines of which nobody knows are never repeated blindly: a person decides', async () => {
    const code = newCode();
    await bench.setFaults({
      mode: 'timeoutAfter',
      count: 1,
      delayMs: 500,
      services: ['CapNhatTienDoHoSoMC'],
    });
    const [id = ''] = await bench.submit([{ code, dossier: someDossier(), progress: [newLine()] }]);
    await bench.reached(id, 'dead');
    const { problem, responsible, isUnsure } = await bench.stand(id);
    assert.deepEqual([problem, responsible, isUnsure], ['portal-progress-unsure', 'caller', false]);
    assert.equal((await bench.held()).get(code)?.progress[0]?.receptions, 1);
  });
});
