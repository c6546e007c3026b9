// The payment platform's mock, an adapter to it and a gateway that hands what the platform sends to that adapter.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createPaymentPlatformAdapter,
  type PaymentCall,
  type PaymentDemand,
  type PaymentPlatform,
  parsePaymentPlatformSettings,
  type ReadMessage,
} from '../../../adapters/payment-platform/index.ts';
import type { PaymentPlatformMockConfig } from '../../../mocks/payment-platform/config.ts';
import { type PaymentPlatformMock, startPaymentPlatformMock } from '../../../mocks/payment-platform/mock.ts';

/** A message or an answer. */
export type Fields = Record<string, unknown>;

/** Of the reference's test vectors. §1.6, §2 */
export const partner = 'TEST-PARTNER';
export const secret = 'test-secret';
export const keyPay = { clientId: 'TEST-CLIENT', hashKey1: 'test-secret-1', hashKey2: 'test-secret-2' };

/** 14:15:30 in Viet Nam. */
export const afternoon = new Date('2025-11-23T07:15:30Z');

/** The least settings of the platform. */
export const least = { variant: 'platform', url: 'http://127.0.0.1:9/platform', partner, secret };

/** SHA-256 hex of texts joined by `|`, reckoned here. */
export const toHash = (texts: readonly unknown[]): string =>
  createHash('sha256').update(texts.join('|'), 'utf8').digest('hex');

/** A call on nobody's behalf. */
export const toCall = (signal: AbortSignal = AbortSignal.timeout(10_000)): PaymentCall => ({
  requestCode: 'test-exchange',
  signal,
});

/** The demand of the reference's test vectors; `more` replaces members. */
export function toDemand(more: Partial<PaymentDemand> = {}): PaymentDemand {
  return {
    reference: 'TC9990000001',
    amount: 150_000,
    text: 'Thanh toan le phi ho so H36.10-251123-0001',
    at: afternoon,
    dossier: 'H36.10-251123-0001',
    publicService: undefined,
    procedure: { code: '2.000488', name: 'Thủ tục thử nghiệm' },
    unit: { code: '000.00.01.H99', name: 'Đơn vị thử nghiệm' },
    lines: [
      { kind: 'phi', code: 'P1', name: 'Phí thử', amount: 100_000 },
      { kind: 'le-phi', code: 'L1', name: 'Lệ phí thử', amount: 50_000 },
    ],
    payer: {
      name: 'Người Thử',
      identityNumber: '999000000001',
      address: 'Số 1 đường Thử',
      province: 'Tỉnh Thử',
      ip: '192.0.2.10',
    },
    beneficiary: {
      account: '999000111',
      bankCode: 'TESTBANK',
      accountName: 'Kho bạc thử',
      treasury: undefined,
      budgetAccount: undefined,
    },
    fine: undefined,
    returnUrl: undefined,
    ...more,
  };
}

/** A running mock with adapters. */
export interface Bench {
  readonly mock: PaymentPlatformMock;
  readonly platform: PaymentPlatform;
  /** The mock's clock. */
  readonly at: () => Date;
  /** Another adapter, with settings over those of the bench. */
  open(more: Fields): PaymentPlatform;
  /** What the gateway was sent, and what the adapter read in it. */
  readonly received: { readonly body: Fields; readonly read: ReadMessage<unknown> }[];
  /** Adapter that reads the gateway's confirmations, which answers them. */
  reader: PaymentPlatform;
  /** Sends JSON to one of the mock's addresses for tests. */
  control(url: string, body?: object, method?: string): Promise<Fields>;
  /** A demand of its own at the platform; its reference. */
  create(reference: string, more?: Partial<PaymentDemand>): Promise<string>;
  /** Pays without a browser; the CONFIRM was answered when it resolves. */
  pay(reference: string, more?: Fields): Promise<Fields>;
  close(): Promise<void>;
}

type Answer = (bench: Bench, body: Fields) => object;

function note<T>(bench: Bench, body: Fields, read: ReadMessage<T>): ReadMessage<T> {
  bench.received.push({ body, read });
  return read;
}

