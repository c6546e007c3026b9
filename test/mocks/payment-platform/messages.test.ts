// The platform's messages: checksums, INIT, QUERY, GET_BILL, cancel and refund.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import {
  hmac,
  join,
  keyPayFields,
  signedFields,
  toChecksum,
} from '../../../mocks/payment-platform/checksum.ts';
import {
  ask,
  type Bench,
  init,
  lines,
  pay,
  row,
  secret,
  send,
  startBench,
  toAbout,
  toInit,
  toStamp,
  until,
} from './client.ts';

const toFields = (names: readonly string[], text: string) =>
  Object.fromEntries(text.split('|').map((value, index) => [names[index] ?? 'more', value]));

const initText = (stamp: string, text = 'Thanh toan le phi ho so H36.10-251123-0001'): string =>
  `INIT|1.0.6|TEST-PARTNER|TC9990000001|150000|PAY|1|1|vi-VN|VND|PAYMENT|${text}|${stamp}|192.0.2.10`;
const confirmText = (amount: number): string =>
  `CONFIRM|00|TEST-PARTNER|TC9990000001|${amount}|VND|GD9990000001|TESTBANK|20251123142005|Thanh toan le phi ho so H36.10-251123-0001`;
const vectors: readonly [string, readonly string[], string, string][] = [
  [
    'INIT',
    signedFields.INIT,
    initText('20251123141530'),
    'fed8d7596a0ddddbd34eb1e1622abdcba3117c1ffdd10b8c6ec6f7d0b5ef0801',
  ],
  [
    'INIT, 12-hour',
    signedFields.INIT,
    initText('20251123021530'),
    '6a7bbc236bd3f46b07ef7af1603f0b04178905407d56c5049533744c7e3fb107',
  ],
  [
    'INIT, Vietnamese',
    signedFields.INIT,
    initText('20251123141530', 'Thanh toán lệ phí hồ sơ H36.10-251123-0001'),
    'c689a393e5a6a25d8773617b2a5603683ed678e6d3473ec44f1c29f573e150a9',
  ],
  [
    'CONFIRM',
    signedFields.CONFIRM,
    confirmText(150000),
    '81ee7ddf5c6b078ec54365bf351c07fb2926f1d7221d5df4fd317aeb84af84d6',
  ],
  [
    'CONFIRM, changed',
    signedFields.CONFIRM,
    confirmText(15000),
    '3e1e9647e4a65f0563546d5d7ad660cccd1809dd027471e1cfbee77136488187',
  ],
  [
    'QUERY',
    signedFields.QUERY,
    'QUERY|1.0.6|TEST-PARTNER|TC9990000001|20251123150000',
    'a8f003899ad6b96683dd4ef5e1a35c24f98556ba8dde7736f1c4c1d3ce36c0b8',
  ],
  [
    'GET_BILL',
    signedFields.QUERY,
    'GET_BILL|1.0.6|TEST-PARTNER|TC9990000001|20251123150500',
    '0a5dd2aae3c85b72d2f15cadb5e95262a166f78269f0b405a96fdb97ec19fe88',
  ],
];

