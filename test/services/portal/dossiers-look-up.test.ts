// What the portal holds of a dossier is asked of it now, by the real adapter of the real mock, and told without a value of
// the dossier.
import assert from 'node:assert/strict';
import type { Portal, PortalCall, PortalDossier } from '../../../adapters/portal/portal.ts';
import { fullDossier, newCode, startDossierHub, toRecord } from './dossier-hub.ts';
import { connect, startPortal, type TestPortal, toSettings } from './worker.ts';

const call: PortalCall = { requestCode: 'test', unitCode: 'H99', signal: new AbortController().signal };

describe('A dossier looked up at the portal', () => {
  let hub: Awaited<ReturnType<typeof startDossierHub>>;
  let source: TestPortal;
  let portal: Portal;
  let procedure: string;
  before(async () => {
    source = await startPortal();
    portal = connect(toSettings(source.mock));
    procedure = (await portal.readPage('procedure', 1, call)).value.entries[0]?.code ?? '';
    hub = await startDossierHub('portal-look-up', { portal: () => portal });
    await hub.owner.query(
      `INSERT INTO portal_entry SELECT (jsonb_populate_record(e, jsonb_build_object('code', $1::text))).*
       FROM portal_entry e WHERE withdrawn_in IS NULL LIMIT 1`,
      [procedure],
    );
  });
  after(async () => {
    await hub.stop();
    await portal.close();
    await source.close();
  });

  const toDossier = (more: object = {}) => ({ ...fullDossier, procedure: { code: procedure }, ...more });
  const submitted = async (more: object = {}): Promise<string> => {
    const code = newCode();
    const { body } = await hub.submit([{ code, dossier: toDossier(more) }]);
    assert.equal(body.accepted, 1, JSON.stringify(body));
    return code;
  };
  const lookUp = (code: string) => hub.ask(`/dossiers/${code}/at-portal`);

  /** Brings a dossier to the portal, and the change that said it to where a synchronisation leaves it. */
  async function push(code: string, dossier: object): Promise<void> {
    // Of the contract's shape.
    const record = { code, dossier: dossier as PortalDossier, isAtPortal: undefined };
    const { value } = await portal.push([record], call);
    assert.deepEqual(value[0], { kind: 'done', did: 'created' });
    await hub.owner.query('UPDATE portal_change SET dossier_done_at = now() WHERE dossier_code = $1', [code]);
  }

  it('10.11 is not known there before it was sent', async () => {
    const code = await submitted();
    const { status, body } = await lookUp(code);
    assert.deepEqual([status, body], [200, { code, isKnown: false }]);
  });

  it('10.11 is told by facts of the process, the same as what was synchronised last', async () => {
    const code = await submitted();
    await push(code, toDossier());
    const { body } = await lookUp(code);
    assert.deepEqual([body.isKnown, body.status, body.procedureCode], [true, 2, procedure]);
    assert.equal(Date.parse(body.receivedAt), Date.parse(fullDossier.receivedAt));
    assert.deepEqual(body.differs, []);
  });

  it('10.11 is compared with it, and only members that differ are named', async () => {
    const code = await submitted({ summary: 'Trích yếu của đơn vị' });
    await push(code, toDossier({ summary: 'Trích yếu khác' }));
    const { body } = await lookUp(code);
    assert.equal(body.differs.length, 1);
    assert.match(body.differs[0], /summary$/);
    assert.doesNotMatch(JSON.stringify(body), /Trích yếu/);
  });

  it('is a clear problem when the unit has no such dossier, and the portal is not asked', async () => {
    const before_ = await source.calls('TraCuuHoSo');
    assert.equal((await lookUp(newCode())).body.code, 'dossier-not-found');
    assert.equal(await source.calls('TraCuuHoSo'), before_);
  });

  it('11.11 is a problem of the source when the portal cannot be reached', async () => {
    const code = await submitted();
    await source.fault({ mode: 'maintenance' });
    const { status, body } = await lookUp(code);
    await source.fault();
    assert.ok(status >= 502, String(status));
    assert.deepEqual([body.source, body.responsible], ['portal', 'source']);
  });

  it('11.6 is held where the adapter finds its form wrong, or a demanded member is missing', async () => {
    const { body } = await hub.submit([
      { code: 'khong-dung-dang', dossier: toDossier() },
      { code: newCode(), dossier: { ...toDossier(), owner: undefined } },
    ]);
    assert.deepEqual(
      body.records.map((one: { change: { findings: { code: string; where: string }[] } }) =>
        one.change.findings.map(({ code, where }) => `${code} ${where}`),
      ),
      [['code-form /code'], ['missing /dossier/owner/name']],
    );
  });
});

describe('A hub without a portal that can be asked', () => {
  let connected: Portal | undefined;
  let hub: Awaited<ReturnType<typeof startDossierHub>>;
  before(async () => {
    hub = await startDossierHub('portal-none', { rules: { queue: 2 }, portal: () => connected });
  });
  after(() => hub.stop());

  it('says so when a dossier is to be looked up, and takes records until its queue is full', async () => {
    const record = toRecord();
    const bad = { ...toRecord({ procedure: { code: '1.999999.H99' } }) };
    const { body } = await hub.submit([record, toRecord(), bad]);
    assert.equal(body.accepted, 2);
    const lookUp = async () => (await hub.ask(`/dossiers/${record.code}/at-portal`)).body.code;
    assert.equal(await lookUp(), 'portal-not-connected');
    const url = 'http://127.0.0.1:9/';
    const unit = { dstcode: 'VN:GOV:000.00.00.G99:dvcqg', madonvi: 'H99' };
    connected = connect({ generation: 'B', createUrl: url, updateUrl: url, progressUrl: url, ...unit });
    assert.equal(await lookUp(), 'portal-cannot-look-up');
    await connected.close();
    connected = undefined;
    const full = await (async () => {
      for (const endMs = performance.now() + 4_000; performance.now() < endMs; ) {
        const answer = await hub.submit([toRecord()]);
        if (answer.status !== 202) return answer;
      }
      return undefined;
    })();
    assert.deepEqual([full?.status, full?.body.code], [503, 'delivery-queue-full']);
    assert.ok(full?.headers.get('retry-after'));
    const correction = { ...toRecord({}, bad.code), corrects: body.records[2].change.changeId };
    assert.equal((await hub.submit([correction])).body.accepted, 1);
  });
});
