// Of confirmations that somebody forged or altered none is taken, and every one that the platform signed is. Pure and seeded
// by fast-check; the true ones are signed here, not by the adapter.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import {
  createPaymentPlatformAdapter,
  type PaymentPlatform,
  parsePaymentPlatformSettings,
} from '../../../adapters/payment-platform/index.ts';
import { type Fields, keyPay, least, partner, secret, toHash } from './support.ts';

const platform = createPaymentPlatformAdapter(parsePaymentPlatformSettings(least));
const older = createPaymentPlatformAdapter(
  parsePaymentPlatformSettings({ variant: 'keypay', url: least.url, ...keyPay }),
);
after(() => Promise.all([platform.close(), older.close()]));

const names = [
  ...['LoaiBanTin', 'MaLoi', 'MaDoiTac', 'MaThamChieu', 'SoTien', 'MaTienTe', 'MaGiaoDich', 'MaNganHang'],
  ...['ThoiGianGD', 'ThongTinGiaoDich'],
];
const callbackNames = ['client_id', 'command', 'status', 'trans_amount', 'transaction_id', 'version'];

const reference = fc.stringMatching(/^[A-Z0-9]{8,20}$/);
const amount = fc.integer({ min: 0, max: 999_999_999_999_999 });
const stamp = fc
  .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2090-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().replaceAll(/\D/g, '').slice(0, 14));

const sign = (fields: Fields): Fields => ({
  ...fields,
  MaXacThuc: toHash([...names.map((name) => fields[name]), secret]),
});

/** What the platform may say, signed. */
const confirmation: fc.Arbitrary<Fields> = fc
  .record({
    LoaiBanTin: fc.constant('CONFIRM'),
    MaLoi: fc.constantFrom('00', '99', '01'),
    MaDoiTac: fc.constant(partner),
    MaThamChieu: reference,
    SoTien: fc.oneof(amount, amount.map(String)),
    MaTienTe: fc.constant('VND'),
    MaGiaoDich: fc.stringMatching(/^[A-Z0-9]{0,20}$/),
    MaNganHang: fc.constantFrom('TESTBANK', 'BANK-2', ''),
    ThoiGianGD: stamp,
    ThongTinGiaoDich: fc.string({ unit: 'grapheme', maxLength: 100 }),
  })
  .map(sign);

/** The older variant's, signed. */
const callback: fc.Arbitrary<Fields> = fc
  .record({
    client_id: fc.constant(keyPay.clientId),
    command: fc.constant('PAY'),
    status: fc.constantFrom('0', '1', 0, 1),
    trans_amount: fc.oneof(amount, amount.map(String)),
    transaction_id: reference,
    version: fc.constant('3.0'),
  })
  .map((fields: Fields) => {
    const text = callbackNames.map((name) => fields[name]).join('|');
    return { ...fields, check_sum: createHmac('sha256', keyPay.hashKey2).update(text).digest('hex') };
  });

/** Letters of other scripts that look like ours. */
const lookAlikes: Readonly<Record<string, string>> = {
  '0': 'О',
  '1': 'l',
  C: 'С',
  T: 'Т',
  B: 'В',
  a: 'а',
  V: 'Ѵ',
};

/** Ways to write a value wrong. */
const spoilers: readonly ((value: unknown) => unknown)[] = [
  (value) => `${value} `,
  (value) => ` ${value}`,
  (value) => `${value}\u0000`,
  (value) => `${value}\ud800`,
  (value) => `${value}|`,
  (value) => `${value}${value}`,
  (value) => String(value).slice(1),
  (value) => `${value}0`,
  (value) => String(value).toUpperCase(),
  (value) => String(value).toLowerCase(),
  (value) => String(value).replaceAll(/[01CTBaV]/g, (letter) => lookAlikes[letter] ?? letter),
  (value) => `\u200b${value}`,
  (value) => String(value).normalize('NFD'),
  (value) => Number(value) + 1,
  (value) => (typeof value === 'number' ? value + 0.5 : `${value}.0`),
  (value) => [value],
  (value) => ({ value }),
  () => null,
  () => true,
  () => '',
  () => Number.NaN,
];

type Forge = (message: Fields, other: Fields, name: string, spoil: (value: unknown) => unknown) => unknown;

/** Everything that is done to a message on its way; none of it knows the secret. */
function toForgeries(signed: readonly string[], proof: string, key: string): Readonly<Record<string, Forge>> {
  const next = (name: string): string => signed[(signed.indexOf(name) + 1) % signed.length] ?? '';
  return {
    spoiled: (message, _other, name, spoil) => ({ ...message, [name]: spoil(message[name]) }),
    replaced: (message, other, name) => ({ ...message, [name]: other[name] }),
    dropped: (message, _other, name) =>
      Object.fromEntries(Object.entries(message).filter(([one]) => one !== name)),
    swapped: (message, _other, name) => ({
      ...message,
      [name]: message[next(name)],
      [next(name)]: message[name],
    }),
    shifted: (message, _other, name) => ({
      ...message,
      [name]: `${message[name]}|${message[next(name)]}`,
      [next(name)]: '',
    }),
    proofless: ({ [proof]: _proof, ...rest }) => rest,
    inherited: (message) => Object.create(message) as object,
    doubled: (message, other, name) => {
      // The second of two members is the one that a parser keeps.
      const text = JSON.stringify(message);
      return JSON.parse(
        `${text.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(other[name] ?? null)}}`,
      );
    },
    unsigned: (message) => ({ ...message, [proof]: toHash(signed.map((name) => message[name])) }),
    reordered: (message) => ({
      ...message,
      [proof]: toHash([...signed.toReversed().map((name) => message[name]), secret]),
    }),
    secretFirst: (message) => ({
      ...message,
      [proof]: toHash([secret, ...signed.map((name) => message[name])]),
    }),
    otherKey: (message) => ({ ...message, [proof]: toHash([...signed.map((name) => message[name]), key]) }),
    wrongProof: (message, _other, _name, spoil) => ({ ...message, [proof]: spoil(message[proof]) }),
  };
}

