// A small client of its own for the tests of the mock: signs and writes by the reference, shares no code with an adapter.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentAxisMockConfig } from '../../../mocks/document-axis/config.ts';
import { type DocumentAxisMock, startDocumentAxisMock } from '../../../mocks/document-axis/mock.ts';

/** Whoever speaks to the axis. */
export interface Who {
  readonly systemId: string;
  readonly secret: string;
}

/** The centre of the province, and a system of units outside. */
export const centre: Who = { systemId: '00.99.W00', secret: 'test-secret' };
export const outside: Who = { systemId: 'vxp.saas.01', secret: 'other-test-secret' };

/** A configuration with both. */
export function toConfig(folder: string, more: Partial<DocumentAxisMockConfig> = {}): DocumentAxisMockConfig {
  return {
    folder,
    controlKey: 'test-control-key',
    systems: [
      {
        ...centre,
        codes: ['000.00.01.H99', '000.00.02.H99', '000.00.03.H99', 'H99.03'],
        xRoadClient: 'CS/GOV/H99/HUB',
      },
      { ...outside, codes: ['G99.*', 'H98.*'] },
    ],
    units: [
      { code: 'H99.21', oldCode: '000.00.21.H99' },
      { code: 'H99.66', locked: true },
    ],
    ...more,
  };
}

/** Runs with a mock in a throw-away folder; `restart` closes it and starts it again there. */
export async function withMock(
  run: (mock: DocumentAxisMock, restart: () => Promise<DocumentAxisMock>, folder: string) => Promise<void>,
  more: Partial<DocumentAxisMockConfig> = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'axis-mock-'));
  const start = (): Promise<DocumentAxisMock> => startDocumentAxisMock(toConfig(folder, more));
  let mock = await start();
  const restart = async (): Promise<DocumentAxisMock> => {
    await mock.close();
    mock = await start();
    return mock;
  };
  try {
    await run(mock, restart, folder);
  } finally {
    await mock.close();
    await rm(folder, { recursive: true });
  }
}

/** SHA-256 in lower-case hex. */
export const toHash = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Signed headers of a call. */
export function sign(
  { systemId, secret }: Who,
  parameters: Readonly<Record<string, string>>,
  isPrefixed = false,
): Record<string, string> {
  const all = { systemid: systemId, timestamp: '23112025T141530+0042', ...parameters };
  const prefixed = Object.fromEntries(Object.entries(all).map(([name, text]) => [`XroadVnpt-${name}`, text]));
  const literal = JSON.stringify(prefixed);
  return {
    ...prefixed,
    'XroadVnpt-sign-header-key': Object.keys(isPrefixed ? prefixed : all).join(';'),
    'XroadVnpt-sign-header': literal,
    'XroadVnpt-hash-header': createHmac('sha256', secret).update(literal).digest('hex'),
    'XroadVnpt-version': '3.0.201608',
  };
}

/** An answer as text, with what JSON is in it. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
  readonly rows: readonly Record<string, string>[];
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Reads an answer whole. */
export async function toReply(response: Response): Promise<Reply> {
  const text = await response.text();
  const json = parse(text);
  const rows = Array.isArray(json['data']) ? (json['data'] as Record<string, string>[]) : [];
  return { status: response.status, text, json, rows };
}

/** Calls an operation of the adapter. */
export async function call(
  mock: DocumentAxisMock,
  who: Who,
  operation: string,
  parameters: Readonly<Record<string, string>> = {},
  body: string | Buffer = '{}',
): Promise<Reply> {
  const isGet = operation === 'downloadEdoc';
  return toReply(
    await fetch(`${mock.url}/${operation}`, {
      method: isGet ? 'GET' : 'POST',
      headers: sign(who, parameters),
      ...(!isGet && { body }),
    }),
  );
}

