// What the settings say of payments: rules over defaults, and which platforms there are.
import assert from 'node:assert/strict';
import { connectPayment } from '../../../src/services/payment/connect.ts';
import { defaultPaymentRules, parsePaymentRules } from '../../../src/services/payment/rules.ts';

const platform = { url: 'http://127.0.0.1:1/x', partner: 'TEST-PARTNER', secret: 'test-secret' };
const keypay = {
  ...{ variant: 'keypay', url: 'http://127.0.0.1:1/k', clientId: 'TEST-CLIENT' },
  ...{ hashKey1: 'test-secret-1', hashKey2: 'test-secret-2' },
};
const connect = (sources: object, rules?: object) =>
  connectPayment({ sources: { ...sources }, limits: rules ? { 'payment.v1': rules } : {} });

describe('The settings of payments', () => {
  it('stand over defaults, member by member', () => {
    assert.deepEqual(parsePaymentRules(undefined), defaultPaymentRules);
    assert.deepEqual(parsePaymentRules({ expiryHours: 24 }), { ...defaultPaymentRules, expiryHours: 24 });
  });

  it('are refused with the name of every member that is unknown or does not fit', () => {
    const wrong = { expiryHours: 0, queryMinutes: [], receiptMinutes: [1.5], variant: 'paygov', toString: 1 };
    assert.throws(() => parsePaymentRules(wrong), {
      message: /expiryHours, queryMinutes, receiptMinutes, variant, toString not known or not fit/,
    });
    for (const json of [null, [], 'x']) assert.throws(() => parsePaymentRules(json), /must be an object/);
  });

  it('connect no platform, one, or the older variant beside it', async () => {
    const opened = [
      connect({}),
      connect({ 'payment-platform': platform }),
      connect({ 'payment-platform': keypay }, { variant: 'keypay' }),
      connect({ 'payment-platform': platform, keypay }),
    ];
    const variants = opened.map(({ platforms }) => Object.keys(platforms).sort());
    assert.deepEqual(variants, [[], ['payment-platform'], ['keypay'], ['keypay', 'payment-platform']]);
    for (const { platforms } of opened) for (const one of Object.values(platforms)) await one.close();
  });

  it('do not name a variant that is not there, or one twice', () => {
    assert.throws(() => connect({ 'payment-platform': keypay }), /no source is of the variant/);
    assert.throws(() => connect({ 'payment-platform': platform, keypay: platform }), /of one variant/);
    assert.throws(() => connect({ 'payment-platform': { url: 'x' } }), /payment-platform/);
  });
});
