// The evidence service: whose exchanges one sees, what of them, and what reading leaves behind.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { verifyReceipt } from '../../../src/evidence/verify.ts';
import { lookUp } from '../../support/calls.ts';
import { until } from '../../support/embedded.ts';
import { startTestHub, type TestAnswer, type TestHub, type Who } from '../../support/sandbox-hub.ts';

describe('The evidence service', () => {
  let hub: TestHub;
  /** A look-up of the one-stop system for cq-00. */
  let exchangeId: string;
  before(async () => {
    hub = await startTestHub('evidence-service');
    exchangeId = (await hub.call(lookUp())).exchangeId;
  });
  after(() => hub.stop());

  const read = (id: string, who: Who = {}): Promise<TestAnswer> =>
    hub.call({ path: `/evidence/v1/exchanges/${id}`, ...who });
  const readReceipt = (id: string, who: Who = {}): Promise<TestAnswer> =>
    hub.call({ path: `/evidence/v1/exchanges/${id}/receipt`, ...who });
  const readers = [
    ['exchange', read],
    ['receipt', readReceipt],
  ] as const;
  const isPrivate = (answer: TestAnswer): boolean[] =>
    (answer.body.entries ?? [answer.body]).map((part: object) => 'private' in part);

  it('shows a unit its exchange with the entries as they lie in the log', async () => {
    const { status, body, headers } = await read(exchangeId);
    assert.equal(status, 200);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.deepEqual([body.exchangeId, body.state, body.entries.length], [exchangeId, 'closed', 2]);
    const written = await hub.entries(exchangeId);
    assert.deepEqual(
      body.entries.map((entry: { text: string }) => JSON.parse(entry.text)),
      written.map(({ leaf }) => leaf),
    );
    assert.equal(JSON.parse(body.entries[1].private.text).result, 'found');
  });

  it('is itself on record: reading is an exchange with entries and a receipt of its own', async () => {
    for (const [, reading] of readers) {
      const answer = await reading(exchangeId);
      const kinds = (await hub.entries(answer.exchangeId)).map(({ kind, leaf }) => [kind, leaf['service']]);
      assert.deepEqual(kinds, [
        ['opened', 'evidence.v1'],
        ['closed', 'evidence.v1'],
      ]);
      const { body } = await readReceipt(answer.exchangeId);
      assert.equal(verifyReceipt(body, hub.logKey).ok, true);
    }
  });

  for (const [what, reading] of readers) {
    it(`shows another unit of the same key no ${what}: as if there were none`, async () => {
      const [other, none] = [await reading(exchangeId, { unit: 'cq-01' }), await reading(randomUUID())];
      for (const answer of [other, none]) {
        assert.deepEqual([answer.status, answer.body.code], [404, 'exchange-not-found']);
        assert.equal((await hub.entries(answer.exchangeId)).at(-1)?.leaf['problem'], 'exchange-not-found');
      }
      const toComparable = ({ body }: TestAnswer) => ({ ...body, exchangeId: '', instance: '' });
      assert.deepEqual(toComparable(other), toComparable(none));
    });

    it(`shows another system of the same unit the ${what} without private parts`, async () => {
      const answer = await reading(exchangeId, { system: 'van-ban', unit: 'cq-00' });
      assert.equal(answer.status, 200);
      assert.ok(isPrivate(answer).every((is) => !is));
      assert.doesNotMatch(JSON.stringify(answer.body), /cb-0001|giai-quyet-tthc|H99\.10/);
    });

    it(`shows another system of another unit no ${what}`, async () => {
      for (const who of [{ system: 'van-ban', unit: 'cq-01' }, { system: 'quan-tri' }])
        assert.equal((await reading(exchangeId, who)).body.code, 'exchange-not-found');
    });

    it(`shows the auditor the ${what} of every unit with its private parts`, async () => {
      const answer = await reading(exchangeId, { system: 'kiem-toan' });
      assert.equal(answer.status, 200);
      assert.ok(isPrivate(answer).every((is) => is));
    });

    it(`answers 400 to what is no exchange id, for the ${what}`, async () => {
      for (const id of [
        '1',
        'x'.repeat(36),
        `${exchangeId}0`,
        `urn:uuid:${exchangeId}`,
        "'or'1'='1",
        '999190000002',
      ]) {
        const answer = await reading(id);
        assert.deepEqual([answer.status, answer.body.code], [400, 'request-invalid'], id);
        assert.doesNotMatch(JSON.stringify(answer.body), /999190000002/);
      }
    });

    it(`refuses the ${what} to who comes without a token`, async () => {
      const suffix = what === 'receipt' ? '/receipt' : '';
      const answer = await fetch(`${hub.url}/evidence/v1/exchanges/${exchangeId}${suffix}`);
      assert.equal(answer.status, 401);
    });
  }

  it('gives receipts that verify, with the private part or without', async () => {
    for (const who of [{}, { system: 'van-ban', unit: 'cq-00' }, { system: 'kiem-toan' }]) {
      const { body } = await readReceipt(exchangeId, who);
      const verdict = verifyReceipt(body, hub.logKey);
      assert.ok(verdict.ok && verdict.leaf.kind === 'closed' && verdict.leaf.exchange === exchangeId);
    }
  });

  it('gives the receipt of a refusal too, to its unit only', async () => {
    const refused = await hub.call(lookUp({ headers: { purpose: 'to-mo' } }));
    const { body } = await readReceipt(refused.exchangeId);
    const verdict = verifyReceipt(body, hub.logKey);
    assert.ok(
      verdict.ok && verdict.leaf.kind === 'refused' && verdict.leaf.problem === 'purpose-not-granted',
    );
    assert.equal((await readReceipt(refused.exchangeId, { unit: 'cq-01' })).body.code, 'exchange-not-found');
  });

  it('waits three seconds for the receipt of an exchange that is open, then answers 404 with Retry-After', async () => {
    await hub.fault({ mode: 'none', latencyMs: 5_000 });
    const before = (await hub.journal()).length;
    const looking = hub.call(lookUp());
    await until(async () => (await hub.journal()).length > before);
    const open = (await hub.journal()).at(-1)?.requestCode ?? '';
    assert.equal((await read(open)).body.state, 'opened');
    const started = performance.now();
    const { status, body, headers } = await readReceipt(open);
    const waitedMs = performance.now() - started;
    assert.deepEqual([status, body.code, headers.get('retry-after')], [404, 'receipt-not-ready', '1']);
    assert.ok(waitedMs > 2_800 && waitedMs < 4_500, `${waitedMs}`);
    await looking;
    await hub.fault({});
    assert.equal((await readReceipt(open)).status, 200);
  });

  it('waits for the receipt of an exchange that has just ended', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => readReceipt((await hub.call(lookUp())).exchangeId)),
    );
    for (const { status } of answers) assert.equal(status, 200);
  });
});