/** Whether two messages say the same, member by member as texts: then nothing was forged. */
const isSameMessage = (one: unknown, other: Fields, all: readonly string[]): boolean =>
  all.every((name) => {
    const given = Object.hasOwn(Object(one), name) ? (one as Fields)[name] : undefined;
    return (
      typeof given !== 'object' &&
      typeof given !== 'boolean' &&
      given !== undefined &&
      String(given) === String(other[name])
    );
  });

function checkForgeries(
  by: PaymentPlatform,
  message: fc.Arbitrary<Fields>,
  signed: readonly string[],
  proof: string,
): number {
  const forgeries = toForgeries(signed, proof, 'test-secret-of-another');
  const all = [...signed, proof];
  let forged = 0;
  fc.assert(
    fc.property(
      ...([message, message, fc.constantFrom(...Object.keys(forgeries))] as const),
      ...([fc.constantFrom(...signed), fc.constantFrom(...spoilers)] as const),
      (true_, other, way, name, spoil) => {
        const body = forgeries[way]?.(true_, other, name, spoil);
        if (isSameMessage(body, true_, all)) return;
        forged += 1;
        assert.equal(by.readConfirmation(body).kind, 'refused', way);
      },
    ),
    { numRuns: 8_000 },
  );
  return forged;
}

function checkTrue(by: PaymentPlatform, message: fc.Arbitrary<Fields>, amountName: string): void {
  fc.assert(
    fc.property(message, fc.boolean(), (fields, isReversed) => {
      // The order of members in JSON says nothing, and what is not signed is not looked at.
      const entries = Object.entries({ ...fields, TruongMoi: { x: 1 } });
      const body: unknown = JSON.parse(
        JSON.stringify(Object.fromEntries(isReversed ? entries.reverse() : entries)),
      );
      const read = by.readConfirmation(body);
      assert(read.kind === 'verified');
      assert.equal(read.value.amount, Number(fields[amountName]));
    }),
    { numRuns: 1_500 },
  );
}

describe('Forged confirmations', () => {
  it('8.5: of 8,000 altered CONFIRMs none is taken', () => {
    assert.ok(checkForgeries(platform, confirmation, names, 'MaXacThuc') > 6_000);
  });

  it('8.5: every CONFIRM that the platform signed is taken', () =>
    checkTrue(platform, confirmation, 'SoTien'));

  it('8.12: of 8,000 altered KeyPay callbacks none is taken', () => {
    assert.ok(checkForgeries(older, callback, callbackNames, 'check_sum') > 6_000);
  });

  it('8.12: every callback under hash key 2 is taken', () => checkTrue(older, callback, 'trans_amount'));

  it('8.5: a `|` moved from one member to the next does not make another message of the same proof', () => {
    const text = 'GD1|TESTBANK|20251123142005|x';
    const fields = {
      LoaiBanTin: 'CONFIRM',
      MaLoi: '00',
      MaDoiTac: partner,
      MaThamChieu: 'TC9990000001',
      SoTien: 1,
      MaTienTe: 'VND',
    };
    const true_ = sign({
      ...fields,
      MaGiaoDich: 'GD0',
      MaNganHang: 'B',
      ThoiGianGD: '20251123142005',
      ThongTinGiaoDich: text,
    });
    assert.equal(platform.readConfirmation(true_).kind, 'verified');
    const moved = {
      ...true_,
      MaGiaoDich: 'GD0|B|20251123142005|GD1',
      MaNganHang: 'TESTBANK',
      ThongTinGiaoDich: 'x',
    };
    assert.equal(toHash([...names.map((name) => (moved as Fields)[name]), secret]), true_['MaXacThuc']);
    assert.equal(platform.readConfirmation(moved).kind, 'refused');
  });

  it('8.5: half of a character does not pass for the character that it becomes under the proof', () => {
    const [good] = fc.sample(confirmation, { numRuns: 1, seed: 1 });
    const true_ = sign({ ...good, ThongTinGiaoDich: 'Lệ phí \ufffd' });
    assert.equal(platform.readConfirmation(true_).kind, 'verified');
    const halved: Fields = { ...true_, ThongTinGiaoDich: 'Lệ phí \ud800' };
    assert.equal(toHash([...names.map((name) => halved[name]), secret]), true_['MaXacThuc']);
    assert.equal(platform.readConfirmation(halved).kind, 'refused');
  });
});
