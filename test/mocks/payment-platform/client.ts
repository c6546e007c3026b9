// A provider of its own for the tests of the mock: signs by the reference, answers CONFIRM and the bill look-up over HTTP,
// shares no code with the mock or an adapter.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PaymentPlatformMockConfig } from '../../../mocks/payment-platform/config.ts';
import { type PaymentPlatformMock, startPaymentPlatformMock } from '../../../mocks/payment-platform/mock.ts';

/** A message or an answer. */
export type Fields = Record<string, unknown>;

/** Of the test vectors. */
export const partner = 'TEST-PARTNER';
export const secret = 'test-secret';

/** 14:15:30 in Viet Nam. */
export const afternoon = '2025-11-23T07:15:30Z';

/** SHA-256 of texts joined by `|`. */
export const toHash = (parts: readonly unknown[]): string =>
  createHash('sha256').update(parts.join('|')).digest('hex');

/** `yyyyMMddHHmmss` in Viet Nam; `hours` 12 writes it wrong on purpose. */
export function toStamp(ms: number, hours: 12 | 24 = 24): string {
  const text = new Date(ms + 7 * 3_600_000).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const hour = Number(text.slice(8, 10));
  const written = hours === 24 ? hour : hour % 12 || 12;
  return text.slice(0, 8) + String(written).padStart(2, '0') + text.slice(10);
}

/** A gateway: what it received, and how it answers. */
export interface Gateway {
  readonly confirmUrl: string;
  readonly billUrl: string;
  readonly confirms: Fields[];
  readonly bills: Fields[];
  /** The `Authorization` of each call. */
  readonly accounts: (string | undefined)[];
  /** Fields written over its answers to CONFIRM before they are signed; `status` is the HTTP status. */
  answer: Fields & { status?: number; secret?: string };
  bill: Fields;
  readonly close: () => Promise<void>;
}