/** What the gateway answers by its path: as the service would, without a ledger. */
const answers: Readonly<Record<string, Answer>> = {
  '/confirmations': (bench, body) => {
    const read = note(bench, body, bench.reader.readConfirmation(body));
    const isAccepted = read.kind === 'verified';
    const reference = isAccepted ? read.value.reference : (read.reference ?? '');
    return bench.reader.answerConfirmation({ isAccepted, words: 'Đã nhận', reference, at: bench.at() });
  },
  '/bill-look-ups': (bench, body) => {
    const { platform } = bench;
    const read = note(bench, body, bench.reader.readBillLookUp(body));
    const at = bench.at();
    if (read.kind === 'refused') return platform.answerBillLookUp({ kind: 'error', dossier: '', at });
    const { dossier } = read.value;
    return dossier.endsWith('-NONE')
      ? platform.answerBillLookUp({ kind: 'none', dossier, at })
      : platform.answerBillLookUp({ kind: 'payable', dossier, amount: 1_000, reference: 'TC99900001', at });
  },
};

/** A gateway on a free port; `bench` is asked for when a message comes. */
async function startGateway(bench: () => Bench) {
  const server = createServer(async (message, response) => {
    let text = '';
    for await (const chunk of message) text += String(chunk);
    const answer = answers[message.url ?? ''];
    if (!answer) response.writeHead(404).end();
    else response.end(JSON.stringify(answer(bench(), JSON.parse(text) as Fields)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url, close };
}

async function control(url: string, body?: object, method = 'POST'): Promise<Fields> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`the mock answers ${response.status}: ${text}`);
  return (text.startsWith('{') ? JSON.parse(text) : { text }) as Fields;
}

/** Starts a mock whose clock stands in the afternoon, and an adapter to it. */
export async function openBench(more: Partial<PaymentPlatformMockConfig> = {}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'payment-adapter-'));
  const gateway = await startGateway(() => bench);
  const mock = await startPaymentPlatformMock({
    ...{ partner, secret, controlKey: 'test-control-key', journalFile: join(folder, 'journal.ndjson') },
    ...{ nowIso: afternoon.toISOString(), confirmRetryMs: 50, confirmOrder: 'confirmFirst', keyPay },
    ...{ gatewayConfirmUrl: `${gateway.url}/confirmations`, gatewayBillUrl: `${gateway.url}/bill-look-ups` },
    returnUrl: 'http://127.0.0.1:9/ket-qua',
    ...more,
  });
  const opened: PaymentPlatform[] = [];
  const offsetMs = afternoon.getTime() - Date.now();
  const open = (over: Fields): PaymentPlatform => {
    const settings = { ...least, url: mock.url, reconciliationUrl: mock.reconciliationFileUrl, ...over };
    const now = (): number => Date.now() + offsetMs;
    opened.push(
      createPaymentPlatformAdapter(parsePaymentPlatformSettings({ callMs: 2_000, ...settings }), now),
    );
    return opened.at(-1) as PaymentPlatform;
  };
  const platform = open({});
  const bench: Bench = {
    ...{ mock, platform, reader: platform, open, control, received: [] },
    at: () => new Date(Date.now() + offsetMs),
    async create(reference, over = {}) {
      const demand = toDemand({ reference, at: bench.at(), ...over });
      const { value } = await platform.create(demand, toCall());
      if (value.kind !== 'url') throw new Error(`no address: ${value.code}`);
      return reference;
    },
    pay: (reference, over = {}) => control(mock.payUrl, { reference, outcome: 'success', ...over }),
    async close() {
      await Promise.all(opened.map((one) => one.close()));
      await mock.close();
      gateway.close();
      await rm(folder, { recursive: true });
    },
  };
  return bench;
}

/** Sets one fault at the mock for as long as `work` lasts. */
export async function withFault<T>(bench: Bench, fault: Fields, work: () => Promise<T>): Promise<T> {
  await control(bench.mock.faultUrl, fault, 'PUT');
  try {
    return await work();
  } finally {
    await control(bench.mock.faultUrl, undefined, 'DELETE');
  }
}
