// What is answered and what is recorded when a step fails that no request can make fail: rights that change while
// tokens live, a log that cannot be written, a lost lease, a handler that breaks its contract, a registry gone stale.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { callUntil, lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { forbidEntries } from '../support/outage.ts';
import { startTestHub, type TestAnswer, type TestCall, type TestHub } from '../support/sandbox-hub.ts';
import { addGrant, type Behaviour, openProbe } from './probe.ts';

describe('A step that fails', () => {
  let hub: TestHub;
  let probe: Awaited<ReturnType<typeof openProbe>>;
  before(async () => {
    hub = await startTestHub('steps');
    // Tokens that live before anything changes.
    for (const who of [{}, { unit: 'cq-01' }, { unit: 'cq-09' }, { bound: false }, { system: 'van-ban' }])
      await hub.token(who);
    probe = await openProbe(hub);
  });
  after(async () => {
    await probe.close();
    await hub.stop();
  });

  /** A look-up for a unit by its first officer. */
  const lookUpFor = (unit: string): TestCall =>
    lookUp({ unit, headers: { officer: hub.province.officers.find((one) => one.unitId === unit)?.id } });
  const kinds = async (exchangeId: string): Promise<readonly string[]> =>
    (await hub.entries(exchangeId)).map(({ kind }) => kind);
  async function checkRefused({ status, body, exchangeId }: TestAnswer, expected: readonly unknown[]) {
    assert.deepEqual([status, body.code, body.responsible], expected);
    const entries = await hub.entries(exchangeId);
    assert.deepEqual(
      entries.map(({ kind, leaf }) => [kind, leaf['problem']]),
      [['refused', body.code]],
    );
  }

  describe('2 identify', () => {
    it('refuses a suspended system within a second, and serves it again with the same token', async () => {
      await hub.call(lookUp());
      await hub.owner.query("UPDATE system SET state = 'suspended' WHERE id = 'mot-cua'");
      assert.equal((await callUntil(hub, lookUp(), 'system-inactive')).status, 403);
      await hub.owner.query("UPDATE system SET state = 'active' WHERE id = 'mot-cua'");
      assert.equal((await callUntil(hub, lookUp(), undefined)).status, 200);
    });

    it('refuses the living tokens of a revoked key within a second, and gives no more', async () => {
      const call = { system: 'van-ban', path: `/evidence/v1/exchanges/${randomUUID()}` };
      assert.equal((await hub.call(call)).body.code, 'exchange-not-found');
      await hub.owner.query("UPDATE system_key SET revoked_at = now() WHERE system_id = 'van-ban'");
      assert.equal((await callUntil(hub, call, 'token-revoked')).status, 401);
      await assert.rejects(hub.token({ system: 'van-ban', unit: 'cq-01' }), /status 401: invalid_client/);
    });
  });

  describe('3 authorise', () => {
    it('refuses a service that was switched off within a second', async () => {
      await hub.owner.query("UPDATE service SET state = 'off' WHERE id = 'population.v1'");
      await checkRefused(await callUntil(hub, lookUp(), 'service-off'), [503, 'service-off', 'hub']);
      await hub.owner.query("UPDATE service SET state = 'active' WHERE id = 'population.v1'");
      await callUntil(hub, lookUp(), undefined);
    });

    it('refuses a mandate that ended, for that unit only', async () => {
      assert.equal((await hub.call(lookUpFor('cq-09'))).status, 200);
      await hub.owner.query("UPDATE mandate SET valid_to = now() WHERE id = 'uq-mot-cua-cq-09'");
      const answer = await callUntil(hub, lookUpFor('cq-09'), 'mandate-missing');
      await checkRefused(answer, [403, 'mandate-missing', 'caller']);
      assert.equal((await hub.call(lookUp())).status, 200);
    });

    // Hours that are not now and will not be within this test.
    const isMorning = (new Date().getUTCHours() + 7) % 24 < 12;
    const grants = [
      ['another-address', { addresses: ['203.0.113.0/24', '2001:db8::/32'] }, 'address-not-granted'],
      ['this-address', { addresses: ['203.0.113.0/24', '127.0.0.0/8'] }, undefined],
      [
        'other-hours',
        isMorning ? { hour_from: 13, hour_to: 24 } : { hour_from: 0, hour_to: 11 },
        'outside-granted-hours',
      ],
      ['all-hours', { hour_from: 0, hour_to: 24 }, undefined],
      ['assurance', { least_assurance: 2 }, 'assurance-too-low'],
      ['another-environment', { environment: 'test' }, 'purpose-not-granted'],
      ['not-yet', { valid_from: '2099-01-01T00:00:00Z', valid_to: '2099-06-01T00:00:00Z' }, 'grant-expired'],
    ] as const;
    before(async () => {
      for (const [purpose, columns] of grants)
        await addGrant(hub, { id: `q-${purpose}`, purpose, ...columns });
      await callUntil(hub, lookUp({ headers: { purpose: 'not-yet' } }), 'grant-expired');
    });
    for (const [purpose, columns, code] of grants)
      it(`answers ${code ?? '200'} under a grant with ${JSON.stringify(columns)}`, async () => {
        const answer = await hub.call(lookUp({ headers: { purpose } }));
        if (code) await checkRefused(answer, [403, code, 'caller']);
        else assert.equal(answer.body.outcome, 'found');
      });
  });

  describe('4 admit', () => {
    for (const [purpose, columns, code] of [
      ['rate', { per_minute: 2 }, 'rate-exceeded'],
      ['quota', { per_day: 2 }, 'quota-exceeded'],
    ] as const)
      it(`answers 429 ${code} with Retry-After, sends nothing, and never waits for the log`, async () => {
        await addGrant(hub, { id: `q-${purpose}`, purpose, ...columns });
        const call = lookUp({ headers: { purpose } });
        const answer = await callUntil(hub, call, code);
        assert.ok(Number(answer.headers.get('retry-after')) >= 1);
        assert.equal(answer.exchangeId, '', 'counted, not written');
        const { rows } = await hub.owner.query("SELECT FROM entry WHERE kind = 'closed' AND text LIKE $1", [
          `%"grant":"q-${purpose}"%`,
        ]);
        assert.equal(rows.length, 2);
      });

    it('answers 503 hub-busy to who waited for a place in vain, and leaves no place taken', async () => {
      const [, second] = await Promise.all([probe.ask('hang'), probe.ask('fit')]);
      assert.deepEqual([second.status, second.body['code'], second.retryAfter], [503, 'hub-busy', '2']);
      assert.equal((await probe.ask('fit')).status, 200);
    });
  });

  describe('6 open and 9 record', () => {
    it('answer 503 without data while entries cannot be written, and settle what was open afterwards', async () => {
      await hub.fault({ mode: 'none', latencyMs: 600 });
      const sent = (await hub.journal()).length;
      const answering = hub.call(lookUp());
      await until(async () => (await hub.journal()).length > sent);
      const restore = await forbidEntries(hub.database, hub.owner);
      const opening = hub.call(lookUpFor('cq-01'));
      const started = performance.now();
      const [unrecorded, unopened] = await Promise.all([answering, opening]);
      assert.ok(performance.now() - started < 8_000, 'a refusal does not wait for the log a second time');
      const ready = await fetch(`${hub.url}/health/ready`);
      await restore();
      await hub.fault({});
      for (const { status, body, headers } of [unrecorded, unopened]) {
        assert.deepEqual([status, body.code, body.responsible], [503, 'evidence-unavailable', 'hub']);
        assert.equal(headers.get('retry-after'), '5');
        assert.doesNotMatch(JSON.stringify(body), /citizen|outcome|Nghiệm/);
      }
      assert.equal((await hub.journal()).length, sent + 1, 'what was not opened was not sent');
      assert.equal(JSON.parse(await ready.text()).record, false);

      await until(async () => (await kinds(unrecorded.exchangeId)).includes('unknown'));
      assert.deepEqual(await kinds(unrecorded.exchangeId), ['opened', 'unknown']);
      const settled = "SELECT kind, text FROM entry WHERE acting_unit = 'cq-01' ORDER BY id";
      await until(async () => (await hub.owner.query(settled)).rowCount === 3);
      const { rows } = await hub.owner.query<{ kind: string; text: string }>(settled);
      assert.deepEqual(
        rows.map(({ kind, text }) => [kind, JSON.parse(text).outcome]),
        [
          ['opened', undefined],
          ['unknown', undefined],
          ['resolved', 'not-sent'],
        ],
      );
    });

    it('release an answer whose lease was lost after writing it as resolved', async () => {
      await hub.fault({ mode: 'none', latencyMs: 700 });
      const sent = (await hub.journal()).length;
      const answering = hub.call(lookUp());
      await until(async () => (await hub.journal()).length > sent);
      const exchangeId = (await hub.journal()).at(-1)?.requestCode ?? '';
      // Its lease runs out, whatever its heartbeat says; the probe's log is the other process that notices.
      await until(async () => {
        await hub.owner.query(
          `UPDATE hub_process SET lease_until = now() - interval '1 second'
           WHERE id = (SELECT process_id FROM open_exchange WHERE exchange_id = $1)`,
          [exchangeId],
        );
        return (await kinds(exchangeId)).includes('unknown');
      });
      const answer = await answering;
      await hub.fault({});
      assert.deepEqual([answer.status, answer.body.outcome], [200, 'found']);
      assert.equal(answer.exchangeId, exchangeId);
      const entries = await hub.entries(exchangeId);
      assert.deepEqual(
        entries.map(({ kind, leaf }) => [kind, leaf['outcome'], leaf['status']]),
        [
          ['opened', undefined, undefined],
          ['unknown', undefined, undefined],
          ['resolved', 'answered', 200],
        ],
      );
    });
  });

  describe('7 dispatch and 8 check answer', () => {
    const cases: readonly (readonly [string, Behaviour, number, string])[] = [
      ['a handler that breaks', 'throw', 500, 'internal-error'],
      ['a handler that outlives its deadline', 'hang', 504, 'deadline-exceeded'],
      ['an answer that does not fit the contract', 'misfit', 502, 'answer-invalid'],
    ];
    for (const [title, behaviour, status, code] of cases)
      it(`answer ${status} ${code} to ${title}, recorded as closed`, async () => {
        const answer = await probe.ask(behaviour);
        assert.deepEqual(
          [answer.status, answer.body['code'], answer.body['responsible']],
          [status, code, 'hub'],
        );
        assert.doesNotMatch(JSON.stringify(answer.body), /test-secret|"answer"/);
        const [opened, closed, ...more] = await hub.entries(answer.exchangeId);
        assert.deepEqual([opened?.kind, closed?.kind, more.length], ['opened', 'closed', 0]);
        const { outcome, problem, status: released } = closed?.leaf ?? {};
        assert.deepEqual([outcome, problem, released], ['problem', code, status]);
        assert.equal(closed?.sealed['result'], undefined);
      });

    it('let an answer pass that fits', async () => {
      const { status, body } = await probe.ask('fit');
      assert.deepEqual([status, body], [200, { answer: 1 }]);
    });
  });

  describe('3 authorise, on an old registry', () => {
    it('refuses personal data five seconds after the registry could last be confirmed, and nothing else', async () => {
      const rights = async (): Promise<boolean> =>
        JSON.parse(await (await fetch(`${hub.url}/health/ready`)).text()).rights;
      const client = await hub.owner.connect();
      try {
        await client.query('BEGIN; LOCK TABLE registry_version IN ACCESS EXCLUSIVE MODE');
        await until(async () => !(await rights()));
        const { status, body, headers, exchangeId } = await hub.call(lookUp());
        assert.deepEqual([status, body.code, exchangeId], [503, 'registry-stale', '']);
        assert.equal(headers.get('retry-after'), '5');
        const reading = await hub.call({ path: `/evidence/v1/exchanges/${randomUUID()}` });
        assert.equal(reading.body.code, 'exchange-not-found');
        await assert.rejects(hub.token({ unit: 'cq-02' }), /status 503/);
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
      assert.equal((await callUntil(hub, lookUp(), undefined)).body.outcome, 'found');
    });
  });
});
