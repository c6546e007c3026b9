// PayGov's return parameters and its checksum, which begins with the secret. Source: payment-platform.md §3.
import { type Fields, sha256 } from './checksum.ts';
import { toStamp } from './clock.ts';
import type { Settings } from './config.ts';
import type { Payment } from './ledger.ts';

/** SHA-256 of the secret followed by the fields, without a separator [assumed]. */
export function toPayGovChecksum(fields: Fields, names: readonly string[], secret: string): string {
  return sha256(secret + names.map((name) => String(fields[name] ?? '')).join(''));
}

/** `amount, orderId, orderInfo, requestCode, transactionNo, payDate, errorCode, paygate, type, checksum`. */
export function toPayGovReturn(payment: Payment, { payGov, bank }: Settings): Record<string, string> {
  const fields: Record<string, string> = {
    amount: String(payment.amount),
    orderId: payment.reference,
    orderInfo: payment.text,
    requestCode: payment.token,
    transactionNo: payment.transaction ?? '',
    payDate: toStamp(payment.paidAtMs ?? 0),
    errorCode: payment.state === 'paid' ? '00' : '99',
    paygate: bank,
    type: '1',
  };
  const checksum = toPayGovChecksum(fields, payGov?.returnFields ?? [], payGov?.secret ?? '');
  return { ...fields, checksum };
}
