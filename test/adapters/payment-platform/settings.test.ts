// The configuration of the payment platform: defaults, and all mistakes in one message without a value.
import assert from 'node:assert/strict';
import { parsePaymentPlatformSettings } from '../../../adapters/payment-platform/index.ts';
import { keyPay, least } from './support.ts';

const mistakesOf = (json: unknown): string => {
  try {
    parsePaymentPlatformSettings(json);
  } catch (error) {
    return String(error);
  }
  return '';
};

describe('Payment platform settings', () => {
  it('8.12: what the reference leaves open has its default, in both variants', () => {
    const settings = parsePaymentPlatformSettings(least);
    assert(settings.variant === 'platform');
    assert.deepEqual(settings.answerFields, ['MaLoi', 'MoTaLoi', 'MaDoiTac', 'MaThamChieu', 'ThoiGianGD']);
    assert.deepEqual(
      [settings.version, settings.replyForm, settings.district],
      ['1.0.6', 'plain', { kind: 'empty' }],
    );
    const older = parsePaymentPlatformSettings({ variant: 'keypay', url: least.url, ...keyPay });
    assert(older.variant === 'keypay' && older.callbackFields.includes('status'));
  });

  it('8.13: gives all mistakes in one message, and never a value', () => {
    const wrong = {
      ...least,
      variant: 'platform',
      url: 'ftp://bí-mật',
      partner: 'bí mật',
      secret: ' bí mật ',
      hashKey1: 'bí mật',
    };
    const said = mistakesOf({
      ...wrong,
      replyForm: 'xml',
      answerFields: ['MaLoi', 'MaLoi'],
      district: { kind: 'fixed' },
    });
    for (const name of [
      'url',
      'partner',
      'secret',
      'hashKey1',
      'replyForm',
      'answerFields',
      'district.value',
    ])
      assert.ok(said.includes(`payment-platform.${name} `), name);
    assert.doesNotMatch(said, /mật|ftp|xml/);
  });

  it('8.5: a check that leaves out what it has to cover is a mistake', () => {
    const lacking = {
      variant: 'keypay',
      url: least.url,
      ...keyPay,
      callbackFields: ['client_id', 'trans_amount'],
    };
    assert.match(mistakesOf(lacking), /callbackFields lacks status.*callbackFields lacks transaction_id/);
    assert.match(mistakesOf({ ...least, billFields: ['MaDoiTac'] }), /billFields lacks MaHoSo/);
    assert.match(mistakesOf({ ...least, answerFields: ['MaXacThuc'] }), /answerFields names each of/);
  });

  it('8.11: columns that a row cannot do without must be named', () => {
    const reconciliation = { columns: { transaction: 'MaGiaoDich' } };
    assert.match(
      mistakesOf({ ...least, reconciliation }),
      /columns\.reference is missing.*columns\.amount is missing/,
    );
  });
});
