// QUERY, GET_BILL and a cancellation at the mock, with its faults, and at a source that a test writes itself.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { SourceErrorKind } from '../../../adapters/adapter.ts';
import type { PaymentPlatform } from '../../../adapters/payment-platform/index.ts';
import { openPuppet, type Puppet, readWhole } from '../document-axis/support.ts';
import { type Bench, type Fields, openBench, toCall, toDemand, withFault } from './support.ts';

let bench: Bench;
let puppet: Puppet;
let strange: PaymentPlatform;
before(async () => {
  bench = await openBench();
  puppet = await openPuppet();
  strange = bench.open({ url: puppet.url, receiptBytes: 4_096, answerBytes: 2_048 });
});
after(async () => {
  await bench.close();
  await puppet.close();
});

const query = (reference: string, by = bench.platform) => by.query(reference, bench.at(), toCall());
const receipt = (reference: string, by = bench.platform) => by.receipt(reference, bench.at(), toCall());

/** What the puppet answers next. */
function answer(body: Buffer | string | Fields, status = 200): void {
  puppet.answer = (request, response) => {
    request.resume();
    const isReady = Buffer.isBuffer(body) || typeof body === 'string';
    response.writeHead(status).end(isReady ? body : JSON.stringify(body));
  };
}

const failsAs = (kind: SourceErrorKind, code?: string) => (error: Fields) => {
  assert.deepEqual([error['kind'], code && error['code']], [kind, code]);
  return true;
};

