// A small client of its own for the tests of the mock: writes calls by the reference, shares no code with an adapter.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortalMockConfig } from '../../../mocks/portal/config.ts';
import { type PortalMock, startPortalMock } from '../../../mocks/portal/mock.ts';

/** The account and the words of the tests. */
export const account = { username: 'lamdong-test', password: 'test-password' };
export const dstcode = 'VN:GOV:000.00.00.G99:dvcqg';
export const controlKey = 'test-control-key';
export const unit = 'H99.10';

/** What a face answers, as tests read it. */
export interface Reply {
  readonly error_code: number | string;
  readonly message?: string;
  readonly session?: string;
  readonly total?: number;
  readonly result?: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** A mock on a throw-away journal, and the ways to speak with it. */
export interface Portal {
  mock: PortalMock;
  readonly journalFile: string;
  /** Generation A with the session of the start. */
  readonly integrate: (service: string, input?: Json) => Promise<Reply>;
  readonly share: (service: string, input?: Json) => Promise<Reply>;
  readonly create: (...data: readonly Json[]) => Promise<Reply>;
  readonly update: (...data: readonly Json[]) => Promise<Reply>;
  readonly progress: (...data: readonly Json[]) => Promise<Reply>;
  readonly setFault: (...faults: readonly Json[]) => Promise<unknown>;
  /** What is held of a dossier. */
  readonly held: (code: string) => Promise<Json>;
  /** Closes the mock and starts it again on the same journal. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** POSTs JSON and reads JSON. */
export async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  // The mock's own answer, whose members each test asserts on.
  return (await answer.json()) as Reply;
}

/** Asks one of the addresses for tests. */
export async function control(url: string, method = 'GET', body?: unknown): Promise<Json> {
  const answer = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  // As above.
  return (await answer.json()) as Json;
}

/** Logs in. */
export const login = (mock: PortalMock, as: object = account, headers = { dstcode }): Promise<Reply> =>
  post(mock.authUrl, as, headers);

/** Starts a mock; what is not given is as the tests need it. */
export async function openPortal(more: Partial<PortalMockConfig> = {}): Promise<Portal> {
  const folder = await mkdtemp(join(tmpdir(), 'portal-mock-'));
  const journalFile = join(folder, 'journal.ndjson');
  const start = () =>
    startPortalMock({ accounts: [account], dstcode, controlKey, journalFile, agencies: 120, ...more });
  const mock = await start();
  const session = (await login(mock)).session ?? '';
  const call = (url: string, service: string, input: Json): Promise<Reply> =>
    post(url, { session, madonvi: unit, service, ...input });
  const integrate: Portal['integrate'] = (service, input = {}) =>
    call(portal.mock.integrationUrl, service, input);
  const portal: Portal = {
    ...{ mock, journalFile, integrate },
    share: (service, input = {}) => call(portal.mock.shareUrl, service, input),
    create: (...data) => integrate('DongBoHoSoMC', { isUpdating: 'False', data }),
    update: (...data) => integrate('DongBoHoSoMC', { isUpdating: 'True', data }),
    progress: (...data) => integrate('CapNhatTienDoHoSoMC', { data }),
    setFault: (...faults) => control(portal.mock.faultUrl, 'PUT', { faults }),
    held: (code) => control(`${portal.mock.dossiersUrl}?code=${code}`),
    restart: async () => {
      await portal.mock.close();
      portal.mock = await start();
    },
    close: async () => {
      await portal.mock.close();
      await rm(folder, { recursive: true });
    },
  };
  return portal;
}

let serial = 0;

/** A code of form 2 that no other test of the file uses. */
export function nextCode(): string {
  serial += 1;
  return `H99.10-251123-${String(serial).padStart(4, '0')}`;
}

/** A dossier with all that is required. */
export const toDossier = (more: Json = {}) => ({
  MaHoSo: nextCode(),
  MaTTHC: '1.900002',
  TenTTHC: 'Thủ tục thử nghiệm',
  ChuHoSo: 'Nguyễn Văn Thử',
  LoaiDoiTuong: '1',
  NgayTiepNhan: '20251123080000',
  TrangThaiHoSo: '2',
  ...more,
});

/** A progress line of a dossier. */
export const toLine = (code: string, more: Json = {}) => ({
  MaHoSo: code,
  NguoiXuLy: 'Cán Bộ Thử',
  ChucDanh: 'Chuyên viên',
  ThoiDiemXuLy: '20251123093000',
  PhongBanXuLy: 'Bộ phận Một cửa',
  NoiDungXuLy: 'Tiếp nhận hồ sơ',
  TrangThai: '2',
  ...more,
});

/** `error_code` of each record of an answer. */
export const toCodes = ({ result }: Reply): readonly unknown[] =>
  Array.isArray(result) ? result.map((row: { error_code?: unknown }) => row.error_code) : [];
