// The configuration of the mock of the payment platform: its type, its defaults and its check.
// What the reference marks unknown, [inferred] or [assumed] is a setting here, never a constant elsewhere.
import { createReader, type Reader } from '../parts/reader.ts';
import { type LiveSettings, parseLive } from './live.ts';

/** The older KeyPay face: HMAC with one key for requests and another for callbacks. Source: payment-platform.md §2 */
export interface KeyPay {
  readonly clientId: string;
  readonly hashKey1: string;
  readonly hashKey2: string;
  /** Fields under the callback's check, in order (not stated). */
  readonly callbackFields: readonly string[];
}

/** The PayGov face. Source: payment-platform.md §3 */
export interface PayGov {
  readonly partnerCode: string;
  readonly accessKey: string;
  readonly secret: string;
  /** How INIT tells the address: `urlPaygate`, or `data.url`. */
  readonly urlForm: 'urlPaygate' | 'data.url';
  /** Fields behind the secret in the checksum of the receipt call, and of the return (not stated). */
  readonly receiptFields: readonly string[];
  readonly returnFields: readonly string[];
}

/** The bank-side face of 2026. Source: payment-platform.md §4 */
export interface BankFace {
  /** Of `x-request-signature`, HMAC-SHA256 hex over the body [assumed]. */
  readonly secret: string;
}

/** The configuration with every default filled in. */
export interface Settings {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  readonly path: string;
  readonly partner: string;
  readonly secret: string;
  /** `PhienBan`. */
  readonly version: string;
  /** Fields of the provider's CONFIRM answer under its checksum, in order; the secret is joined behind them [inferred]. */
  readonly answerFields: readonly string[];
  /** Half of the window around the mock's clock in which a `ThoiGianGD` is taken. */
  readonly skewMs: number;
  /** What QUERY says of a payment that nobody has tried yet: unknown, 3 [assumed]. */
  readonly untriedState: '1' | '3' | '4';
  /** `TrangThaiGD` as a text or as a number. */
  readonly stateForm: 'string' | 'number';
  /** The member of INIT that may name the address to return to; outside the checksum [assumed]. */
  readonly returnField: string;
  /** How long the page's slow button holds the browser. */
  readonly slowMs: number;
  /** `MaNganHang` of CONFIRM and of the reconciliation file. */
  readonly bank: string;
  /** Most CONFIRMs for one payment, the pause after the first (it doubles), and the time-out of one. */
  readonly confirmAttempts: number;
  readonly confirmRetryMs: number;
  readonly confirmTimeoutMs: number;
  /** HTTP Basic of every call to the gateway, which may ask for it; undefined: none. */
  readonly gatewayAccount: { readonly user: string; readonly secret: string } | undefined;
  /** The bill look-up carries MaDoiTac, ThoiGianGD and MaXacThuc too (not stated). */
  readonly billSigned: boolean;
  readonly reconciliationPath: string;
  readonly reconciliationForm: 'text' | 'base64';
  /** Whether the file must be asked for with a checksum [assumed]. */
  readonly reconciliationSigned: boolean;
  /** Hands out the file of a day that has not ended. */
  readonly reconciliationEarly: boolean;
  readonly keyPay: KeyPay | undefined;
  readonly payGov: PayGov | undefined;
  readonly bankFace: BankFace | undefined;
  readonly controlKey: string;
  readonly journalFile: string;
  readonly seed: number;
  /** The clock at the start; undefined = the machine's. */
  readonly nowIso: string | undefined;
  /** At the start; `settingsUrl` changes them. */
  readonly live: LiveSettings;
}

/** The configuration as written: everything but the required parts has a default. */
export type PaymentPlatformMockConfig = Partial<Omit<Settings, 'live' | 'keyPay' | 'payGov'>> &
  Pick<Settings, 'partner' | 'secret' | 'controlKey' | 'journalFile'> &
  Partial<Omit<LiveSettings, 'clockOffsetMs'>> & {
    readonly keyPay?: Partial<KeyPay>;
    readonly payGov?: Partial<PayGov>;
  };

const path = /^(\/[\w-]+)+$/;
const answerFields = ['MaLoi', 'MoTaLoi', 'MaDoiTac', 'MaThamChieu', 'ThoiGianGD'];

function parseKeyPay(reader: Reader): KeyPay {
  return {
    clientId: reader.text('clientId'),
    hashKey1: reader.text('hashKey1'),
    hashKey2: reader.text('hashKey2'),
    callbackFields: reader.texts('callbackFields', [
      ...['client_id', 'command', 'status', 'trans_amount', 'transaction_id', 'version'],
    ]),
  };
}

