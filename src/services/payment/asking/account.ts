// Whether the account that a payment was made for is still the approved one: the receipt block is outside the checksum, so an
// account that was closed or changed meanwhile is never sent again. Source: payment-platform.md §8.13
import type { Pool } from 'pg';
import { Problem } from '../../../problem.ts';

/** Whether it stands as it stood when the demand was made. */
export async function isAccountInForce(pool: Pool, paymentId: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'payment-account-in-force',
    text: `SELECT FROM payment p JOIN beneficiary b ON b.code = p.beneficiary_code AND b.revision = p.beneficiary_revision
      WHERE p.id = $1 AND b.state = 'active'`,
    values: [paymentId],
  });
  return rowCount === 1;
}

/** @throws Problem beneficiary-changed */
export async function checkAccount(pool: Pool, paymentId: string): Promise<void> {
  if (await isAccountInForce(pool, paymentId)) return;
  throw new Problem('beneficiary-changed', {
    detail: {
      vi: 'Tài khoản thụ hưởng của khoản này đã bị đóng hoặc thay đổi: hủy khoản này rồi tạo khoản mới.',
      en: 'The account of this payment was closed or changed: cancel the payment and make a new one.',
    },
  });
}
