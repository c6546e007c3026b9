// What the mock sends to a gateway, read and answered by the adapter; the mock judges the answers.
import assert from 'node:assert/strict';
import {
  createPaymentPlatformAdapter,
  parsePaymentPlatformSettings,
} from '../../../adapters/payment-platform/index.ts';
import { afternoon, type Bench, type Fields, least, openBench, partner, secret, toHash } from './support.ts';

let bench: Bench;
before(async () => {
  bench = await openBench();
});
after(() => bench.close());

const order = [
  'LoaiBanTin',
  'MaLoi',
  'MaDoiTac',
  'MaThamChieu',
  'SoTien',
  'MaTienTe',
  'MaGiaoDich',
  'MaNganHang',
];

/** A CONFIRM with these members over those of a good one, signed. */
function sign(over: Fields): Fields {
  const fields: Fields = {
    ...{
      LoaiBanTin: 'CONFIRM',
      MaLoi: '00',
      MaDoiTac: partner,
      MaThamChieu: 'TC9990000001',
      SoTien: 150_000,
    },
    ...{ MaTienTe: 'VND', MaGiaoDich: 'GD1', MaNganHang: 'TESTBANK', ThoiGianGD: '20251123142005' },
    ThongTinGiaoDich: 'Thanh toán',
    ...over,
  };
  const names = [...order, 'ThoiGianGD', 'ThongTinGiaoDich'];
  return { ...fields, MaXacThuc: toHash([...names.map((name) => fields[name]), secret]) };
}

const read = (body: unknown) => bench.platform.readConfirmation(body);
const whyOf = (body: unknown): string => {
  const message = read(body);
  return message.kind === 'refused' ? message.why : 'verified';
};

/** The last message of the gateway, and how the mock judged its answer. */
async function paid(reference: string, more: Fields) {
  const row = await bench.pay(await bench.create(reference), more);
  const message = bench.received.at(-1);
  assert(message);
  return { ...message, confirms: row['confirms'] as readonly Fields[] };
}

