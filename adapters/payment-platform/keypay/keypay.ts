// The older variant behind the same port: it can be asked for an address to pay at, and tells of money by its callback; for
// anything else the reference states no message. Source: payment-platform.md §2, §8.12
import { answerBillLookUp } from '../bill.ts';
import { createPaymentClient, toUnasked } from '../client.ts';
import type { PaymentPlatform } from '../payment.ts';
import { toUnsupported } from '../refusals.ts';
import { answerCallback, readCallback } from './callback.ts';
import { toKeyPayOutcome, toPaymentRequest, toRequestBody } from './request.ts';
import type { KeyPaySettings } from './settings.ts';

/** Opens it; nothing is connected until the first call. `now` gives epoch milliseconds. */
export function createKeyPay(settings: KeyPaySettings, now: () => number): PaymentPlatform {
  const client = createPaymentClient([settings.url], settings);
  return {
    variant: 'keypay',
    can: { query: false, receipt: false, reconcile: false },
    async create(demand, call) {
      const body = toRequestBody(toPaymentRequest(demand, settings), settings);
      const answer = await client.send({ url: settings.url, ...body }, call);
      return { value: toKeyPayOutcome(answer, settings), trace: answer.trace };
    },
    async query() {
      throw toUnsupported('query');
    },
    async receipt() {
      throw toUnsupported('receipt');
    },
    async cancel(_reference, _at, call) {
      return { value: { kind: 'unsupported' }, trace: toUnasked(call) };
    },
    readConfirmation: (body) => readCallback(body, settings, new Date(now())),
    answerConfirmation: answerCallback,
    readBillLookUp: () => ({ kind: 'refused', why: 'wrong-type', reference: undefined }),
    answerBillLookUp,
    fetchReconciliation() {
      throw toUnsupported('reconciliation');
    },
    close: () => client.close(),
  };
}
