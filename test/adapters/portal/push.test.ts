// Pushing dossiers and lines: recovery, order, isolation and what is unknown after a time-out.
import assert from 'node:assert/strict';
import { isPassing, isSameLine, toAfterMs } from '../../../adapters/portal/index.ts';
import { type Bench, nextCode, openBench, pushOne, toCall, toDossier, toLine, toPush } from './support.ts';

const done = (did: 'created' | 'updated') => ({ kind: 'done', did });
const short = (outcomes: readonly { readonly kind: string }[]) =>
  outcomes.map((outcome) => ({ ...outcome, because: undefined })).map(({ because, ...rest }) => rest);

describe('portal adapter: pushing', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());
  beforeEach(async () => {
    await bench.setFault();
    await bench.mark();
  });

  it('11.3 success and "exists" are known in every spelling of the code', async () => {
    for (const form of ['number', '0', '00']) {
      await bench.setFault({ mode: 'codeForm', form });
      const push = toPush();
      assert.deepEqual((await bench.portal.push([push], toCall())).value, [done('created')]);
      assert.deepEqual((await bench.portal.push([push], toCall())).value, [done('updated')]);
    }
  });

  it('11.3 a code is what decides: 3 and -3 are "exists" whatever the text says', async () => {
    for (const code of [3, -3]) {
      const push = await pushOne(bench);
      await bench.setFault({ mode: 'code', code, services: ['DongBoHoSoMC'], count: 1 });
      assert.deepEqual((await bench.portal.push([push], toCall())).value, [done('updated')]);
    }
  });

  it('11.4 what exists is updated, what is unknown is created, each with one change', async () => {
    const known = await pushOne(bench);
    const unknown = toPush({ isAtPortal: true });
    await bench.mark();
    const { value } = await bench.portal.push([known, unknown, toPush()], toCall());
    assert.deepEqual(value, [done('updated'), done('created'), done('created')]);
    const pushes = (await bench.calls()).filter((call) => call.startsWith('DongBoHoSoMC'));
    assert.equal(pushes.length, 4);
  });

  it('11.4 a portal that contradicts itself is asked no third time', async () => {
    const portal = bench.open({ unknownCodes: ['9'] });
    await bench.setFault(
      { mode: 'code', code: 3, services: ['DongBoHoSoMC'], count: 1 },
      { mode: 'code', code: 9, services: ['DongBoHoSoMC'] },
    );
    assert.deepEqual((await portal.push([toPush()], toCall())).value, [{ kind: 'failed' }]);
    assert.equal((await bench.calls()).filter((call) => call.startsWith('DongBo')).length, 2);
  });

  it('11.5 what the hub does not know of is looked up first', async () => {
    const known = await pushOne(bench);
    await bench.mark();
    const records = [{ ...known, isAtPortal: undefined }, toPush({ isAtPortal: undefined })];
    const { value } = await bench.portal.push(records, toCall());
    assert.deepEqual(value, [done('updated'), done('created')]);
    assert.deepEqual(await bench.calls(), [
      ...['TraCuuHoSo 0', 'TraCuuHoSo 0'],
      ...['DongBoHoSoMC 0', 'DongBoHoSoMC 0'],
    ]);
  });

  it('11.5 lines go in their order to a dossier that is there, and are refused for one that is not', async () => {
    const { code } = await pushOne(bench);
    const lines = [toLine(), toLine({ at: '2025-11-24T09:30:00+07:00', status: 4, content: 'Thẩm định' })];
    assert.deepEqual((await bench.portal.pushProgress(code, lines, toCall())).value, done('created'));
    const { value } = await bench.portal.lookUp(code, toCall());
    assert.deepEqual(value.isKnown && value.progress?.map(({ status }) => status), [2, 4]);
    const early = await bench.portal.pushProgress(nextCode(), lines, toCall());
    assert.deepEqual(early.value, { kind: 'refused', why: 'unknown-dossier', code: '-1', where: [] });
  });

  it('11.7 a refused procedure is told from other refusals by asking for it, without a word of its text', async () => {
    await bench.changeCatalogue({ withdraw: ['1.900003'] });
    const records = ['1.900003', '1.999999'].map((code) =>
      toPush({ dossier: toDossier({ procedure: { code } }) }),
    );
    const { value } = await bench.portal.push(records, toCall());
    const refused = {
      ...{ kind: 'refused', why: 'procedure', code: '-1' },
      where: ['/dossier/procedure/code'],
    };
    assert.deepEqual(value, [refused, refused]);
    await assert.rejects(bench.portal.readProcedure('1.900003', toCall()), { kind: 'refused' });
  });

  it('11.10 after a time-out the outcome is unknown, and what the look-up finds is not stored twice', async () => {
    const push = toPush();
    await bench.setFault({ mode: 'timeoutAfter', services: ['DongBoHoSoMC'], count: 1, delayMs: 600 });
    const { value } = await bench.portal.push([push], toCall());
    assert.deepEqual(short(value), [{ kind: 'unknown' }]);
    const again = await bench.portal.push([{ ...push, isAtPortal: undefined }], toCall());
    assert.deepEqual(again.value, [done('updated')]);
    const { creates, statuses } = await bench.held(push.code);
    assert.deepEqual([creates, Array.isArray(statuses) && statuses.length], [1, 1]);
  });

  it('11.10 a look-up that lags behind stores nothing twice either', async () => {
    const push = await pushOne(bench);
    await bench.setFault({ mode: 'readLag', services: ['TraCuuHoSo'], delayMs: 60_000 });
    assert.deepEqual((await bench.portal.lookUp(push.code, toCall())).value, { isKnown: false });
    const { value } = await bench.portal.push([{ ...push, isAtPortal: undefined }], toCall());
    assert.deepEqual(value, [done('updated')]);
    assert.equal((await bench.held(push.code))['creates'], 1);
  });

  it('11.10 answers that cannot be read after a push are unknown too, never a refusal and never success', async () => {
    for (const mode of ['malformed', 'truncated', 'htmlAfter', 'timeoutBefore']) {
      await bench.setFault({ mode, services: ['DongBoHoSoMC'], count: 1, delayMs: 600 });
      const { value } = await bench.portal.push([toPush()], toCall());
      assert.deepEqual(short(value), [{ kind: 'unknown' }], mode);
      assert.ok(value[0]?.kind === 'unknown' && isPassing(value[0].because), mode);
    }
  });

  it('11.10 lines that timed out are found by the look-up', async () => {
    const { code } = await pushOne(bench);
    const lines = [toLine({ at: '2025-11-23T02:30:00Z' })];
    await bench.setFault({ mode: 'timeoutAfter', services: ['CapNhatTienDoHoSoMC'], count: 1, delayMs: 600 });
    const { value } = await bench.portal.pushProgress(code, lines, toCall());
    assert.deepEqual(short([value]), [{ kind: 'unknown' }]);
    const found = await bench.portal.lookUp(code, toCall());
    const [held] = (found.value.isKnown && found.value.progress) || [];
    assert.ok(held && lines[0] && isSameLine(lines[0], held));
    assert.ok(!isSameLine(toLine({ status: 4 }), held));
  });

  it('11.11 where certainly nothing was stored the push fails as a whole, with the pause that was asked for', async () => {
    await bench.portal.lookUp(nextCode(), toCall());
    await bench.setFault({ mode: 'tooMany', retryAfterSeconds: 7 });
    await assert.rejects(bench.portal.push([toPush(), toPush()], toCall()), (error: unknown) => {
      assert.ok(isPassing(error));
      assert.equal(toAfterMs(error), 7_000);
      return true;
    });
    for (const shape of ['text', 'json']) {
      await bench.setFault({ mode: 'maintenance', shape });
      const failed = { kind: 'unavailable', code: 'maintenance' };
      await assert.rejects(bench.portal.push([toPush()], toCall()), failed);
    }
  });

  it('11.3 a general refusal is not believed of a portal that refuses even to be asked', async () => {
    await bench.setFault({ mode: 'code', code: -1 });
    await assert.rejects(bench.portal.push([toPush()], toCall()), { kind: 'unavailable' });
    await bench.setFault({ mode: 'code', code: -1, services: ['DongBoHoSoMC'] });
    const { value } = await bench.portal.push([toPush()], toCall());
    assert.deepEqual(value, [{ kind: 'refused', why: 'other', code: '-1', where: [] }]);
  });

  it('11.14 of a batch the good ones are done and each bad one is refused for itself', async () => {
    const bad = toDossier({ owner: { name: 'Trần Thị Thử', kind: 'household-business' } });
    const gone = toDossier({ procedure: { code: '1.999999' } });
    const long = toDossier({ summary: 'x'.repeat(1_001) });
    const records = [
      toPush(),
      toPush({ dossier: bad }),
      toPush({ dossier: gone }),
      toPush({ dossier: long }),
      toPush(),
    ];
    const { value } = await bench.portal.push(records, toCall());
    assert.deepEqual(
      value.map((outcome) => (outcome.kind === 'refused' ? [outcome.why, outcome.code] : outcome.kind)),
      ['done', ['invalid', undefined], ['procedure', '-1'], ['other', '-1'], 'done'],
    );
  });

  it('11.14 a status that cannot follow is refused for that record, by the code that configuration knows', async () => {
    const other = await openBench(
      { codes: { transition: -7, procedure: -8 } },
      { transitionCodes: ['-7'], procedureCodes: ['-8'] },
    );
    const push = await pushOne(other);
    const back = { ...push, isAtPortal: true, dossier: toDossier({ status: 10 }) };
    const { value } = await other.portal.push([back, toPush()], toCall());
    await other.close();
    assert.deepEqual(value, [{ kind: 'refused', why: 'transition', code: '-7', where: [] }, done('created')]);
  });

  it('11.14 a batch that answers 0 is still read record by record', async () => {
    const other = await openBench({ batchFailure: 'zero', errorCodeForm: 'mixed' });
    const bad = toPush({ dossier: toDossier({ procedure: { code: '1.999999' } }) });
    const { value } = await other.portal.push([toPush(), bad, toPush()], toCall());
    await other.close();
    assert.deepEqual(
      value.map(({ kind }) => kind),
      ['done', 'refused', 'done'],
    );
  });

  it('11.14 a failure in the middle leaves the done ones done', async () => {
    const known = await pushOne(bench);
    await bench.setFault({ mode: 'hang', services: ['DongBoHoSoMC'], count: 1 });
    const { value } = await bench.portal.push([{ ...known, isAtPortal: true }, toPush()], toCall());
    assert.deepEqual(short(value), [{ kind: 'failed' }, { kind: 'unknown' }]);
  });

  it('11.13 generation B pushes bare lists to three addresses, and looks up by the other face', async () => {
    const portal = bench.open({ generation: 'B' });
    const known = await pushOne(bench);
    const bad = toPush({ dossier: toDossier({ procedure: { code: '1.999999' } }) });
    const { value } = await portal.push([known, toPush(), bad], toCall());
    assert.deepEqual(
      value.map((one) => (one.kind === 'done' ? one.did : one.kind)),
      ['updated', 'created', 'refused'],
    );
    assert.deepEqual((await portal.pushProgress(known.code, [toLine()], toCall())).value, done('created'));
    assert.ok(portal.canLookUp && portal.hasCatalogue);
  });

  it('11.2 a unit that the portal does not know is no fault of its records, and is asked about once', async () => {
    const records = [toPush(), toPush(), toPush()];
    const stranger = toCall({ unitCode: 'H98.10' });
    const { value } = await bench.portal.push(records, stranger);
    assert.deepEqual(short(value), [{ kind: 'failed' }, { kind: 'unknown' }, { kind: 'unknown' }]);
    const other = await openBench({ codes: { unit: -9 } }, { unitCodes: ['-9'] });
    const failed = { kind: 'unmapped', code: 'unit-refused', party: 'hub' };
    await assert.rejects(other.portal.push(records, stranger), failed);
    await assert.rejects(other.portal.pushProgress(nextCode(), [toLine()], stranger), failed);
    await other.close();
  });
});
