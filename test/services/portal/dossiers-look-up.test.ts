// What the portal holds of a dossier is asked of it now, and told without a value of the dossier.
import assert from 'node:assert/strict';
import { SourceError } from '../../../adapters/adapter.ts';
import type { Portal, PortalCall, PortalDossier, PortalHolding } from '../../../adapters/portal/portal.ts';
import { newCode, startDossierHub, toRecord } from './dossier-hub.ts';

const unasked = async (): Promise<never> => {
  throw new Error('nobody asks this');
};

/** A portal that holds what a test says. */
function createPortal() {
  const asked: { code: string; call: PortalCall; dossier: PortalDossier | undefined }[] = [];
  const state: { holding: PortalHolding; canLookUp: boolean; error: Error | undefined } = {
    ...{ holding: { isKnown: false }, canLookUp: true, error: undefined },
  };
  const portal: Portal = {
    get canLookUp() {
      return state.canLookUp;
    },
    ...{ hasCatalogue: false, mostRecords: 10, mostLines: 10, unitScheme: 'portal' },
    required: ['/dossier/summary'],
    async lookUp(code, call, dossier) {
      asked.push({ code, call, dossier });
      if (state.error) throw state.error;
      const digest = { sha256: '00'.repeat(32), bytes: 1 };
      const trace = { source: 'portal', requestCode: call.requestCode, request: digest, answer: digest };
      return { value: state.holding, traces: [trace] };
    },
    check: ({ code }) => (code.startsWith('x') ? [{ code: 'code-form', where: '/code' }] : []),
    ...{ push: unasked, pushProgress: unasked, readPage: unasked, readProcedure: unasked },
    ...{ testCredential: unasked, close: async () => undefined },
    readInbound: () => ({ isRead: false, mistakes: [] }),
    answerInbound: () => ({ error_code: '-1', message: '' }),
  };
  return { portal, state, asked };
}

describe('A dossier looked up at the portal', () => {
  const source = createPortal();
  let hub: Awaited<ReturnType<typeof startDossierHub>>;
  before(async () => {
    hub = await startDossierHub('portal-look-up', { portal: source.portal });
  });
  after(() => hub.stop());
  beforeEach(() => {
    Object.assign(source.state, { holding: { isKnown: false }, canLookUp: true, error: undefined });
  });

  const submitted = async (): Promise<string> => {
    const record = toRecord({ summary: 'Trích yếu' });
    await hub.submit([record]);
    return record.code;
  };
  const lookUp = (code: string) => hub.ask(`/dossiers/${code}/at-portal`);

  it('10.11 is not known there before it was sent', async () => {
    const code = await submitted();
    const { status, body } = await lookUp(code);
    assert.equal(status, 200);
    assert.deepEqual(body, { code, isKnown: false });
    assert.equal(source.asked.at(-1)?.dossier, undefined);
  });

  it('10.11 is compared with what was synchronised last, and only members are named', async () => {
    const code = await submitted();
    await hub.owner.query('UPDATE portal_change SET dossier_done_at = now() WHERE dossier_code = $1', [code]);
    source.state.holding = {
      ...{ isKnown: true, status: 2, procedureCode: '1.999001.H99', receivedAt: '2026-11-02T08:00:00+07:00' },
      ...{ dueAt: undefined, finishedAt: undefined, progress: [{ officer: 'Cán bộ mẫu' }] },
      differs: ['/dossier/summary'],
    };
    const { body } = await lookUp(code);
    assert.deepEqual(body, {
      ...{ code, isKnown: true, status: 2, procedureCode: '1.999001.H99' },
      ...{ receivedAt: '2026-11-02T08:00:00+07:00', progressLines: 1, differs: ['/dossier/summary'] },
    });
    assert.equal(source.asked.at(-1)?.dossier?.summary, 'Trích yếu');
  });

  it('is a clear problem when the unit has no such dossier, or the connection cannot look up', async () => {
    const asked = source.asked.length;
    assert.equal((await lookUp(newCode())).body.code, 'dossier-not-found');
    source.state.canLookUp = false;
    assert.equal((await lookUp(await submitted())).body.code, 'portal-cannot-look-up');
    assert.equal(source.asked.length, asked);
  });

  it('11.11 is a problem of the source when the portal gives no answer', async () => {
    const code = await submitted();
    source.state.error = new SourceError('unavailable', 'portal', 'for a test');
    const { status, body } = await lookUp(code);
    assert.deepEqual([status, body.code, body.source], [503, 'source-unavailable', 'portal']);
  });

  it('11.6 is held where the adapter finds its form wrong, or a demanded member is missing', async () => {
    const { body } = await hub.submit([toRecord({ summary: 'x' }, `x${newCode()}`), toRecord()]);
    assert.deepEqual(
      body.records.map((one: { change: { findings: { code: string; where: string }[] } }) =>
        one.change.findings.map(({ code, where }) => `${code} ${where}`),
      ),
      [['code-form /code'], ['missing /dossier/summary']],
    );
  });
});

describe('A hub without a portal', () => {
  let hub: Awaited<ReturnType<typeof startDossierHub>>;
  before(async () => {
    hub = await startDossierHub('portal-none', { rules: { queue: 2 } });
  });
  after(() => hub.stop());

  it('says so when a dossier is to be looked up, and takes records until its queue is full', async () => {
    const record = toRecord();
    const bad = { ...toRecord({ procedure: { code: '1.999999.H99' } }) };
    const { body } = await hub.submit([record, toRecord(), bad]);
    assert.equal(body.accepted, 2);
    assert.equal((await hub.ask(`/dossiers/${record.code}/at-portal`)).body.code, 'portal-not-connected');
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