describe('A confirmation of the payment platform', () => {
  it('8.5: is verified with its amount as an integer and as a text, and the signed answer is accepted', async () => {
    for (const [reference, amountForm] of [
      ['TC99920501', 'integer'],
      ['TC99920502', 'string'],
    ] as const) {
      const { body, read: message, confirms } = await paid(reference, { amountForm });
      assert.equal(typeof body['SoTien'], amountForm === 'integer' ? 'number' : 'string');
      assert(message.kind === 'verified');
      const { amount, isPaid, bank } = message.value as Fields;
      assert.deepEqual([amount, isPaid, bank], [150_000, true, 'TESTBANK']);
      assert.deepEqual(
        confirms.map(({ verdict }) => verdict),
        ['accepted'],
      );
    }
  });

  it('8.5: forged ones of the mock are refused for what they are, or are for the ledger to judge', async () => {
    const modes = { badChecksum: 'wrong-checksum', wrongPartner: 'wrong-partner' };
    for (const [index, [mode, why]] of Object.entries(modes).entries()) {
      const { read: message } = await paid(`TC9992051${index}`, { mode });
      assert.deepEqual(message, { kind: 'refused', why, reference: `TC9992051${index}` });
    }
    const changed = await paid('TC99920513', { mode: 'changedAmount' });
    assert(changed.read.kind === 'verified' && (changed.read.value as Fields)['amount'] === 151_000);
    const unknown = await paid('TC99920514', { mode: 'unknownReference' });
    assert(unknown.read.kind === 'verified');
    assert.equal((unknown.read.value as Fields)['reference'], 'TC99920514-KHAC');
  });

  it('8.7: any MaLoi but 00 is a verified "not confirmed"', async () => {
    const { read: message } = await paid('TC99920701', { mode: 'failed' });
    assert(message.kind === 'verified' && (message.value as Fields)['isPaid'] === false);
    for (const MaLoi of ['0', '01', '000', 'OK']) {
      const judged = read(sign({ MaLoi }));
      assert(judged.kind === 'verified' && !judged.value.isPaid && judged.value.code === MaLoi);
    }
  });

  it('8.5: an amount is an integer or its very text; other writings are malformed, though signed as they stand', () => {
    for (const SoTien of [150_000, '150000', 0, '0', 1.5e5])
      assert.equal(whyOf(sign({ SoTien })), 'verified', String(SoTien));
    const wrong = ['150000.0', '1.5e5', '+150000', '0150000', ' 150000', '150,000', '', '-1', '0x249F0'];
    for (const SoTien of [
      ...wrong,
      -1,
      -0,
      1.5,
      1e15,
      1e21,
      Number.NaN,
      true,
      null,
      [150_000],
      { amount: 1 },
    ])
      assert.equal(whyOf(sign({ SoTien })), 'malformed', String(SoTien));
    // A platform that signs what it writes as 150000.0 is not taken for one that signs 150000.
    const float = { ...sign({ SoTien: '150000.0' }), SoTien: JSON.parse('150000.0') as number };
    assert.equal(whyOf(float), 'wrong-checksum');
  });

  it('8.5: another message, time or shape is refused, and only a reference of ours is told of it', () => {
    assert.equal(whyOf(sign({ LoaiBanTin: 'INIT' })), 'wrong-type');
    for (const ThoiGianGD of ['20251323142005', '20250230142005', '20251123240000', '', '19990101000000'])
      assert.equal(whyOf(sign({ ThoiGianGD })), 'wrong-time', ThoiGianGD);
    for (const body of [undefined, null, 7, 'CONFIRM', [], [sign({})], {}, Object.create(sign({}))])
      assert.deepEqual(read(body), { kind: 'refused', why: 'malformed', reference: undefined });
    const told = (MaThamChieu: unknown) => read({ ...sign({}), MaThamChieu, MaXacThuc: 'x' });
    assert.deepEqual(told('Người Thử 999000000001'), {
      kind: 'refused',
      why: 'malformed',
      reference: undefined,
    });
    assert.deepEqual(told('TC9990000001'), {
      kind: 'refused',
      why: 'wrong-checksum',
      reference: 'TC9990000001',
    });
  });

  it('8.5: the members of the answer under its checksum, and their order, are configuration', () => {
    const answerFields = ['MaThamChieu', 'MaLoi'];
    const platform = createPaymentPlatformAdapter(parsePaymentPlatformSettings({ ...least, answerFields }));
    const answer = { isAccepted: false, words: 'Không xác nhận', reference: 'TC9990000001', at: afternoon };
    assert.deepEqual(platform.answerConfirmation(answer), {
      ...{ MaLoi: '99', MoTaLoi: 'Không xác nhận', MaDoiTac: partner, MaThamChieu: 'TC9990000001' },
      ...{ ThoiGianGD: '20251123141530', MaXacThuc: toHash(['TC9990000001', '99', secret]) },
    });
  });

  it('8.10: the look-up by MaHoSo is answered 1 with MaTraCuuTT, 0 or -1', async () => {
    const verdictOf = async (dossier: string) =>
      (await bench.control(bench.mock.billUrl, { dossier }))['verdict'];
    assert.equal(await verdictOf('H99.01-251123-0001'), 'payable');
    assert.equal(await verdictOf('H99.01-251123-NONE'), 'none');
    assert.equal(await verdictOf('999000000001'), 'error');
    const answer = {
      kind: 'payable',
      dossier: 'H99',
      amount: 7,
      reference: 'TC99900001',
      at: afternoon,
    } as const;
    assert.deepEqual(bench.platform.answerBillLookUp(answer), {
      ...{ error_code: 1, message: 'Có khoản phải nộp', MaHoSo: 'H99', MaTraCuuTT: 'H9920251123141530' },
      ...{ MaThamChieu: 'TC99900001', SoTien: '7' },
    });
  });

  it('8.10: where look-ups are signed, one without its proof is refused', () => {
    const billFields = ['MaDoiTac', 'MaHoSo', 'ThoiGianGD'];
    const signed = bench.open({ billFields });
    const bare = { MaDoiTac: partner, MaHoSo: 'H99', ThoiGianGD: '20251123142005' };
    const look = (body: unknown, by = signed) => {
      const message = by.readBillLookUp(body);
      return message.kind === 'refused' ? message.why : message.value.dossier;
    };
    const MaXacThuc = toHash([...Object.values(bare), secret]);
    assert.equal(look({ ...bare, MaXacThuc }), 'H99');
    assert.equal(look({ ...bare, MaHoSo: 'H98', MaXacThuc }), 'wrong-checksum');
    assert.equal(look({ ...bare, MaXacThuc: MaXacThuc.toUpperCase() }), 'wrong-checksum');
    assert.equal(look(bare), 'malformed');
    assert.equal(look({ MaHoSo: 'H99' }, bench.platform), 'H99');
    assert.equal(look({ MaHoSo: 'H99', MaDoiTac: 'KHAC' }, bench.platform), 'wrong-partner');
    for (const body of [{}, { MaHoSo: '999000001' }, { MaHoSo: 'có dấu' }, { MaHoSo: 7 }, undefined])
      assert.equal(look(body, bench.platform), 'malformed');
  });
});
