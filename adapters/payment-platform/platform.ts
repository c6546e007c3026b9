// The platform of the national portal behind the port: one request a call, its members as the reference writes them.
// Source: payment-platform.md §1
import { answerBillLookUp, readBillLookUp } from './bill.ts';
import { createPaymentClient, toUnasked } from './client.ts';
import { answerConfirmation, readConfirmation } from './confirmation.ts';
import { toCreateOutcome, toInit } from './init.ts';
import type { PaymentCall, PaymentPlatform } from './payment.ts';
import { checkAbout, toAbout, toQueryOutcome } from './query.ts';
import { toReceiptOutcome } from './receipt.ts';
import { createReconciliationRows } from './reconciliation.ts';
import { toUnsupported } from './refusals.ts';
import { type Reply, readReply } from './reply.ts';
import type { PlatformSettings } from './settings.ts';

/** Opens it; nothing is connected until the first call. `now` gives epoch milliseconds. */
export function createPortalPlatform(settings: PlatformSettings, now: () => number): PaymentPlatform {
  const { url, reconciliation, cancelType, replyForm } = settings;
  const client = createPaymentClient([url, ...(reconciliation ? [reconciliation.url] : [])], settings);
  const toRequest = (message: object) => ({ url, body: Buffer.from(JSON.stringify(message), 'utf8') });

  async function ask(message: object, call: PaymentCall): Promise<Reply> {
    return readReply(await client.send(toRequest(message), call), replyForm);
  }

  async function askAbout(type: string, reference: string, at: Date, call: PaymentCall): Promise<Reply> {
    const reply = await ask(toAbout(type, reference, at, settings), call);
    checkAbout(reply, reference, settings);
    return reply;
  }

  return {
    variant: 'payment-platform',
    can: { query: true, receipt: true, reconcile: reconciliation !== undefined },
    async create(demand, call) {
      const reply = await ask(toInit(demand, settings), call);
      checkAbout(reply, demand.reference, settings);
      return { value: toCreateOutcome(reply), trace: reply.trace };
    },
    async query(reference, at, call) {
      const reply = await askAbout('QUERY', reference, at, call);
      return { value: toQueryOutcome(reply), trace: reply.trace };
    },
    async receipt(reference, at, call) {
      const request = toRequest(toAbout('GET_BILL', reference, at, settings));
      const answer = await client.send({ ...request, answerBytes: settings.receiptBytes }, call);
      return { value: toReceiptOutcome(answer, reference, settings), trace: answer.trace };
    },
    async cancel(reference, at, call) {
      if (cancelType === undefined) return { value: { kind: 'unsupported' }, trace: toUnasked(call) };
      const { code, trace } = await askAbout(cancelType, reference, at, call);
      return { value: { kind: code === '00' ? 'done' : 'refused' }, trace };
    },
    readConfirmation: (body) => readConfirmation(body, settings),
    answerConfirmation: (answer) => answerConfirmation(answer, settings),
    readBillLookUp: (body) => readBillLookUp(body, settings),
    answerBillLookUp,
    fetchReconciliation(day, call) {
      if (reconciliation === undefined) throw toUnsupported('reconciliation');
      return createReconciliationRows(client, reconciliation, settings, day, call, now);
    },
    close: () => client.close(),
  };
}