describe('Questions to the payment platform', () => {
  it('8.7: TrangThaiGD 1, 3 and 4 are paid, pending and failed', async () => {
    const outcomes = { success: 'paid', pending: 'pending', fail: 'failed' };
    for (const [index, [outcome, kind]] of Object.entries(outcomes).entries()) {
      const reference = await bench.create(`TC9991070${index}`);
      await bench.pay(reference, { outcome, mode: 'none' });
      assert.deepEqual((await query(reference)).value, { kind });
    }
  });

  it('8.7: any MaLoi but 00 and any state that is not stated is not known', async () => {
    assert.deepEqual((await query('TC99910799')).value, { kind: 'unknown', code: '99' });
    const says: readonly (readonly [Fields, string])[] = [
      [{ MaLoi: '01', TrangThaiGD: '1' }, '01'],
      [{ MaLoi: '0', TrangThaiGD: '1' }, '0'],
      [{ MaLoi: 'đã trả', TrangThaiGD: '1' }, 'unknown'],
      [{ MaLoi: '00', TrangThaiGD: '2' }, 'state-2'],
      [{ MaLoi: '00', TrangThaiGD: true }, 'state-unknown'],
      [{ MaLoi: '00', TrangThaiGD: '01' }, 'state-01'],
      [{ MaLoi: '00' }, 'state-unknown'],
    ];
    for (const [body, code] of says) {
      answer(body);
      assert.deepEqual((await query('TC99910701', strange)).value, {
        ...{ kind: 'unknown', code },
        ...(code.startsWith('state-') && { isState: true }),
      });
    }
  });

  it('8.7: an answer about another payment, or none that can be read, says nothing', async () => {
    const cases: readonly (readonly [Buffer | string | Fields, string])[] = [
      [{ MaLoi: '00', TrangThaiGD: '1', MaThamChieu: 'TC99910702' }, 'another-payment'],
      [{ MaLoi: '00', TrangThaiGD: '1', MaDoiTac: 'KHAC' }, 'another-payment'],
      [{ TrangThaiGD: '1' }, 'no-code'],
      ['', 'empty'],
      ['[]', 'not-json'],
      [Buffer.from([0x7b, 0xff]), 'not-json'],
      ['x'.repeat(3_000), 'answer-too-large'],
    ];
    for (const [body, code] of cases) {
      answer(body);
      await assert.rejects(query('TC99910701', strange), failsAs('unreadable', code), code);
    }
  });

  it('1.1: in the wrapped form the code is the inner one, and a contradiction says nothing', async () => {
    const wrapped = bench.open({ url: puppet.url, replyForm: 'wrapped' });
    answer({ error_code: 0, message: '{"MaLoi":"00","TrangThaiGD":1}' });
    assert.deepEqual((await query('TC99910701', wrapped)).value, { kind: 'paid' });
    answer({ error_code: '-1', message: 'Lỗi hệ thống của Người Thử' });
    assert.deepEqual((await query('TC99910701', wrapped)).value, { kind: 'unknown', code: '-1' });
    for (const body of [
      { error_code: '-1', message: '{"MaLoi":"00","TrangThaiGD":1}' },
      { error_code: '0', message: 'OK' },
      { MaLoi: '00', TrangThaiGD: '1' },
    ]) {
      answer(body);
      await assert.rejects(query('TC99910701', wrapped), failsAs('unreadable'));
    }
  });

  it('a platform that is away, refuses the hub or does not answer in time is told apart', async () => {
    const kinds: readonly (readonly [Fields, SourceErrorKind, string])[] = [
      [{ mode: 'unavailable' }, 'unavailable', 'http-502'],
      [{ mode: 'maintenance' }, 'unavailable', 'http-503'],
      [{ mode: 'tooMany' }, 'unavailable', 'http-429'],
      [{ mode: 'unavailable', httpStatus: 403 }, 'refused', 'http-403'],
      [{ mode: 'hang' }, 'timeout', 'call-timeout'],
    ];
    const brief = bench.open({ callMs: 150 });
    for (const [fault, kind, code] of kinds)
      await withFault(bench, fault, () => assert.rejects(query('TC99910700', brief), failsAs(kind, code)));
    const nowhere = bench.open({ url: 'http://127.0.0.1:1/' });
    await assert.rejects(query('TC99910700', nowhere), failsAs('unreachable', 'econnrefused'));
    const late = bench.platform.query('TC99910700', bench.at(), toCall(AbortSignal.abort()));
    await assert.rejects(late, failsAs('unreachable', 'deadline'));
  });

  it('8.9: a receipt is not ready, then an address, then a PDF as it was sent', async () => {
    const reference = await bench.create('TC99910901');
    assert.deepEqual((await receipt(reference)).value, { kind: 'not-ready' });
    await bench.pay(reference, { mode: 'none' });
    const { value } = await receipt(reference);
    assert(value.kind === 'url' && value.url.endsWith('.pdf'));
    await bench.control(bench.mock.settingsUrl, { receiptForm: 'pdf' }, 'PUT');
    const pdf = await receipt(reference);
    assert(pdf.value.kind === 'pdf');
    const bytes = await readWhole(pdf.value.content);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), pdf.trace.answer?.sha256);
    const fetched = await fetch(value.url);
    assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), bytes);
  });

  it('8.9: a PDF that was cut or is too large is no receipt, whatever its headers say', async () => {
    await withFault(bench, { mode: 'malformed' }, () =>
      assert.rejects(receipt('TC99910901'), failsAs('unreadable', 'pdf-cut')),
    );
    answer(Buffer.from(`%PDF-1.4\n${'x'.repeat(5_000)}\n%%EOF\n`));
    await assert.rejects(receipt('TC99910901', strange), failsAs('unreadable', 'answer-too-large'));
    answer({ MaLoi: '00', MoTaLoi: 'x'.repeat(3_000) });
    await assert.rejects(receipt('TC99910901', strange), failsAs('unreadable', 'answer-too-large'));
    answer({ MaLoi: '00', UrlBienLai: 'javascript:alert(1)' });
    await assert.rejects(receipt('TC99910901', strange), failsAs('unreadable', 'no-address'));
    answer({ MaLoi: '00' });
    assert.deepEqual((await receipt('TC99910901', strange)).value, { kind: 'not-ready' });
  });

  it('8.8: a cancellation is sent where a message for it is configured, and by no guess', async () => {
    const cancel = (by: PaymentPlatform, reference: string) => by.cancel(reference, bench.at(), toCall());
    assert.deepEqual((await cancel(bench.platform, 'TC99910801')).value, { kind: 'unsupported' });
    const able = bench.open({ cancelType: 'CANCEL' });
    assert.deepEqual((await cancel(able, await bench.create('TC99910801'))).value, { kind: 'done' });
    assert.deepEqual((await cancel(able, 'TC99910901')).value, { kind: 'refused' });
  });

  it('a reference that is none of ours is not asked for', async () => {
    for (const reference of ['', 'TC|9990001', 'tc99910701', `${toDemand().reference}0000000000`])
      await assert.rejects(query(reference), failsAs('unmapped'));
  });
});