/** Sends a message, with the line end that clients put behind it. */
export function send(
  mock: DocumentAxisMock,
  who: Who,
  from: string,
  message: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const parameters = {
    from,
    servicetype: 'eDoc',
    messagetype: 'edoc',
    'hash-file': toHash(message),
    ...more,
  };
  return call(mock, who, 'sendEdoc', parameters, `${message}\r\n`);
}

/** What waits for a system. */
export async function list(
  mock: DocumentAxisMock,
  who: Who,
  messagetype = 'edoc',
  more: Readonly<Record<string, string>> = {},
): Promise<readonly Record<string, string>[]> {
  const reply = await call(
    mock,
    who,
    'getReceivedEdocList',
    { servicetype: 'eDoc', messagetype, ...more },
    '',
  );
  assert.equal(reply.json['status'], 'OK', reply.text);
  return reply.rows;
}

/** The bytes of a queue item. */
export async function get(mock: DocumentAxisMock, who: Who, docId = ''): Promise<string> {
  const reply = await call(mock, who, 'getEdoc', { docId, filePath: 'C:\\kho' });
  return Buffer.from(String(reply.json['data']), 'base64').toString('utf8');
}

const uri = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';
const open = `<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="${uri}">\n <edXML:edXMLEnvelope xmlns:edXML="${uri}"><edXML:edXMLHeader>`;

/** A document by §1.8. */
export function toDocument(
  from: string,
  to: readonly string[],
  number = '12',
  payload = 'JVBERi0xLjQK',
): string {
  const receivers = to.map((code) => `<edXML:To><edXML:OrganId>${code}</edXML:OrganId></edXML:To>`).join('');
  const attachment = `<Attachment><ContentId>cid:a</ContentId><AttachmentName>vb.pdf</AttachmentName><ContentType>application/pdf</ContentType><edXML:ContentTransferEncoded xmlns:edXML="${uri}">${payload}</edXML:ContentTransferEncoded></Attachment>`;
  return (
    `${open}<edXML:MessageHeader><edXML:From><edXML:OrganId>${from}</edXML:OrganId><edXML:OrganName>Sở Thử</edXML:OrganName></edXML:From>${receivers}` +
    `<edXML:DocumentId>${from},2025/11/20,${number}/VP-TH</edXML:DocumentId><edXML:PromulgationInfo><edXML:PromulgationDate>2025/11/20</edXML:PromulgationDate></edXML:PromulgationInfo></edXML:MessageHeader>` +
    `<edXML:TraceHeaderList><edXML:TraceHeader><edXML:OrganId>${from}</edXML:OrganId><edXML:Timestamp>2025/11/20 14:15:30</edXML:Timestamp></edXML:TraceHeader>` +
    `<edXML:Bussiness><edXML:BussinessDocType>0</edXML:BussinessDocType></edXML:Bussiness></edXML:TraceHeaderList></edXML:edXMLHeader>` +
    `</edXML:edXMLEnvelope><AttachmentEncoded>${attachment}</AttachmentEncoded></edXML>`
  );
}

/** A status by §2.1. */
export function toStatus(from: string, to: string, documentId: string, code = '03'): string {
  return (
    `${open}<edXML:MessageHeader><edXML:From><edXML:OrganId>${from}</edXML:OrganId></edXML:From>` +
    `<edXML:ResponseFor><edXML:OrganId>${to}</edXML:OrganId><edXML:DocumentId>${documentId}</edXML:DocumentId></edXML:ResponseFor>` +
    `<edXML:StatusCode>${code}</edXML:StatusCode></edXML:MessageHeader></edXML:edXMLHeader></edXML:edXMLEnvelope></edXML>`
  );
}

/** A control address. */
export async function control(url: string, method = 'GET', body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  return parse(await response.text());
}

/** What the journal says, by lines or by items. */
export async function journal(
  mock: DocumentAxisMock,
  query = '',
): Promise<readonly Record<string, unknown>[]> {
  const { entries } = await control(`${mock.journalUrl}${query}`);
  return entries as Record<string, unknown>[];
}
