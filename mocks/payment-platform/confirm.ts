// CONFIRM: composes it, sends it to the gateway, judges the answer, repeats what was not accepted.
// Source: payment-platform.md §1.3, §7.5, §7.13.
import { isFields } from './answer.ts';
import { type Fields, hmac, isSame, join, sha256, signedFields, toChecksum } from './checksum.ts';
import { toStamp } from './clock.ts';
import type { Settings } from './config.ts';
import { postToGateway } from './gateway.ts';
import type { Verdict } from './journal.ts';
import { toKeyPayReturn } from './keypay-fields.ts';
import type { Payment } from './ledger.ts';
import { type ConfirmMode, confirmModes } from './live.ts';
import type { Parts } from './parts.ts';

/** What the gateway answered. */
export interface ConfirmAnswer {
  readonly verdict: Verdict;
  readonly httpStatus?: number;
  readonly body?: unknown;
}

/** Sends CONFIRMs. */
export interface Confirmer {
  /** Sends the next one that a payment is owed, and resolves when it was answered; further ones follow by themselves. */
  readonly sendNext: (reference: string) => Promise<void>;
  /** Sends it after a time on the mock's clock. */
  readonly sendLater: (reference: string, delayMs: number) => void;
  /** Sends these fields once, as they are. */
  readonly sendOrdered: (reference: string, fields: Fields) => Promise<ConfirmAnswer>;
  /** Takes up what every payment is still owed. */
  readonly resume: () => void;
}

/** The fields of a payment's CONFIRM, spoiled by a mode. */
export function toConfirm(payment: Payment, mode: ConfirmMode, settings: Settings): Fields {
  const amount = mode === 'changedAmount' ? payment.amount + 1_000 : payment.amount;
  const isFailed = mode === 'failed' || payment.state === 'failed';
  const fields = {
    LoaiBanTin: 'CONFIRM',
    MaLoi: isFailed ? '99' : '00',
    MaDoiTac: mode === 'wrongPartner' ? `${settings.partner}-KHAC` : settings.partner,
    MaThamChieu: mode === 'unknownReference' ? `${payment.reference}-KHAC` : payment.reference,
    SoTien: payment.plan?.amountForm === 'string' ? String(amount) : amount,
    MaTienTe: 'VND',
    MaGiaoDich: payment.transaction ?? '',
    MaNganHang: settings.bank,
    ThoiGianGD: toStamp(payment.paidAtMs ?? 0),
    ThongTinGiaoDich: payment.text,
  };
  const secret = mode === 'badChecksum' ? `${settings.secret}-khac` : settings.secret;
  return { ...fields, MaXacThuc: toChecksum(fields, signedFields.CONFIRM, secret) };
}

/** A KeyPay callback; of the ways to spoil one it knows `badChecksum`. */
function toCallback(payment: Payment, mode: ConfirmMode, settings: Settings): Fields {
  const fields = toKeyPayReturn(payment, settings);
  if (mode === 'badChecksum') return { ...fields, check_sum: hmac(join(fields, ['status']), 'khac') };
  return fields;
}

/** Whether a CONFIRM is due for a payment. */
function isOwed({ plan, state, face, confirms }: Payment, { confirmAttempts }: Settings): boolean {
  if (plan === undefined || plan.mode === 'none' || (face !== 'platform' && face !== 'keypay')) return false;
  if (!['paid', 'failed', 'refunded'].includes(state)) return false;
  const sent = confirms.filter(({ mode }) => mode !== 'ordered');
  const accepted = sent.filter(({ verdict }) => verdict === 'accepted').length;
  const most = confirmModes[plan.mode].isForged ? 1 : confirmAttempts;
  return sent.length < most && accepted < (plan.mode === 'twice' ? 2 : 1);
}

/** KeyPay's answer has no checksum that is known. */
const isCallback = (sent: Fields): boolean => 'client_id' in sent;

function judge(status: number, body: unknown, sent: Fields, settings: Settings): Verdict {
  if (status !== 200) return 'httpStatus';
  if (!isFields(body)) return 'unreadable';
  if (isCallback(sent)) return /^00?$/.test(String(body['return_code'])) ? 'accepted' : 'refused';
  if (!isSame(body['MaXacThuc'], toChecksum(body, settings.answerFields, settings.secret)))
    return 'badSignature';
  if (body['MaDoiTac'] !== sent['MaDoiTac'] || body['MaThamChieu'] !== sent['MaThamChieu'])
    return 'otherPayment';
  return body['MaLoi'] === '00' ? 'accepted' : 'refused';
}

