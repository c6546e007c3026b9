// What every demand must be before a variant may write it: nothing is rounded, cut, filled in or guessed. Pure.
// Source: payment-platform.md §1.2, §5, §8.3
import { isIP } from 'node:net';
import type { SourceErrorParty } from '../adapter.ts';
import { ownReference } from './members.ts';
import type { PaymentDemand } from './payment.ts';
import { toUnmapped } from './refusals.ts';

const isVnd = (amount: number): boolean => Number.isSafeInteger(amount) && amount > 0;

/**
 * Checks reference, amounts and the payer's address.
 * @throws SourceError `unmapped` (party `caller`) that names the member
 */
export function checkDemand({ reference, amount, lines, payer }: PaymentDemand): void {
  if (!ownReference.test(reference)) throw toUnmapped('MaThamChieu', 'malformed', 'caller');
  if (!isVnd(amount)) throw toUnmapped('SoTien', 'no VND integer', 'caller');
  if (lines.length === 0 || !lines.every((line) => isVnd(line.amount)))
    throw toUnmapped('PhiLePhi.SoTien', 'no VND integer', 'caller');
  if (lines.reduce((sum, line) => sum + line.amount, 0) !== amount)
    throw toUnmapped('SoTien', 'not the sum of its lines', 'caller');
  if (isIP(payer.ip) === 0 || payer.ip.includes('%')) throw toUnmapped('Ip', 'malformed', 'caller');
}

/** Whatever would be another character, or none, at the other end. */
const unsayable = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * A text as it is sent: in NFC, whole or not at all. Lengths count characters.
 * @param party who can mend it
 * @throws SourceError `unmapped` that names the member
 */
export function toText(
  member: string,
  text: string,
  most: number,
  party: SourceErrorParty = 'caller',
): string {
  const sent = text.normalize('NFC');
  if ([...sent].length > most) throw toUnmapped(member, 'too long', party);
  if (unsayable.test(sent)) throw toUnmapped(member, 'malformed', party);
  return sent;
}

/** A text under a checksum that is joined by `|`, which it may therefore not hold. @throws SourceError `unmapped` */
export function toSignedText(member: string, text: string, most: number): string {
  const sent = toText(member, text, most);
  if (sent.trim() === '') throw toUnmapped(member, 'empty', 'caller');
  if (sent.includes('|')) throw toUnmapped(member, 'malformed', 'caller');
  return sent;
}
