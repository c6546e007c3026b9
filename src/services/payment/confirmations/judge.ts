// What a verified confirmation means for a payment, and how it is answered. Pure. Source: payment-platform.md §8.5-8.8
import type { Confirmation } from '../../../../adapters/payment-platform/payment.ts';
import type { MessageDraft } from '../dependencies.ts';
import type { LedgerEvent } from '../ledger.ts';

const mostAmount = 9e15;
const isText = (text: string | undefined): boolean => text === undefined || /^[^\p{Cc}]{1,100}$/u.test(text);

/** Whether it can be written down as it is; nothing of it is cut. */
export const isStorable = ({ amount, transaction, at }: Confirmation): boolean =>
  Number.isSafeInteger(amount) &&
  amount >= 0 &&
  amount <= mostAmount &&
  isText(transaction) &&
  !Number.isNaN(at.getTime());

/** Whether it has the form of references that this hub makes. */
export const isReference = (reference: string): boolean => /^[A-Z0-9]{8,20}$/.test(reference);

/** Money in another currency is none of the amount that was asked for. */
const toVnd = ({ amount, currency }: Confirmation): number => (currency === 'VND' ? amount : 0);

/** What the ledger is asked. */
export const toEvent = (confirmation: Confirmation): LedgerEvent =>
  confirmation.isPaid
    ? { kind: 'confirmed', amount: toVnd(confirmation), transaction: confirmation.transaction }
    : { kind: 'not-confirmed' };

/** What is written of it. Only what says "paid" in VND can ever be evidence. */
export const toSaid = (
  confirmation: Confirmation,
): Pick<MessageDraft, 'outcome' | 'says' | 'code' | 'amount' | 'transaction' | 'saidAt'> => ({
  ...{ outcome: 'verified', amount: confirmation.amount, saidAt: confirmation.at },
  says: confirmation.isPaid ? (confirmation.currency === 'VND' ? 'paid' : 'unknown') : 'not-confirmed',
  ...(!confirmation.isPaid && { code: confirmation.code }),
  ...(confirmation.transaction !== undefined && { transaction: confirmation.transaction }),
});

/** MoTaLoi: for the platform's people, without anything that came in. */
export const answerWords = {
  accepted: 'Đã ghi nhận',
  person: 'Đã nhận, chờ người có thẩm quyền xử lý',
  unknown: 'Không có mã tham chiếu này, chờ người có thẩm quyền xử lý',
  refused: 'Thông điệp không hợp lệ',
} as const;
