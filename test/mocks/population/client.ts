// A small client of its own for the tests of the mock: writes requests by the reference, shares no code with an adapter.
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PopulationMockConfig } from '../../../mocks/population/config.ts';
import { type PopulationMock, startPopulationMock } from '../../../mocks/population/mock.ts';

/** An officer who may ask, and the account's words. */
export const officer = '999085000001';
export const user = 'lamdong-test';
export const secret = 'test-secret';
export const controlKey = 'test-control-key';

/** The fixed woman of the mock. */
export const woman = { number: '999190000002', name: 'NGUYỄN THỊ THỬ NGHIỆM', date: '19900215' };

/** A configuration with one of each: open and closed unit, unit without agency, officers of every kind. */
export function toConfig(
  journalFile: string,
  more: Partial<PopulationMockConfig> = {},
): PopulationMockConfig {
  return {
    account: { user, secret },
    controlKey,
    journalFile,
    unitCodes: [
      { code: 'TEST-DVC' },
      { code: 'TEST-CLOSED', to: '2025-06-30' },
      { code: 'TEST-ALONE', hasAgency: false },
    ],
    officers: [
      { number: officer, from: '2025-01-01' },
      { number: '999085000011', from: '2020-01-01', to: '2024-12-31' },
      { number: '999085000012', hasEmail: false },
      { number: '999085000013', unitCodes: ['TEST-OTHER'] },
    ],
    ...more,
  };
}

/** Runs with a mock on a throw-away journal; `restart` closes it and starts it again on the same journal. */
export async function withMock(
  run: (mock: PopulationMock, restart: () => Promise<PopulationMock>, journalFile: string) => Promise<void>,
  more: Partial<PopulationMockConfig> = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'population-mock-'));
  const journalFile = join(folder, 'journal.ndjson');
  const start = (): Promise<PopulationMock> => startPopulationMock(toConfig(journalFile, more));
  let mock = await start();
  const restart = async (): Promise<PopulationMock> => {
    await mock.close();
    mock = await start();
    return mock;
  };
  try {
    await run(mock, restart, journalFile);
  } finally {
    await mock.close();
    await rm(folder, { recursive: true });
  }
}

/** Fields in order; a nested list is a group. */
export type Fields = readonly (readonly [string, string | Fields])[];

function toXml(fields: Fields): string {
  return fields
    .map(([name, value]) => `<${name}>${typeof value === 'string' ? value : toXml(value)}</${name}>`)
    .join('');
}

/** A SOAP 1.1 envelope around the fields. */
export function toEnvelope(wrapper: string, namespace: string, fields: Fields): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">' +
    `<e:Body><d:${wrapper} xmlns:d="${namespace}">${toXml(fields)}</d:${wrapper}></e:Body></e:Envelope>`
  );
}

/** What a test may change in a look-up. An empty text leaves the field out. */
export interface Asked {
  readonly code?: string;
  readonly unitCode?: string;
  readonly service?: string;
  readonly officer?: string;
  readonly number?: string;
  readonly name?: string;
  readonly date?: string;
}

function present(fields: Fields): Fields {
  return fields.filter(([, value]) => value !== '');
}

/** The fields of a look-up, in the order of §3. */
export function toLookUpFields(asked: Asked = {}): Fields {
  const { number = woman.number, date = woman.date } = asked;
  return present([
    ['MaYeuCau', asked.code ?? randomUUID()],
    ['MaDVC', asked.unitCode ?? 'TEST-DVC'],
    ['MaTichHop', asked.service ?? '037'],
    ['MaCanBo', asked.officer ?? officer],
    [number.length === 9 ? 'SoCMND' : 'SoDinhDanh', number],
    ['HoVaTen', asked.name ?? woman.name],
    ['NgayThangNamSinh', [[date.length === 4 ? 'Nam' : 'NgayThangNam', date]]],
  ]);
}

/** A whole look-up. */
export function toLookUp(asked: Asked = {}): string {
  return toEnvelope('TraCuuThongTinCongDan', 'http://dancuquocgia.bca', toLookUpFields(asked));
}

/** A whole confirmation. */
export function toConfirmation(asked: Asked = {}): string {
  const { number = woman.number } = asked;
  return toEnvelope(
    'XacThucThongTinCongDanRequest',
    'http://dancuquocgia.bca',
    present([
      ['MaYeuCau', asked.code ?? randomUUID()],
      ['MaDichVu', asked.service ?? '033'],
      ['MaCanBo', asked.officer ?? officer],
      [number.length === 9 ? 'SoCMND' : 'SoDinhDanh', number],
      ['HoVaTen', asked.name ?? woman.name],
    ]),
  );
}

/** The headers of §4 for a moment, epoch milliseconds. */
export function toHeaders(url: string, timestamp: string, as = { user, secret }): Record<string, string> {
  const digest = createHash('sha256').update(`${url}${as.user}${timestamp}${as.secret}`).digest('hex');
  return {
    'Content-Type': 'application/xml; charset=utf-8',
    SOAPAction: '',
    Timestamp: timestamp,
    Authorization: `Basic ${Buffer.from(`${as.user}:${digest}`).toString('base64')}`,
  };
}

/** An answer as text. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** The `faultstring`, when it is a fault. */
  readonly fault: string | undefined;
}

/** Sends a body; headers are those of now unless given. */
export async function send(
  mock: PopulationMock,
  body: string,
  headers = toHeaders(mock.digestUrl, String(Date.now())),
  signal?: AbortSignal,
): Promise<Reply> {
  const answer = await fetch(mock.url, { method: 'POST', body, headers, ...(signal && { signal }) });
  const text = await answer.text();
  const fault = /<faultstring>([^<]+)/.exec(text)?.[1];
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text, fault };
}

/** Asks one of the addresses for tests. */
export async function control(url: string, method = 'GET', body?: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return answer.json();
}

/** A journal line as tests read it. */
export interface Line {
  readonly seq: number;
  readonly requestCode?: string;
  readonly unitCode?: string;
  readonly operation?: string;
  readonly outcome: string;
  readonly used: boolean;
  readonly person?: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The journal's first thousand lines. */
export async function readJournal(
  mock: PopulationMock,
  query = '',
): Promise<{ count: number; syncs: number; entries: readonly Line[]; next: number | null }> {
  const page: unknown = await control(`${mock.journalUrl}${query}`);
  // The mock's own answer, whose members each test asserts on.
  return page as { count: number; syncs: number; entries: readonly Line[]; next: number | null };
}

/** A test person as listed. */
export interface Listed {
  readonly number: string | null;
  readonly oldNumber: string | null;
  readonly fullName: string;
  readonly birthDate: string;
  readonly cases: readonly string[];
}

/** The first people of a case. */
export async function listPeople(mock: PopulationMock, name: string, limit = 5): Promise<readonly Listed[]> {
  const page: unknown = await control(`${mock.peopleUrl}?case=${name}&limit=${limit}`);
  // As above.
  return (page as { people: readonly Listed[] }).people;
}

/** Looks up a listed person with their own name and birth date. */
export function lookUp(mock: PopulationMock, person: Listed): Promise<Reply> {
  const number = person.number ?? person.oldNumber ?? '';
  return send(mock, toLookUp({ number, name: person.fullName, date: person.birthDate }));
}
