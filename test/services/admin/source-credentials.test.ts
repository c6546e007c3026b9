// Accounts at the sources: proposed, tested and put into use by another person, rotated under load, taken out of use.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callUntil, lookUp } from '../../support/calls.ts';
import { startTestHub, type TestCall, type TestHub } from '../../support/sandbox-hub.ts';
import { type Administration, createAdministration } from './support.ts';

const accounts = ['a', 'b', 'c', 'd'].map((name) => ({
  user: `cq-01-${name}`,
  secret: `HalfASecret-${name}-${randomUUID()}`,
}));
const secretOf = (user: string) => accounts.find((account) => account.user === user)?.secret ?? '';
const yearMs = 365 * 24 * 3_600_000;

describe('Administration of accounts at sources', () => {
  let hub: TestHub;
  let admin: Administration;

  before(async () => {
    hub = await startTestHub('admin-source-credentials', { accounts });
    admin = createAdministration(hub);
  });
  after(() => hub.stop());

  const lookUpFor = (unit: string): TestCall =>
    lookUp({ unit, headers: { officer: hub.province.officers.find((one) => one.unitId === unit)?.id } });
  const toNew = (id: string, user: string, more = {}) => ({
    ...{ id, source: 'population', unitId: 'cq-01', account: user, secret: secretOf(user) },
    validFrom: '2026-01-01T00:00:00Z',
    validTo: new Date(Date.now() + yearMs).toISOString(),
    ...more,
  });
  const propose = (id: string, user: string, more = {}) =>
    admin.act('POST', '/source-credentials', toNew(id, user, more));
  const decide = (proposalId: string, how: 'approval' | 'rejection' = 'approval') =>
    admin.act('POST', `/proposals/${proposalId}/${how}`, { reason: 'thử' }, { as: 'phe-duyet' });
  const stateOf = async (id: string) => (await admin.read(`/source-credentials/${id}`)).body.state;
  const setState = (id: string, state: string) =>
    admin.act('PUT', `/source-credentials/${id}/state`, { state, reason: 'thử' });
  const lineOf = async (exchangeId: string) =>
    (await hub.journal()).find(({ requestCode }) => requestCode === exchangeId);

  it('is a proposal first: sealed at once, shown without its secret, used by nobody', async () => {
    const asked = await propose('tk-a', 'cq-01-a');
    assert.equal(asked.status, 202);
    assert.deepEqual(
      [asked.body.kind, asked.body.act, asked.body.target],
      ['source-credential', 'create', 'tk-a'],
    );
    assert.equal(asked.body.content.account, 'cq-01-a');
    assert.doesNotMatch(JSON.stringify(asked.body), /secret/i);
    assert.equal(await stateOf('tk-a'), 'proposed');
    assert.equal((await propose('tk-a', 'cq-01-b')).body.code, 'already-exists');
    const { exchangeId } = await hub.call(lookUpFor('cq-01'));
    assert.equal((await lineOf(exchangeId))?.user, 'lamdong-test');
  });

  it('is approved by nobody alone, and by another only once the source took it; the trace is in the entry', async () => {
    const [pending] = (await admin.read('/proposals?target=tk-a')).body.items;
    const own = await admin.act('POST', `/proposals/${pending.id}/approval`, { reason: 'thử' });
    assert.equal(own.body.code, 'proposal-own');
    assert.equal(await lineOf(own.exchangeId), undefined);
    const approved = await decide(pending.id);
    assert.equal(approved.status, 200);
    const line = await lineOf(approved.exchangeId);
    assert.deepEqual([line?.user, line?.operation, line?.outcome], ['cq-01-a', 'confirm', 'notConfirmed']);
    const [opened, closed] = await hub.entries(approved.exchangeId);
    assert.ok(String(opened?.leaf['at']) <= String(line?.at));
    const [trace] = [closed?.sealed['sources']].flat();
    assert.equal(Object(trace).requestCode, approved.exchangeId);
    const { body } = await admin.read('/source-credentials/tk-a');
    assert.deepEqual([body.state, body.lastTest.ok, body.lastTest.outcome], ['active', true, 'accepted']);
  });

  it('rotates under look-ups without one that fails, within a second; the earlier one is replaced', async () => {
    const asked = await propose('tk-b', 'cq-01-b');
    const made: { exchangeId: string; status: number; at: number }[] = [];
    let isRunning = true;
    const running = (async () => {
      while (isRunning) {
        const at = performance.now();
        const { exchangeId, status } = await hub.call(lookUpFor('cq-01'));
        made.push({ exchangeId, status, at });
      }
    })();
    const approved = await decide(asked.body.id);
    const approvedAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    isRunning = false;
    await running;
    assert.equal(approved.status, 200);
    assert.deepEqual([...new Set(made.map(({ status }) => status))], [200]);
    const journal = await hub.journal();
    const users = made.map(
      ({ exchangeId }) => journal.find(({ requestCode }) => requestCode === exchangeId)?.user,
    );
    const first = users.indexOf('cq-01-b');
    assert.ok(first >= 0);
    assert.ok(users.slice(first).every((user) => user === 'cq-01-b'));
    assert.ok(users.slice(0, first).every((user) => user === 'cq-01-a'));
    assert.ok((made[first]?.at ?? Number.POSITIVE_INFINITY) < approvedAt + 1_000);
    assert.deepEqual([await stateOf('tk-a'), await stateOf('tk-b')], ['replaced', 'active']);
    assert.equal((await setState('tk-a', 'suspended')).body.code, 'revoked-for-good');
  });

  it('leaves everything as it was when the source refuses it, says why, and forgets it with its proposal', async () => {
    const wrong = await propose('tk-wrong', 'cq-01-c', { secret: 'not-the-right-secret' });
    const refused = await decide(wrong.body.id);
    assert.deepEqual([refused.status, refused.body.code], [409, 'source-credential-refused']);
    const [, closed] = await hub.entries(refused.exchangeId);
    assert.equal(Object([closed?.sealed['sources']].flat()[0]).requestCode, refused.exchangeId);
    assert.deepEqual([await stateOf('tk-b'), await stateOf('tk-wrong')], ['active', 'proposed']);
    const { body } = await admin.read('/source-credentials/tk-wrong');
    assert.deepEqual([body.lastTest.ok, body.lastTest.outcome], [false, 'refused']);
    const { exchangeId } = await hub.call(lookUpFor('cq-01'));
    assert.equal((await lineOf(exchangeId))?.user, 'cq-01-b');
    assert.equal((await decide(wrong.body.id, 'rejection')).status, 200);
    assert.equal(await stateOf('tk-wrong'), 'revoked');
    const { rows } = await hub.owner.query(
      'SELECT id FROM source_credential WHERE sealed_secret IS NOT NULL',
    );
    assert.deepEqual(rows, [{ id: 'tk-b' }]);
  });

  it('says so when the source cannot be asked, and can be approved later', async () => {
    const asked = await propose('tk-c', 'cq-01-c');
    await hub.fault({ mode: 'maintenance', times: 1 });
    assert.equal((await decide(asked.body.id)).body.code, 'source-unavailable');
    assert.equal(await stateOf('tk-b'), 'active');
    assert.equal((await decide(asked.body.id)).status, 200);
    assert.deepEqual([await stateOf('tk-b'), await stateOf('tk-c')], ['replaced', 'active']);
  });

  it('keeps in the entry what was asked of the source, also when the change then fails by a fault of ours', async () => {
    const asked = await propose('tk-loi', 'cq-01-b');
    await hub.owner.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
      CREATE TRIGGER fail BEFORE INSERT ON administration_change FOR EACH ROW EXECUTE FUNCTION fail()`);
    const failed = await decide(asked.body.id);
    await hub.owner.query('DROP TRIGGER fail ON administration_change; DROP FUNCTION fail');
    assert.equal(failed.body.code, 'internal-error');
    const [, closed] = await hub.entries(failed.exchangeId);
    assert.equal(Object([closed?.sealed['sources']].flat()[0]).requestCode, failed.exchangeId);
    assert.equal((await decide(asked.body.id, 'rejection')).status, 200);
  });

  it('tests on demand, once for an idempotency key, and keeps what came of it', async () => {
    const test = (key: string) =>
      admin.act('POST', '/source-credentials/tk-c/test', { reason: 'thử' }, { key });
    const key = randomUUID();
    const tested = await test(key);
    assert.deepEqual([tested.status, tested.body.ok, tested.body.outcome], [200, true, 'accepted']);
    const asked = (await hub.journal()).length;
    assert.deepEqual((await test(key)).body, tested.body);
    assert.equal((await hub.journal()).length, asked);
    await hub.fault({ mode: 'maintenance', times: 1 });
    const failed = await test(randomUUID());
    assert.deepEqual([failed.status, failed.body.ok, failed.body.outcome], [200, false, 'unavailable']);
    const [listed] = (await admin.read('/source-credentials?state=active&unit=cq-01')).body.items;
    assert.equal(listed.lastTest.outcome, 'unavailable');
    const old = await admin.act('POST', '/source-credentials/tk-a/test', { reason: 'thử' });
    assert.equal(old.body.code, 'source-credential-not-in-force');
  });

  it('suspends at once, and comes back by another person and a test only', async () => {
    assert.equal((await setState('tk-c', 'suspended')).body.state, 'suspended');
    await callUntil(hub, lookUpFor('cq-01'), 'source-credential-suspended');
    const asked = await setState('tk-c', 'active');
    assert.deepEqual([asked.status, asked.body.act], [202, 'resume']);
    assert.equal((await decide(asked.body.id)).status, 200);
    await callUntil(hub, lookUpFor('cq-01'), undefined);
  });

  it('lists what ends soon first, and takes no account that is a personal number or of no source', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    await propose('tk-soon', 'cq-01-d', { unitId: undefined, validTo: soon });
    const ids = async (query: string) =>
      (await admin.read(`/source-credentials?${query}`)).body.items.map(({ id }: { id: string }) => id);
    assert.deepEqual(await ids(`endsBefore=${new Date(Date.now() + 7_200_000).toISOString()}`), ['tk-soon']);
    assert.equal((await ids('sort=validTo'))[0], 'tk-soon');
    const noDay = await admin.read('/source-credentials?endsBefore=2026-02-31T00:00:00Z');
    assert.deepEqual([noDay.status, noDay.body.errors[0].where], [400, '/query/endsBefore']);
    for (const more of [
      { account: '999085000001' },
      { source: 'payment' },
      { unitId: 'no-such-unit' },
      { validTo: '2026-01-02T00:00:00Z' },
      { validFrom: '2099-01-01T00:00:00Z' },
    ]) {
      const { status, body } = await propose('tk-odd', 'cq-01-d', more);
      assert.deepEqual([status, body.code], [400, 'request-invalid'], JSON.stringify(more));
    }
  });

  it('approves none whose period has not begun, nor at a source that is switched off', async () => {
    const period = { validFrom: '2090-01-01T00:00:00Z', validTo: '2091-01-01T00:00:00Z' };
    const early = await propose('tk-early', 'cq-01-d', { unitId: 'cq-02', ...period });
    assert.equal((await decide(early.body.id)).body.code, 'source-credential-not-in-force');
    const asked = await propose('tk-d', 'cq-01-d', { unitId: 'cq-03' });
    await hub.owner.query(
      "INSERT INTO source_switch (source, state, reason) VALUES ('population', 'off', 'thử')",
    );
    assert.equal((await decide(asked.body.id)).body.code, 'source-off');
    await hub.owner.query('DELETE FROM source_switch');
  });

  it('is revoked for good, and its secret is gone', async () => {
    assert.equal((await setState('tk-c', 'revoked')).body.state, 'revoked');
    assert.equal((await setState('tk-c', 'active')).body.code, 'revoked-for-good');
    const { rows } = await hub.owner.query("SELECT sealed_secret FROM source_credential WHERE id = 'tk-c'");
    assert.deepEqual(rows, [{ sealed_secret: null }]);
    await callUntil(hub, lookUpFor('cq-01'), undefined);
  });

  it('shows its secrets to nobody: another system, the database, the log', async () => {
    const asOneStop = await admin.read('/source-credentials', { as: 'mot-cua' });
    assert.equal(asOneStop.body.code, 'mandate-missing');
    assert.equal((await admin.read('/source-credentials', { as: 'kiem-toan' })).status, 200);
    const { rows: tables } = await hub.owner.query<{ name: string }>(
      "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
    );
    const texts = [
      ...readdirSync(hub.written).map((name) => readFileSync(join(hub.written, name), 'latin1')),
    ];
    for (const { name } of tables) {
      const { rows } = await hub.owner.query<{ text: string | null }>(
        `SELECT string_agg(t::text, ' ') AS text FROM ${name} t`,
      );
      texts.push(rows[0]?.text ?? '');
    }
    const all = texts.join('\n').toLowerCase();
    assert.ok(all.includes('cq-01-a'));
    for (const { secret } of accounts)
      for (const form of ['utf8', 'hex', 'base64'] as const)
        assert.ok(!all.includes(Buffer.from(secret).toString(form).toLowerCase()), form);
  });
});
