// The reference's test vectors, through the messages as they are sent and read. Source: payment-platform.md §1.6, §2
import assert from 'node:assert/strict';
import { toHmac } from '../../../adapters/payment-platform/checksum.ts';
import { readConfirmation } from '../../../adapters/payment-platform/confirmation.ts';
import { parsePaymentPlatformSettings } from '../../../adapters/payment-platform/index.ts';
import { toInit } from '../../../adapters/payment-platform/init.ts';
import { toPaymentRequest } from '../../../adapters/payment-platform/keypay/request.ts';
import { toAbout } from '../../../adapters/payment-platform/query.ts';
import { afternoon, keyPay, least, toDemand } from './support.ts';

const parsed = parsePaymentPlatformSettings(least);
assert(parsed.variant === 'platform');
const settings = parsed;

const proofOf = (message: object): unknown => ('MaXacThuc' in message ? message.MaXacThuc : undefined);

const confirm = {
  ...{ LoaiBanTin: 'CONFIRM', MaLoi: '00', MaDoiTac: 'TEST-PARTNER', MaThamChieu: 'TC9990000001' },
  ...{ SoTien: 150000, MaTienTe: 'VND', MaGiaoDich: 'GD9990000001', MaNganHang: 'TESTBANK' },
  ThoiGianGD: '20251123142005',
  ThongTinGiaoDich: 'Thanh toan le phi ho so H36.10-251123-0001',
};

describe('Test vectors of the payment platform', () => {
  it('8.1: INIT at a quarter past two in the afternoon has the proof of the 24-hour clock, not of the 12-hour one', () => {
    const init = toInit(toDemand(), settings);
    assert.equal(init['ThoiGianGD'], '20251123141530');
    assert.equal(proofOf(init), 'fed8d7596a0ddddbd34eb1e1622abdcba3117c1ffdd10b8c6ec6f7d0b5ef0801');
    assert.notEqual(proofOf(init), '6a7bbc236bd3f46b07ef7af1603f0b04178905407d56c5049533744c7e3fb107');
  });

  it('8.1: INIT with Vietnamese words is signed as UTF-8 in NFC, however they were composed', () => {
    const text = 'Thanh toán lệ phí hồ sơ H36.10-251123-0001';
    for (const form of ['NFC', 'NFD']) {
      const init = toInit(toDemand({ text: text.normalize(form) }), settings);
      assert.equal(proofOf(init), 'c689a393e5a6a25d8773617b2a5603683ed678e6d3473ec44f1c29f573e150a9');
      assert.equal(init['ThongTinGiaoDich'], text.normalize('NFC'));
    }
  });

  it('8.1: QUERY and GET_BILL after 13:00', () => {
    const query = toAbout('QUERY', 'TC9990000001', new Date('2025-11-23T08:00:00Z'), settings);
    assert.equal(proofOf(query), 'a8f003899ad6b96683dd4ef5e1a35c24f98556ba8dde7736f1c4c1d3ce36c0b8');
    const bill = toAbout('GET_BILL', 'TC9990000001', new Date('2025-11-23T08:05:00Z'), settings);
    assert.equal(proofOf(bill), '0a5dd2aae3c85b72d2f15cadb5e95262a166f78269f0b405a96fdb97ec19fe88');
  });

  it('8.5: CONFIRM of the vector is read; with another amount only under the proof of that amount', () => {
    const MaXacThuc = '81ee7ddf5c6b078ec54365bf351c07fb2926f1d7221d5df4fd317aeb84af84d6';
    const read = readConfirmation({ ...confirm, MaXacThuc }, settings);
    assert.deepEqual(read, {
      kind: 'verified',
      value: {
        ...{ reference: 'TC9990000001', amount: 150_000, currency: 'VND', isPaid: true, code: '00' },
        ...{ transaction: 'GD9990000001', bank: 'TESTBANK', at: new Date('2025-11-23T07:20:05Z') },
      },
    });
    const changed = { ...confirm, SoTien: 15000 };
    const refused = readConfirmation({ ...changed, MaXacThuc }, settings);
    assert.deepEqual(refused, { kind: 'refused', why: 'wrong-checksum', reference: 'TC9990000001' });
    const proof = '3e1e9647e4a65f0563546d5d7ad660cccd1809dd027471e1cfbee77136488187';
    assert.equal(readConfirmation({ ...changed, MaXacThuc: proof }, settings).kind, 'verified');
  });

  it('8.12: KeyPay’s check_sum, alone and in the request', () => {
    const expected = '99f5ab4e3f361bb1a2117d9a26e8fab5666d50bad1068c137eb83e1d8e1f143a';
    const texts = ['0', 'TEST-CLIENT', 'PAY', '150000', 'TX999000000000000001', '3.0'];
    assert.equal(toHmac(texts, keyPay.hashKey1), expected);
    const older = parsePaymentPlatformSettings({
      ...keyPay,
      ...{ variant: 'keypay', url: least.url, returnUrl: 'https://mot-cua.example/ket-qua' },
    });
    assert(older.variant === 'keypay');
    const demand = toDemand({ reference: 'TX999000000000000001', at: afternoon });
    assert.equal(toPaymentRequest(demand, older)['check_sum'], expected);
  });
});
