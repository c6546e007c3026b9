// The settings that a test changes while the mock runs: gateway addresses, clock, how CONFIRM is sent, receipts, pending.
import type { Reader } from '../parts/reader.ts';

/** How a CONFIRM is made. The forged ones are sent once and not repeated. Source: payment-platform.md §7.5 */
export const confirmModes = {
  valid: { isForged: false, does: 'as the reference says' },
  twice: { isForged: false, does: 'sent again although it was accepted' },
  late: { isForged: false, does: 'sent after delayMs' },
  failed: { isForged: false, does: 'MaLoi 99' },
  none: { isForged: false, does: 'not sent at all' },
  badChecksum: { isForged: true, does: 'MaXacThuc of another secret' },
  changedAmount: { isForged: true, does: 'another SoTien, signed' },
  unknownReference: { isForged: true, does: 'a MaThamChieu that nobody gave, signed' },
  wrongPartner: { isForged: true, does: 'another MaDoiTac, signed' },
} as const;

/** The name of a CONFIRM mode. */
export type ConfirmMode = keyof typeof confirmModes;

/** Names of all CONFIRM modes. */
export const confirmModeNames = Object.keys(confirmModes).filter(
  (name): name is ConfirmMode => name in confirmModes,
);

/** How the CONFIRM of one payment goes. */
export interface ConfirmPlan {
  readonly mode: ConfirmMode;
  /** From the payment to the first CONFIRM, on the mock's clock. */
  readonly delayMs: number;
  /** `confirmFirst`: the user waits for its answer, where delayMs is 0; `returnFirst`: it is sent when the user was sent back. */
  readonly order: 'background' | 'confirmFirst' | 'returnFirst';
  /** How `SoTien` is written. */
  readonly amountForm: 'integer' | 'string';
}

/** What a test may change. */
export interface LiveSettings {
  /** Of the provider: `dpnhankqthanhtoanhs` and `dptracuuthanhtoanhs`. Undefined: nothing is sent. */
  readonly gatewayConfirmUrl: string | undefined;
  readonly gatewayBillUrl: string | undefined;
  /** Where KeyPay's callback goes; undefined: to `gatewayConfirmUrl`. */
  readonly gatewayKeyPayUrl: string | undefined;
  /** Where the user is sent back to, when INIT names no address. */
  readonly returnUrl: string | undefined;
  /** `plain`: MaLoi and UrlThanhToan; `wrapped`: error_code and message = JSON string. */
  readonly replyForm: 'plain' | 'wrapped';
  readonly receiptForm: 'url' | 'pdf';
  /** From the payment to its receipt. */
  readonly receiptDelayMs: number;
  readonly pendingMs: number;
  /** What a pending payment becomes after `pendingMs`. */
  readonly pendingBecomes: 'success' | 'fail';
  readonly confirmDelayMs: number;
  readonly confirmMode: ConfirmMode;
  readonly confirmOrder: ConfirmPlan['order'];
  readonly confirmAmount: ConfirmPlan['amountForm'];
  /** The mock's clock less the machine's. */
  readonly clockOffsetMs: number;
}

const mostMs = 30 * 86_400_000;
const address = /^https?:\/\//;

/** Its values stand for what a reader does not name. */
export const liveDefaults: LiveSettings = {
  gatewayConfirmUrl: undefined,
  gatewayBillUrl: undefined,
  gatewayKeyPayUrl: undefined,
  returnUrl: undefined,
  replyForm: 'plain',
  receiptForm: 'url',
  receiptDelayMs: 0,
  pendingMs: 60_000,
  pendingBecomes: 'success',
  confirmDelayMs: 0,
  confirmMode: 'valid',
  confirmOrder: 'background',
  confirmAmount: 'integer',
  clockOffsetMs: 0,
};

/** Reads the changeable settings; `before` stands for what is not named. The clock is read as `nowIso` elsewhere. */
export function parseLive(reader: Reader, before: LiveSettings = liveDefaults): LiveSettings {
  const whole = (key: 'receiptDelayMs' | 'pendingMs' | 'confirmDelayMs'): number =>
    reader.whole(key, { least: 0, most: mostMs, otherwise: before[key] });
  const link = (
    key: 'gatewayConfirmUrl' | 'gatewayBillUrl' | 'gatewayKeyPayUrl' | 'returnUrl',
  ): string | undefined => reader.optional(key, { match: address }) ?? before[key];
  return {
    gatewayConfirmUrl: link('gatewayConfirmUrl'),
    gatewayBillUrl: link('gatewayBillUrl'),
    gatewayKeyPayUrl: link('gatewayKeyPayUrl'),
    returnUrl: link('returnUrl'),
    replyForm: reader.choice('replyForm', ['plain', 'wrapped'], before.replyForm),
    receiptForm: reader.choice('receiptForm', ['url', 'pdf'], before.receiptForm),
    receiptDelayMs: whole('receiptDelayMs'),
    pendingMs: whole('pendingMs'),
    pendingBecomes: reader.choice('pendingBecomes', ['success', 'fail'], before.pendingBecomes),
    confirmDelayMs: whole('confirmDelayMs'),
    confirmMode: reader.choice('confirmMode', confirmModeNames, before.confirmMode),
    confirmOrder: reader.choice(
      'confirmOrder',
      ['background', 'confirmFirst', 'returnFirst'],
      before.confirmOrder,
    ),
    confirmAmount: reader.choice('confirmAmount', ['integer', 'string'], before.confirmAmount),
    clockOffsetMs: before.clockOffsetMs,
  };
}

/** Reads how one CONFIRM is to go; `live` stands for what is not named. `late` waits a second at least. */
export function parsePlan(reader: Reader, live: LiveSettings, mode: ConfirmMode): ConfirmPlan {
  const chosen = reader.choice('mode', confirmModeNames, mode);
  const delay = chosen === 'late' ? Math.max(1_000, live.confirmDelayMs) : live.confirmDelayMs;
  return {
    mode: chosen,
    delayMs: reader.whole('delayMs', { least: 0, most: mostMs, otherwise: delay }),
    order: reader.choice('order', ['background', 'confirmFirst', 'returnFirst'], live.confirmOrder),
    amountForm: reader.choice('amountForm', ['integer', 'string'], live.confirmAmount),
  };
}