async function post(
  sent: Fields,
  parts: Pick<Parts, 'settings' | 'signal' | 'live'>,
): Promise<ConfirmAnswer> {
  const { gatewayConfirmUrl, gatewayKeyPayUrl } = parts.live();
  const url = isCallback(sent) ? (gatewayKeyPayUrl ?? gatewayConfirmUrl) : gatewayConfirmUrl;
  const reply = await postToGateway(url, sent, parts);
  if (reply === undefined) return { verdict: 'noAnswer' };
  return { verdict: judge(reply.httpStatus, reply.body, sent, parts.settings), ...reply };
}

/** Sends one, with its two lines of the journal. */
async function sendOne(
  reference: string,
  mode: ConfirmMode | 'ordered',
  fields: Fields,
  parts: Omit<Parts, 'confirmer'>,
): Promise<ConfirmAnswer> {
  const { journal, ledger, locks, signal } = parts;
  const digest = sha256(JSON.stringify(fields));
  const attempt = await locks.run(`confirm ${reference}`, async () => {
    const number = (ledger.find(reference)?.confirms.length ?? 0) + 1;
    await journal.append({ event: 'confirmSent', reference, attempt: number, mode, sha256: digest });
    return number;
  });
  const startedMs = performance.now();
  const answer = await post(fields, parts);
  const ms = Math.round(performance.now() - startedMs);
  const { verdict, httpStatus, body } = answer;
  const code = isFields(body) ? body['MaLoi'] : undefined;
  const told = {
    ...(typeof code === 'string' && { code: code.slice(0, 10) }),
    ...(httpStatus !== undefined && { httpStatus }),
  };
  // What was cut off by the end of the mock was not answered: it is owed after the next start.
  if (!signal.aborted)
    await journal.append({ event: 'confirmAnswered', reference, attempt, verdict, ...told, ms });
  return answer;
}

function hasAddress({ face }: Payment, { live }: Pick<Parts, 'live'>): boolean {
  const { gatewayConfirmUrl, gatewayKeyPayUrl } = live();
  return gatewayConfirmUrl !== undefined || (face === 'keypay' && gatewayKeyPayUrl !== undefined);
}

/** Makes the confirmer; `toParts` is asked when something is sent. */
export function createConfirmer(toParts: () => Omit<Parts, 'confirmer'>): Confirmer {
  const waiting = new Set<string>();

  const sendNext = async (reference: string): Promise<void> => {
    const parts = toParts();
    const { ledger, settings, signal } = parts;
    const payment = ledger.find(reference);
    if (payment?.plan === undefined || !hasAddress(payment, parts) || !isOwed(payment, settings)) return;
    const { mode } = payment.plan;
    const toFields = payment.face === 'keypay' ? toCallback : toConfirm;
    const { verdict } = await sendOne(reference, mode, toFields(payment, mode, settings), parts);
    const before = payment.confirms.length - 1;
    const pauseMs = verdict === 'accepted' ? 0 : settings.confirmRetryMs * 2 ** Math.min(before, 16);
    if (!signal.aborted && isOwed(payment, settings)) sendLater(reference, pauseMs);
  };
  const sendLater = (reference: string, delayMs: number): void => {
    const { schedule } = toParts();
    if (waiting.has(reference)) return;
    waiting.add(reference);
    schedule.at(schedule.nowMs() + delayMs, async () => {
      waiting.delete(reference);
      await sendNext(reference);
    });
  };
  return {
    sendNext,
    sendLater,
    sendOrdered: (reference, fields) => sendOne(reference, 'ordered', fields, toParts()),
    resume: () => {
      const { ledger, settings, schedule } = toParts();
      for (const payment of ledger.all().filter((one) => isOwed(one, settings))) {
        const dueMs = (payment.paidAtMs ?? 0) + (payment.plan?.delayMs ?? 0);
        sendLater(payment.reference, Math.max(0, dueMs - schedule.nowMs()));
      }
    },
  };
}
