// A delivery read over HTTP by its two ends, by auditors and by others: who sees which sealed part, and its receipts.
import assert from 'node:assert/strict';
import { withTransaction } from '../../../src/database/pool.ts';
import { createDeliveryEngine } from '../../../src/delivery/engine.ts';
import { verifyReceipt } from '../../../src/evidence/verify.ts';
import { toDeliveryExplanation } from '../../../src/services/evidence/delivery.ts';
import { someDelivery } from '../../delivery/support.ts';
import { keys } from '../../evidence/support.ts';
import { startTestHub, type TestHub, type Who } from '../../support/sandbox-hub.ts';

describe('A delivery in the evidence service', () => {
  const sender: Who = { system: 'van-ban', unit: 'cq-00' };
  const receiver: Who = { system: 'van-ban', unit: 'cq-01' };
  let hub: TestHub;
  let id = '';
  before(async () => {
    hub = await startTestHub('evidence-delivery');
    const engine = createDeliveryEngine({
      ...{ pool: hub.owner, keys, processId: '00000000-0000-4000-8000-000000000001' },
      now: () => ({ at: new Date(), databaseAt: new Date() }),
      logger: (await import('pino')).pino({ level: 'silent' }),
      isSourceOff: () => false,
    });
    const draft = someDelivery({ receiverUnit: 'cq-01' });
    const facts = { ...draft.facts, systemId: 'van-ban', actingUnit: 'cq-00', owningUnit: 'cq-00' };
    id = draft.id;
    await withTransaction(hub.owner, (client) =>
      engine.accept(client, { deliveries: [{ ...draft, facts }], dispatches: [] }),
    );
    await withTransaction(hub.owner, (client) =>
      engine.move(client, [id], 'taken', { officerId: 'cb-0001' }),
    );
  });
  after(() => hub.stop());

  const ask = (who: Who, tail = '') => hub.call({ path: `/evidence/v1/exchanges/${id}${tail}`, ...who });
  async function sealedSteps(who: Who): Promise<string[]> {
    const { status, body } = await ask(who);
    assert.deepEqual([status, body.state, body.deliveryStep], [200, 'delivery', 'taken']);
    const entries: { text: string; private?: unknown }[] = body.entries;
    assert.equal(entries.length, 2);
    return entries.filter((entry) => entry.private).map(({ text }) => JSON.parse(text).step);
  }

  it('is seen by both ends, each with the sealed parts of its own steps, by auditors with all, by others not at all', async () => {
    assert.deepEqual(await sealedSteps(sender), ['delivered']);
    assert.deepEqual(await sealedSteps(receiver), ['taken']);
    assert.deepEqual(await sealedSteps({ system: 'kiem-toan' }), ['delivered', 'taken']);
    const other = await ask({ system: 'van-ban', unit: 'cq-02' });
    assert.deepEqual([other.status, other.body.code], [404, 'exchange-not-found']);
  });

  it('has a receipt of each step, that verifies offline', async () => {
    for (const [tail, step] of [
      ['?entry=1', 'delivered'],
      ['', 'taken'],
    ]) {
      const { status, body } = await ask(receiver, `/receipt${tail}`);
      assert.equal(status, 200, JSON.stringify(body));
      const verdict = verifyReceipt(body, hub.logKey);
      assert.ok(verdict.ok);
      assert.equal(verdict.leaf.step, step);
      assert.equal('private' in body, step === 'taken');
    }
    assert.equal((await ask(receiver, '/receipt?entry=3')).body.code, 'exchange-not-found');
    assert.equal((await ask(receiver, '/receipt?entry=0')).status, 400);
  });

  it('is explained: where it stands and what to do', async () => {
    const { status, body } = await ask(sender, '/explanation');
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(
      [body.state, body.deliveryStep, body.sent, body.repeat, body.en.title],
      ['delivery', 'taken', 'nothing', 'notNeeded', 'The receiver has taken it'],
    );
    assert.equal(toDeliveryExplanation([]), undefined);
  });
});
