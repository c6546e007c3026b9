// What makes a row of the platform alone the same exception, whenever it comes again.
import type { PaymentVariant, ReconciliationRow } from '../../../../adapters/payment-platform/payment.ts';

/** At most 250 characters. */
export const toTheirKey = (
  variant: PaymentVariant,
  row: Pick<ReconciliationRow, 'reference' | 'transaction' | 'status' | 'amount'>,
): string => [variant, row.reference, row.transaction ?? '', row.status, row.amount].join(' ');
