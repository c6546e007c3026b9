// Which account a call uses at its source: the unit's own, else the province's, else the hub's; one that is out of use
// is refused and nothing is sent.
import assert from 'node:assert/strict';
import { openKeys } from '../../src/keys.ts';
import { sealSecret } from '../../src/registry/source-secret.ts';
import { callUntil, lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { startTestHub, type TestCall, type TestHub } from '../support/sandbox-hub.ts';

const accounts = [
  { user: 'province-lgsp', secret: 'secret of the province' },
  { user: 'cq-01-lgsp', secret: 'secret of cq-01' },
  { user: 'closed-lgsp', secret: 'secret of the closed', to: '2025-12-31' },
];

describe('The account of a call at its source', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub('source-credentials', { accounts });
    // The first call of a hub compiles, takes a token and connects: no part of the second in which an account is taken up.
    await until(async () => (await hub.call(lookUpFor('cq-01'))).status === 200);
  });
  after(() => hub.stop());
  afterEach(() => hub.owner.query('DELETE FROM source_credential'));

  const lookUpFor = (unit: string): TestCall =>
    lookUp({ unit, headers: { officer: hub.province.officers.find((one) => one.unitId === unit)?.id } });

  /** Puts an active credential where the snapshot finds it. */
  async function register(id: string, unitId: string | undefined, user: string, more = {}): Promise<void> {
    const secret = accounts.find((account) => account.user === user)?.secret ?? 'wrong secret';
    const place = { id, source: 'population', unitId, account: user };
    const row = { from: '2026-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z', state: 'active', ...more };
    const sealed = sealSecret(openKeys(hub.keyFolder, 'sandbox').field, place, secret);
    await hub.owner.query(
      `INSERT INTO source_credential (id, source, unit_id, account, sealed_secret, valid_from, valid_to, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, place.source, unitId ?? null, user, sealed, row.from, row.to, row.state],
    );
  }

  /** Looks up until the source is asked by this account, at most a second. */
  async function askedBy(call: TestCall, user: string) {
    const end = performance.now() + 1_000;
    for (;;) {
      const { status, exchangeId, body } = await hub.call(call);
      const line = (await hub.journal()).find(({ requestCode }) => requestCode === exchangeId);
      if (line?.user === user) return { status, exchangeId };
      if (performance.now() > end)
        throw new Error(`asked by ${line?.user}, not ${user}: ${status} ${body.code ?? ''}`);
    }
  }

  it("is the unit's own, else the province's, else that of the settings; the entry names it", async () => {
    await askedBy(lookUpFor('cq-01'), 'lamdong-test');
    await register('tk-tinh', undefined, 'province-lgsp');
    await askedBy(lookUpFor('cq-01'), 'province-lgsp');
    await register('tk-cq-01', 'cq-01', 'cq-01-lgsp');
    const own = await askedBy(lookUpFor('cq-01'), 'cq-01-lgsp');
    assert.equal(own.status, 200);
    const [opened, closed] = await hub.entries(own.exchangeId);
    assert.equal(opened?.sealed['sourceCredential'], undefined);
    assert.equal(closed?.sealed['sourceCredential'], 'tk-cq-01');
    assert.doesNotMatch(JSON.stringify(closed), /cq-01-lgsp|secret/);
    await askedBy(lookUpFor('cq-02'), 'province-lgsp');
  });

  const outOfUse = [
    ['expired', { to: '2026-02-01T00:00:00Z' }, 'source-credential-expired'],
    ['not yet in force', { from: '2098-01-01T00:00:00Z' }, 'source-credential-expired'],
    ['suspended', { state: 'suspended' }, 'source-credential-suspended'],
  ] as const;
  for (const [what, more, code] of outOfUse)
    it(`is never the next best: ${what} is refused, recorded, and nothing is sent`, async () => {
      await register('tk-tinh', undefined, 'province-lgsp');
      await register('tk-cq-01', 'cq-01', 'cq-01-lgsp', more);
      const refused = await callUntil(hub, lookUpFor('cq-01'), code);
      assert.deepEqual(
        [refused.status, refused.body.responsible, refused.body.source],
        [503, 'hub', 'population'],
      );
      assert.ok(!(await hub.journal()).some(({ requestCode }) => requestCode === refused.exchangeId));
      const [, closed] = await hub.entries(refused.exchangeId);
      assert.deepEqual([closed?.leaf['problem'], closed?.sealed['sources']], [code, undefined]);
    });

  it('that the source has closed, or with a wrong secret, is refused by it: source-refused, for the hub', async () => {
    for (const user of ['closed-lgsp', 'unknown-lgsp']) {
      await register(`tk-${user}`, 'cq-01', user);
      const refused = await callUntil(hub, lookUpFor('cq-01'), 'source-refused');
      assert.deepEqual([refused.status, refused.body.responsible], [502, 'hub']);
      const line = (await hub.journal()).at(-1);
      assert.equal(line?.outcome, 'ERROR_AUTHORIZATION');
      await hub.owner.query('DELETE FROM source_credential');
      await callUntil(hub, lookUpFor('cq-01'), undefined);
    }
  });

  it('does not open when its row was given to another unit', async () => {
    await register('tk-cq-01', 'cq-01', 'cq-01-lgsp');
    await hub.owner.query("UPDATE source_credential SET unit_id = 'cq-02'");
    await callUntil(hub, lookUpFor('cq-02'), 'internal-error');
  });
});