describe('the payment platform mock: messages', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
  });
  after(() => bench.close());

  const refusedBy = async (over: object, reference = 'TC-REFUSED'): Promise<unknown> => {
    const { MaLoi, UrlThanhToan } = await send(bench.mock.url, toInit(bench, reference, { ...over }));
    assert.deepEqual([MaLoi, UrlThanhToan], ['99', undefined]);
    return (await lines(bench)).at(-1)?.['reason'];
  };

  for (const [name, names, text, expected] of vectors)
    it(`mock 7.1: reckons the test vector ${name}`, () =>
      assert.equal(toChecksum(toFields(names, text), names, 'test-secret'), expected));

  it('mock 7.12: reckons the test vector of KeyPay', () => {
    const text = '0|TEST-CLIENT|PAY|150000|TX999000000000000001|3.0';
    assert.equal(
      hmac(join(toFields(keyPayFields, text), keyPayFields), 'test-secret-1'),
      '99f5ab4e3f361bb1a2117d9a26e8fab5666d50bad1068c137eb83e1d8e1f143a',
    );
  });

  it('mock 7.1: answers an INIT with the address of its page', async () => {
    assert.match(
      await init(bench, 'TC-1'),
      /^http:\/\/127\.0\.0\.1:\d+\/payment-platform\/thanh-toan\/\w{24}$/,
    );
  });

  it('mock 7.1: refuses a wrong or upper-case checksum, a changed field, an amount that is no text', async () => {
    const good = toInit(bench, 'TC-REFUSED');
    const wrong = [
      [{ MaXacThuc: '0'.repeat(64) }, 'checksum'],
      [{ MaXacThuc: String(good['MaXacThuc']).toUpperCase() }, 'checksum'],
      [{ MaXacThuc: good['MaXacThuc'], SoTien: '15000' }, 'checksum'],
      [{ SoTien: 150000 }, 'shape'],
      [{ MaDoiTac: 'KHAC' }, 'partner'],
      [{ PhienBan: '1.0.5' }, 'version'],
    ] as const;
    for (const [over, reason] of wrong) assert.equal(await refusedBy(over), reason);
    assert.equal(await row(bench, 'TC-REFUSED'), undefined);
  });

  it('mock 7.1: wraps its answers where a provincial adapter stands before it', async () => {
    await send(bench.mock.settingsUrl, { replyForm: 'wrapped' }, 'PUT');
    const good = await send(bench.mock.url, toInit(bench, 'TC-WRAPPED'));
    const bad = await send(bench.mock.url, { ...toInit(bench, 'TC-WRAPPED'), SoTien: '1' });
    await send(bench.mock.settingsUrl, { replyForm: 'plain' }, 'PUT');
    assert.equal(good['error_code'], '0');
    assert.match(JSON.parse(String(good['message'])).UrlThanhToan, /thanh-toan/);
    assert.deepEqual([bad['error_code'], JSON.parse(String(bad['message'])).MaLoi], ['-1', '99']);
  });

  it('mock 7.2: gives the same address to the same content, and refuses other content', async () => {
    const [one, two] = await Promise.all([init(bench, 'TC-2'), init(bench, 'TC-2')]);
    const later = await init(bench, 'TC-2', { ThoiGianGD: toStamp(bench.now() + 2_000), Ip: '192.0.2.11' });
    assert.deepEqual([two, later], [one, one]);
    assert.equal(await refusedBy({ ThongTinGiaoDich: 'khác' }, 'TC-2'), 'duplicate');
    const block = { ...(toInit(bench, 'TC-2')['ThongTinBienLai'] as object), TKThuHuong: '999000222' };
    assert.equal(await refusedBy({ ThongTinBienLai: block }, 'TC-2'), 'duplicate');
  });

  it('mock 7.3: wants lines that make up the amount, and whole dong', async () => {
    for (const SoTien of ['150001', '149999']) assert.equal(await refusedBy({ SoTien }), 'lines');
    for (const SoTien of ['150000.0', '0', '-1', '1e5', '0150000', ' 150000'])
      assert.equal(await refusedBy({ SoTien }), 'amount');
    const block = toInit(bench, 'TC-3')['ThongTinBienLai'] as object;
    assert.equal(await refusedBy({ ThongTinBienLai: { ...block, PhiLePhi: [] } }), 'lines');
    const half = [
      { LoaiPhiLePhi: '1', SoTien: '75000.5' },
      { LoaiPhiLePhi: '1', SoTien: '74999.5' },
    ];
    assert.equal(await refusedBy({ ThongTinBienLai: { ...block, PhiLePhi: half } }), 'lines');
  });

  it('mock 7.6: says 3, then 1 or 4 of a payment that the bank did not answer at once', async () => {
    for (const [becomes, state] of [
      ['success', '1'],
      ['fail', '4'],
    ] as const) {
      const reference = `TC-6-${becomes}`;
      await init(bench, reference);
      await pay(bench, reference, {
        outcome: 'pending',
        pendingBecomes: becomes,
        pendingMs: 60,
        mode: 'none',
      });
      const first = await ask(bench, 'QUERY', reference);
      assert.deepEqual([first['MaLoi'], first['TrangThaiGD']], ['00', '3']);
      await until(async () => (await ask(bench, 'QUERY', reference))['TrangThaiGD'] === state);
    }
  });

  it('mock 7.6: says 4 of a failed payment and 99 of one that nobody asked for', async () => {
    await init(bench, 'TC-6-4');
    await pay(bench, 'TC-6-4', { outcome: 'fail', mode: 'none' });
    assert.equal((await ask(bench, 'QUERY', 'TC-6-4'))['TrangThaiGD'], '4');
    const { MaLoi, TrangThaiGD } = await ask(bench, 'QUERY', 'TC-NOBODY');
    assert.deepEqual([MaLoi, TrangThaiGD], ['99', undefined]);
  });

  it('mock 7.7: hands out the receipt when it is ready, by address or as a PDF', async () => {
    await init(bench, 'TC-7');
    assert.equal((await ask(bench, 'GET_BILL', 'TC-7'))['MaLoi'], '99');
    await pay(bench, 'TC-7', { mode: 'none' });
    await send(bench.mock.settingsUrl, { receiptDelayMs: 60_000 }, 'PUT');
    assert.equal((await ask(bench, 'GET_BILL', 'TC-7'))['UrlBienLai'], undefined);
    await send(bench.mock.settingsUrl, { receiptDelayMs: 0 }, 'PUT');
    const { UrlBienLai } = await ask(bench, 'GET_BILL', 'TC-7');
    const byUrl = Buffer.from(await (await fetch(String(UrlBienLai))).arrayBuffer());
    await send(bench.mock.settingsUrl, { receiptForm: 'pdf' }, 'PUT');
    const body = JSON.stringify(toAbout(bench, 'GET_BILL', 'TC-7'));
    const stream = await fetch(bench.mock.url, { method: 'POST', body });
    await send(bench.mock.settingsUrl, { receiptForm: 'url' }, 'PUT');
    assert.equal(stream.headers.get('content-type'), 'application/pdf');
    assert.deepEqual(Buffer.from(await stream.arrayBuffer()), byUrl);
    assert.match(byUrl.toString('latin1'), /^%PDF-1\.4[\s\S]*150000 VND[\s\S]*%%EOF\n$/);
  });

  it('mock 7.10: cancels what is not paid and gives back what is, each once', async () => {
    await init(bench, 'TC-10');
    assert.equal((await ask(bench, 'REFUND', 'TC-10'))['MaLoi'], '99');
    await pay(bench, 'TC-10', { mode: 'none' });
    assert.equal((await ask(bench, 'CANCEL', 'TC-10'))['MaLoi'], '99');
    for (const _turn of [1, 2]) assert.equal((await ask(bench, 'REFUND', 'TC-10'))['MaLoi'], '00');
    const { state, taken, order } = await row(bench, 'TC-10');
    assert.deepEqual([state, taken, order], ['refunded', 0, ['initialised', 'success', 'refunded']]);
  });

  it('mock 7.11: takes a 24-hour time in the afternoon and refuses a 12-hour one, however it is signed', async () => {
    assert.equal(toStamp(bench.now(), 12).slice(8, 10), '02');
    const wrong = toStamp(bench.now(), 12);
    assert.equal(await refusedBy({ ThoiGianGD: wrong }, 'TC-11'), 'time');
    const right = toInit(bench, 'TC-11');
    const sent = { ...right, ThoiGianGD: wrong };
    assert.equal((await send(bench.mock.url, sent))['MaLoi'], '99');
    assert.equal((await lines(bench)).at(-1)?.['reason'], 'checksum');
    await init(bench, 'TC-11');
    for (const message of ['QUERY', 'GET_BILL']) {
      assert.equal((await send(bench.mock.url, toAbout(bench, message, 'TC-11', wrong)))['MaLoi'], '99');
      assert.equal((await lines(bench)).at(-1)?.['reason'], 'time');
    }
    assert.equal((await ask(bench, 'QUERY', 'TC-11'))['MaLoi'], '00');
  });

  it('mock 7.13: writes down what was received, and nothing of a person', async () => {
    await init(bench, 'TC-13');
    const all = await lines(bench);
    const text = JSON.stringify(all);
    const { effect } = all.findLast((line) => line['reference'] === 'TC-13') as {
      effect: { members: Record<string, string> };
    };
    assert.equal(effect.members['ThongTinBienLai.TKThuHuong'], '999000111');
    assert.equal(effect.members['Ip'], hmac('192.0.2.10', 'test-control-key').slice(0, 32));
    assert.doesNotMatch(text, /999000000001|Người Thử|Số 1 đường|192\.0\.2\.1/);
    assert.ok(!text.includes(secret));
  });
});
