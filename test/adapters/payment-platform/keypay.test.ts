// The older variant at the mock: two keys, one address to pay at, and a callback.
import assert from 'node:assert/strict';
import { SourceError } from '../../../adapters/adapter.ts';
import {
  createPaymentPlatformAdapter,
  type PaymentPlatform,
  parsePaymentPlatformSettings,
} from '../../../adapters/payment-platform/index.ts';
import { type Bench, type Fields, keyPay, least, openBench, toCall, toDemand } from './support.ts';

let bench: Bench;
let platform: PaymentPlatform;
before(async () => {
  bench = await openBench();
  const settings = {
    variant: 'keypay',
    url: `${bench.mock.url}/keypay`,
    returnUrl: 'https://mot-cua.example/',
    ...keyPay,
  };
  platform = createPaymentPlatformAdapter(parsePaymentPlatformSettings(settings), () => bench.at().getTime());
  bench.reader = platform;
});
after(async () => {
  await platform.close();
  await bench.close();
});

const create = (reference: string, more: Fields = {}) =>
  platform.create(toDemand({ reference, at: bench.at(), ...more }), toCall());

describe('The older KeyPay variant', () => {
  it('8.12: stands behind the same port: an address, the same one again, none for other content', async () => {
    const first = await create('TX99940001');
    assert(first.value.kind === 'url');
    assert.deepEqual((await create('TX99940001')).value, first.value);
    assert.deepEqual((await create('TX99940001', { text: 'Khác' })).value, { kind: 'refused', code: '99' });
  });

  it('8.12: its callback is verified with the second key, and its answer accepted', async () => {
    await create('TX99940002');
    const row = await bench.pay('TX99940002');
    const message = bench.received.at(-1);
    assert(message?.read.kind === 'verified');
    const { reference, amount, isPaid, transaction } = message.read.value as Fields;
    assert.deepEqual([reference, amount, isPaid, transaction], ['TX99940002', 150_000, true, undefined]);
    assert.deepEqual(
      (row['confirms'] as Fields[]).map(({ verdict }) => verdict),
      ['accepted'],
    );
    const failed = { ...message.body, status: '1' };
    assert.deepEqual(platform.readConfirmation(failed), {
      ...{ kind: 'refused', why: 'wrong-checksum', reference: 'TX99940002' },
    });
  });

  it('8.12: a callback under another key or of another client is refused', async () => {
    await create('TX99940003');
    await bench.pay('TX99940003', { mode: 'badChecksum' });
    const message = bench.received.at(-1);
    assert(message?.read.kind === 'refused' && message.read.why === 'wrong-checksum');
    const other = platform.readConfirmation({ ...message.body, client_id: 'KHAC' });
    assert(other.kind === 'refused' && other.why === 'wrong-partner');
  });

  it('8.3: a reference of more than 20 characters, a wrong sum and a missing return address are not sent', async () => {
    const codeOf = (error: unknown) => error instanceof SourceError && error.kind === 'unmapped';
    await assert.rejects(create('TX9994000300000000000'), codeOf);
    await assert.rejects(create('TX99940004', { amount: 1 }), codeOf);
    const bare = createPaymentPlatformAdapter(
      parsePaymentPlatformSettings({ variant: 'keypay', url: least.url, ...keyPay }),
    );
    await assert.rejects(bare.create(toDemand(), toCall()), codeOf);
    await bare.close();
  });

  it('8.12: says that it cannot be asked for states, receipts and days', async () => {
    assert.deepEqual(platform.can, { query: false, receipt: false, reconcile: false });
    const at = bench.at();
    const unsupported = (error: unknown) =>
      error instanceof SourceError && error.code?.startsWith('no-') === true;
    await assert.rejects(platform.query('TX99940001', at, toCall()), unsupported);
    await assert.rejects(platform.receipt('TX99940001', at, toCall()), unsupported);
    assert.throws(() => platform.fetchReconciliation('2025-11-22', toCall()), unsupported);
    assert.deepEqual((await platform.cancel('TX99940001', at, toCall())).value, { kind: 'unsupported' });
    assert.equal(platform.readBillLookUp({ MaHoSo: 'H99' }).kind, 'refused');
  });
});
