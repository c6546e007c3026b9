// What a demand must be before anything of it is kept: nothing is rounded, cut, filled in or guessed. Pure.
// Source: payment-platform.md §1.2, §5, §8.3
import { BlockList, isIP } from 'node:net';
import type { components } from '../../../../openapi/types/payment.v1.ts';
import type { ProblemPlace } from '../../../problem.ts';
import type { PaymentRules } from '../dependencies.ts';

/** A demand as the contract has it. */
export type NewPayment = components['schemas']['NewPayment'];

const leastMs = 60_000;
const hourMs = 3_600_000;

/** Nobody pays from these: they are a server's own. §5 */
const ofServers = new BlockList();
ofServers.addSubnet('127.0.0.0', 8, 'ipv4');
ofServers.addSubnet('0.0.0.0', 8, 'ipv4');
ofServers.addAddress('::1', 'ipv6');
ofServers.addAddress('::', 'ipv6');

const place = (where: string, vi: string, en: string): ProblemPlace => ({ where: `/body/${where}`, vi, en });

function checkSum({ lines, amount }: NewPayment): readonly ProblemPlace[] {
  if (lines.reduce((sum, line) => sum + line.amount, 0) === amount) return [];
  return [place('amount', 'phải bằng tổng các dòng', 'must be the sum of the lines')];
}

function checkExpiry(
  { expiresAt }: NewPayment,
  { expiryHours }: Pick<PaymentRules, 'expiryHours'>,
  now: Date,
): readonly ProblemPlace[] {
  const leftMs = Date.parse(expiresAt) - now.getTime();
  if (leftMs >= leastMs && leftMs <= expiryHours * hourMs) return [];
  return [
    place(
      'expiresAt',
      `phải từ 1 phút đến ${expiryHours} giờ kể từ bây giờ`,
      `must lie between 1 minute and ${expiryHours} hours from now`,
    ),
  ];
}

function checkPayer({ payer: { ip, identityNumber } }: NewPayment): readonly ProblemPlace[] {
  const family = isIP(ip);
  const isPayers = family !== 0 && !ofServers.check(ip, family === 4 ? 'ipv4' : 'ipv6');
  const isNone = identityNumber !== undefined && /^0+$/.test(identityNumber);
  return [
    ...(isPayers
      ? []
      : [
          place(
            'payer/ip',
            'phải là địa chỉ IP của người nộp, không phải của máy chủ',
            'must be the payer’s IP address, not a server’s',
          ),
        ]),
    ...(isNone
      ? [
          place(
            'payer/identityNumber',
            'không có số thì để trống, không điền số giả',
            'is left out where there is none, never filled in',
          ),
        ]
      : []),
  ];
}

function checkFine({ kind, fine }: NewPayment): readonly ProblemPlace[] {
  if (kind === 'fine' && !fine)
    return [place('fine', 'cần có khi kind là fine', 'is needed where kind is fine')];
  if (kind === 'fee' && fine) return [place('fine', 'chỉ có khi kind là fine', 'is only for the kind fine')];
  return [];
}

function checkTexts({ text, returnUrl }: NewPayment): readonly ProblemPlace[] {
  const isAddress = returnUrl === undefined || URL.canParse(returnUrl);
  return [
    ...(text.includes('|') ? [place('text', 'không được có ký tự |', 'must not hold the character |')] : []),
    ...(isAddress ? [] : [place('returnUrl', 'phải là một địa chỉ https', 'must be an https address')]),
  ];
}

/** Everything about a demand that does not fit, at once; empty: it fits. */
export const checkDemand = (
  demand: NewPayment,
  rules: Pick<PaymentRules, 'expiryHours'>,
  now: Date,
): readonly ProblemPlace[] => [
  ...checkSum(demand),
  ...checkExpiry(demand, rules, now),
  ...checkPayer(demand),
  ...checkFine(demand),
  ...checkTexts(demand),
];