function parsePayGov(reader: Reader): PayGov {
  return {
    partnerCode: reader.text('partnerCode'),
    accessKey: reader.text('accessKey'),
    secret: reader.text('secret'),
    urlForm: reader.choice('urlForm', ['urlPaygate', 'data.url'], 'urlPaygate'),
    receiptFields: reader.texts('receiptFields', [
      ...['partnerCode', 'accessKey', 'paids', 'otherInfo', 'decisionDate'],
    ]),
    returnFields: reader.texts('returnFields', [
      ...['amount', 'orderId', 'requestCode', 'transactionNo', 'payDate', 'errorCode'],
    ]),
  };
}

function parseAccount(reader: Reader): NonNullable<Settings['gatewayAccount']> {
  return { user: reader.text('user', { match: /^[^:\s]{1,100}$/ }), secret: reader.text('secret') };
}

function parseFaces(reader: Reader): Pick<Settings, 'keyPay' | 'payGov' | 'bankFace'> {
  return {
    keyPay: reader.has('keyPay') ? parseKeyPay(reader.child('keyPay')) : undefined,
    payGov: reader.has('payGov') ? parsePayGov(reader.child('payGov')) : undefined,
    bankFace: reader.has('bankFace') ? { secret: reader.child('bankFace').text('secret') } : undefined,
  };
}

type ConfirmSettings = Pick<
  Settings,
  'bank' | 'confirmAttempts' | 'confirmRetryMs' | 'confirmTimeoutMs' | 'answerFields'
>;

function parseConfirming(reader: Reader): ConfirmSettings {
  const whole = (key: string, otherwise: number, least: number, most: number) =>
    reader.whole(key, { least, most, otherwise });
  return {
    answerFields: reader.texts('answerFields', answerFields),
    bank: reader.text('bank', { match: /^[\w-]{1,30}$/, otherwise: 'TESTBANK' }),
    confirmAttempts: whole('confirmAttempts', 5, 1, 100),
    confirmRetryMs: whole('confirmRetryMs', 30_000, 1, 86_400_000),
    confirmTimeoutMs: whole('confirmTimeoutMs', 15_000, 10, 120_000),
  };
}

type ReconciliationSettings = Pick<
  Settings,
  'reconciliationPath' | 'reconciliationForm' | 'reconciliationSigned' | 'reconciliationEarly'
>;

function parseReconciliation(reader: Reader): ReconciliationSettings {
  return {
    reconciliationPath: reader.text('reconciliationPath', { match: path, otherwise: '/doi-soat' }),
    reconciliationForm: reader.choice('reconciliationForm', ['text', 'base64'], 'text'),
    reconciliationSigned: reader.flag('reconciliationSigned', true),
    reconciliationEarly: reader.flag('reconciliationEarly', false),
  };
}

/**
 * Checks a configuration and fills in its defaults.
 * @throws Error with every mistake in one message; no value is repeated
 */
export function parseSettings(json: unknown): Settings {
  const mistakes: string[] = [];
  const reader = createReader(json, 'config', mistakes);
  const whole = (key: string, otherwise: number, least: number, most: number) =>
    reader.whole(key, { least, most, otherwise });
  const settings: Settings = {
    host: reader.choice('host', ['127.0.0.1', '::1', 'localhost'], '127.0.0.1'),
    port: whole('port', 0, 0, 65_535),
    path: reader.text('path', { match: path, otherwise: '/payment-platform' }),
    partner: reader.text('partner', { match: /^[\w.-]{1,60}$/ }),
    secret: reader.text('secret'),
    version: reader.text('version', { match: /^[\d.]{1,10}$/, otherwise: '1.0.6' }),
    skewMs: whole('skewMs', 900_000, 1_000, 86_400_000),
    untriedState: reader.choice('untriedState', ['1', '3', '4'], '3'),
    stateForm: reader.choice('stateForm', ['string', 'number'], 'string'),
    returnField: reader.text('returnField', { match: /^\w{1,40}$/, otherwise: 'UrlTraVe' }),
    slowMs: whole('slowMs', 5_000, 0, 600_000),
    ...parseConfirming(reader),
    gatewayAccount: reader.has('gatewayAccount') ? parseAccount(reader.child('gatewayAccount')) : undefined,
    billSigned: reader.flag('billSigned', false),
    ...parseReconciliation(reader),
    ...parseFaces(reader),
    controlKey: reader.text('controlKey', { match: /^[\w-]{8,200}$/ }),
    journalFile: reader.text('journalFile'),
    seed: whole('seed', 1, 0, 0xffff_ffff),
    nowIso: reader.optional('nowIso', { match: /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/ }),
    live: parseLive(reader),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(`payment platform mock: ${mistakes.join('; ')}`);
  return settings;
}
