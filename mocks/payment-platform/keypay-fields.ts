// What KeyPay tells of a payment, at the user's return and to the gateway, under hash key 2. Source: payment-platform.md §2.
import { type Fields, hmac, join } from './checksum.ts';
import type { Settings } from './config.ts';
import type { Payment } from './ledger.ts';

/** The callback's fields; `status` 0 = success. */
export function toKeyPayReturn(payment: Payment, { keyPay }: Settings): Record<string, string> {
  const isPaid = payment.state === 'paid';
  const fields: Fields = {
    client_id: keyPay?.clientId ?? '',
    command: 'PAY',
    transaction_id: payment.reference,
    trans_amount: String(payment.amount),
    version: '3.0',
    status: isPaid ? '0' : '1',
    return_code: isPaid ? '0' : '1',
    return_msg: isPaid ? 'Giao dich thanh cong' : 'Giao dich khong thanh cong',
  };
  const check_sum = hmac(join(fields, keyPay?.callbackFields ?? []), keyPay?.hashKey2 ?? '');
  return Object.fromEntries(
    Object.entries({ ...fields, check_sum }).map(([name, value]) => [name, String(value)]),
  );
}
