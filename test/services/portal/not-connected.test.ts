// A hub without a connection to the portal: what units submit is kept and waits, and everything else says why it cannot be.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { fullDossier } from './dossier-hub.ts';
import { caller, createPortalCaller, handOver } from './portal-hub.ts';

describe('A hub that is not connected to the portal', function () {
  this.timeout(30_000);
  let hub: TestHub;
  let calls: ReturnType<typeof createPortalCaller>;
  before(async () => {
    hub = await startTestHub('portal-none', {
      callers: { portal: { networks: ['127.0.0.1/32'], account: caller } },
    });
    calls = createPortalCaller(hub.call);
  });
  after(() => hub.stop());

  it('takes records, which wait, and counts them as waiting', async () => {
    const { body } = await calls.tell('/dossiers', {
      records: [{ code: 'H99.03-261126-0001', dossier: fullDossier }],
    });
    assert.equal(body.records[0].change.sync, 'waiting');
    const { figures } = (await calls.ask('/figures?from=2026-11-01&to=2026-11-30')).body;
    assert.deepEqual([figures.received, figures.waiting, figures.synchronised], [1, 1, 0]);
  });

  it('says so to whoever looks up, or wants the catalogue synchronised', async () => {
    const looked = await calls.ask('/dossiers/H99.03-261126-0001/at-portal');
    assert.equal(looked.body.code, 'portal-not-connected');
    const demanded = await hub.call({
      ...{ method: 'POST', path: '/portal/v1/catalogue/synchronisations', system: 'quan-tri' },
      headers: { 'idempotency-key': randomUUID() },
    });
    assert.equal(demanded.body.code, 'portal-not-connected');
  });

  it('11.9 takes no dossier from the portal, since it cannot read its fields', async () => {
    const { body } = await handOver(hub.url, { MaHoSo: 'G22.99.07-261126-0001', MaDonVi: 'H99.03' });
    assert.equal(body.code, 'portal-not-connected');
    assert.deepEqual((await calls.ask('/inbox')).body.items, []);
  });
});