/** Starts one that accepts every CONFIRM. */
export async function startGateway(): Promise<Gateway> {
  const server: Server = createServer(async (message, response) => {
    let text = '';
    for await (const chunk of message) text += String(chunk);
    const fields = JSON.parse(text) as Fields;
    gateway.accounts.push(message.headers.authorization);
    const isBill = message.url === '/dptracuuthanhtoanhs';
    (isBill ? gateway.bills : gateway.confirms).push(fields);
    const { status = 200, secret: key = secret, ...over } = gateway.answer;
    const answer: Fields = {
      ...('client_id' in fields && { return_code: '0' }),
      ...{ MaLoi: '00', MoTaLoi: 'OK', MaDoiTac: fields['MaDoiTac'], MaThamChieu: fields['MaThamChieu'] },
      ThoiGianGD: toStamp(Date.now()),
      ...over,
    };
    const MaXacThuc = toHash([...Object.values(answer), key]);
    response
      .writeHead(isBill ? 200 : status)
      .end(JSON.stringify(isBill ? gateway.bill : { ...answer, MaXacThuc }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const gateway: Gateway = {
    confirmUrl: `http://127.0.0.1:${port}/dpnhankqthanhtoanhs`,
    billUrl: `http://127.0.0.1:${port}/dptracuuthanhtoanhs`,
    ...{ confirms: [], bills: [], accounts: [], answer: {}, bill: { error_code: 0 } },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return gateway;
}

/** A mock with the clock in the afternoon of a day, and how it is talked to. */
export interface Bench {
  mock: PaymentPlatformMock;
  readonly gateway: Gateway;
  readonly config: PaymentPlatformMockConfig;
  /** The mock's clock. */
  readonly now: () => number;
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts the mock and a gateway for it. */
export async function startBench(more: Partial<PaymentPlatformMockConfig> = {}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'payment-mock-'));
  const gateway = await startGateway();
  const offsetMs = Date.parse(more.nowIso ?? afternoon) - Date.now();
  const config: PaymentPlatformMockConfig = {
    ...{ partner, secret, controlKey: 'test-control-key', journalFile: join(folder, 'journal.ndjson') },
    ...{ nowIso: afternoon, confirmRetryMs: 5, confirmTimeoutMs: 500, slowMs: 20 },
    ...{ gatewayConfirmUrl: gateway.confirmUrl, gatewayBillUrl: gateway.billUrl },
    returnUrl: 'http://127.0.0.1:9/ket-qua?kenh=dvc',
    ...more,
  };
  const bench: Bench = {
    mock: await startPaymentPlatformMock(config),
    ...{ gateway, config, now: () => Date.now() + offsetMs },
    restart: async () => {
      await bench.mock.close();
      bench.mock = await startPaymentPlatformMock(config);
    },
    close: async () => {
      await Promise.all([bench.mock.close(), gateway.close()]);
      await rm(folder, { recursive: true });
    },
  };
  return bench;
}

const initNames = [
  ...['LoaiBanTin', 'PhienBan', 'MaDoiTac', 'MaThamChieu', 'SoTien', 'LoaiHinhThanhToan'],
  ...['MaKenhThanhToan', 'MaThietBi', 'NgonNgu', 'MaTienTe', 'MaNganHang', 'ThongTinGiaoDich'],
  ...['ThoiGianGD', 'Ip'],
];

/** A signed INIT of 150,000 VND in two lines; `over` is written in before it is signed. */
export function toInit(bench: Bench, reference: string, over: Fields = {}): Fields {
  const fields: Fields = {
    ...{ LoaiBanTin: 'INIT', PhienBan: '1.0.6', MaDoiTac: partner, MaThamChieu: reference, SoTien: '150000' },
    ...{ LoaiHinhThanhToan: 'PAY', MaKenhThanhToan: '1', MaThietBi: '1', NgonNgu: 'vi-VN', MaTienTe: 'VND' },
    ...{ MaNganHang: 'PAYMENT', ThongTinGiaoDich: 'Thanh toán lệ phí hồ sơ H36.10-251123-0001' },
    ...{ ThoiGianGD: toStamp(bench.now()), Ip: '192.0.2.10' },
    ThongTinBienLai: {
      ...{ MaDichVu: '2', MaHoSo: 'H36.10-251123-0001', TKThuHuong: '999000111', MaNHThuHuong: 'TESTBANK' },
      ...{ HoTenNguoiNop: 'Người Thử', SoCMNDNguoiNop: '999000000001', DiaChiNguoiNop: 'Số 1 đường Thử' },
      PhiLePhi: [
        { LoaiPhiLePhi: '1', MaPhiLePhi: 'P1', TenPhiLePhi: 'Phí thử', SoTien: '100000' },
        { LoaiPhiLePhi: '2', MaPhiLePhi: 'L1', TenPhiLePhi: 'Lệ phí thử', SoTien: '50000' },
      ],
    },
    ...over,
  };
  return { MaXacThuc: toHash([...initNames.map((name) => fields[name]), secret]), ...fields };
}

/** A signed QUERY, GET_BILL, CANCEL or REFUND. */
export function toAbout(
  bench: Bench,
  message: string,
  reference: string,
  stamp = toStamp(bench.now()),
): Fields {
  const fields = {
    ...{ LoaiBanTin: message, PhienBan: '1.0.6', MaDoiTac: partner, MaThamChieu: reference },
    ThoiGianGD: stamp,
  };
  return { ...fields, MaXacThuc: toHash([...Object.values(fields), secret]) };
}

/** Sends JSON and reads JSON. */
export async function send(
  url: string,
  body?: object,
  method = 'POST',
): Promise<Fields & { status: number }> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  const json = (text.startsWith('{') ? JSON.parse(text) : { text }) as Fields;
  return { ...json, status: response.status };
}

/** Asks for a payment; its page. */
export async function init(bench: Bench, reference: string, over: Fields = {}): Promise<string> {
  const { UrlThanhToan } = await send(bench.mock.url, toInit(bench, reference, over));
  return String(UrlThanhToan);
}

/** Asks about a payment. */
export const ask = (bench: Bench, message: string, reference: string): Promise<Fields> =>
  send(bench.mock.url, toAbout(bench, message, reference));

/** Pays without a browser. */
export const pay = (bench: Bench, reference: string, more: Fields = {}): Promise<Fields> =>
  send(bench.mock.payUrl, { reference, ...more });

/** One row of a payment. */
export interface Row extends Fields {
  readonly state: string;
  readonly taken: number;
  readonly confirms: readonly Fields[];
  readonly order: readonly string[];
}

/** What the journal says of a payment. */
export async function row(bench: Bench, reference: string): Promise<Row> {
  const { entries } = await send(
    `${bench.mock.journalUrl}?view=payments&reference=${reference}`,
    undefined,
    'GET',
  );
  return (entries as Row[])[0] as Row;
}

/** Lines of the journal. */
export async function lines(bench: Bench): Promise<readonly Fields[]> {
  return (await send(bench.mock.journalUrl, undefined, 'GET'))['entries'] as Fields[];
}

/** Waits until a question is answered by true; at most three seconds. */
export async function until(question: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = Date.now() + 3_000;
  while (!(await question())) {
    if (Date.now() > endMs) throw new Error('it never came true');
    await sleep(5);
  }
}
