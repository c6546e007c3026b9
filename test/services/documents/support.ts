// What tests of documents stand on: a hub with the mock of the document axis, agencies outside, and the calls of a document
// system.
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { type DocumentAxisMock, startDocumentAxisMock } from '../../../mocks/document-axis/mock.ts';
import { makeProof } from '../../../src/cli/proof.ts';
import type { createClient, Ground, TestAnswer, TestHub, TestSettings } from '../../support/sandbox-hub.ts';
import { startTestHub } from '../../support/sandbox-hub.ts';

/** Units of ours that the document system acts for; the first sends. */
export const [sender, first, second] = ['cq-03', 'cq-01', 'cq-02'] as const;

/** Their agency codes. */
export const codes = { [sender]: 'H99.03', [first]: 'H99.01', [second]: 'H99.02' } as const;

/** An agency outside. */
export const outsideCode = 'G99.01';

/** Lower-case hex. */
export const toSha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The mock of the axis and what a hub's settings say of it. */
export async function startAxis() {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-axis-'));
  const [ours, others] = [
    { systemId: '00.99.W00', secret: 'test-secret', codes: ['H99.*'] },
    { systemId: '00.98.W00', secret: 'other-test-secret', codes: ['G99.*', 'H98.*'] },
  ] as const;
  const mock = await startDocumentAxisMock({
    ...{ folder, controlKey: 'test-control-key', systems: [ours, others] },
    units: Object.values(codes).map((code) => ({ code })),
  });
  const { systemId, secret } = ours;
  return {
    mock,
    others,
    sources: { 'document-axis': { url: mock.url, systemId, secret, hopCode: systemId, pollSeconds: 1 } },
    async close(): Promise<void> {
      await mock.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes agencies known as the lists of the axis would. */
export async function addAgencies(owner: pg.Pool, agencies: readonly string[]): Promise<void> {
  await owner.query(
    `INSERT INTO agency (key, code, name, search, has_history, valid_from)
     SELECT 'code:' || code, code, 'Cơ quan ' || code, 'co quan ' || lower(code), false, '2020-01-01'
       FROM unnest($1::text[]) AS code`,
    [agencies],
  );
  await owner.query(
    `INSERT INTO agency_code (key, code, valid_from)
     SELECT 'code:' || code, code, '2020-01-01' FROM unnest($1::text[]) AS code`,
    [agencies],
  );
}

/** A file of a document. */
export interface TestFile {
  readonly name: string;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** A file that is what it says. */
export const toPdf = (text: string, name = 'Công văn số 12.pdf'): TestFile => ({
  name,
  contentType: 'application/pdf',
  content: Buffer.from(`%PDF-1.7\n${text}`),
});

let lastNumber = 0;

/** A structured document to the first unit, new at each call, changed by `more`; its attachments are `files`. */
export function toDocument(
  more: Readonly<Record<string, unknown>> = {},
  files: readonly TestFile[] = [],
): Readonly<Record<string, unknown>> {
  lastNumber += 1;
  return {
    businessType: 'new',
    to: [{ code: codes[first] }],
    code: { number: String(lastNumber), notation: 'UBND-VP' },
    promulgationDate: '2026-01-15',
    documentType: { name: 'Công văn' },
    subject: 'V/v thử nghiệm gửi văn bản',
    attachments: files.map(({ name, contentType }) => ({ name, contentType })),
    ...more,
  };
}

/** A part of a multipart body. */
export interface Part {
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly fileName?: string;
}

/** The bytes of a multipart body. */
export function toMultipart(parts: readonly Part[], boundary = 'ranh-gioi'): Buffer {
  const pieces = parts.flatMap(({ name, content, fileName }) => [
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n\r\n`,
    content,
    '\r\n',
  ]);
  return Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
}

/** The parts of a document with its files. */
export const toParts = (document: unknown, files: readonly TestFile[] = []): readonly Part[] => [
  { name: 'document', content: JSON.stringify(document) },
  ...files.map(({ content }) => ({ name: 'file', content, fileName: 'a' })),
];

/** A call with bytes. */
export interface BytesCall {
  readonly method?: string;
  readonly path: string;
  readonly unit?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: NonNullable<RequestInit['body']> | Buffer;
}

/** An answer with bytes. */
export interface BytesAnswer extends TestAnswer {
  readonly bytes: Buffer;
}

/** How a document is sent. */
export interface SendOptions {
  readonly unit?: string;
  readonly key?: string;
  readonly boundary?: string;
  readonly caseCode?: string;
}

/**
 * The calls of the document system.
 * @param url of the hub, as its proofs name it
 * @param at where calls go, if to another process of the same hub
 */
export function createDocumentClient(
  url: string,
  { token }: Pick<ReturnType<typeof createClient>, 'token'>,
  at = url,
) {
  const authorize = async (method: string, path: string, unit: string): Promise<Record<string, string>> => {
    const { token: accessToken, key } = await token({ system: 'van-ban', unit });
    const proof = await makeProof({ key, method, url: `${url}${path.split('?')[0]}`, accessToken });
    return { authorization: `DPoP ${accessToken}`, dpop: proof };
  };
  const call = async ({ method = 'GET', path, unit = sender, headers = {}, body }: BytesCall) => {
    const all = { ...(await authorize(method, path, unit)), ...headers };
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const isStream = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);
    const init = {
      method,
      headers: sent,
      ...(body !== undefined && { body }),
      ...(isStream && { duplex: 'half' }),
    };
    // The types of fetch know neither Buffer nor duplex.
    const response = await fetch(`${at}${path}`, init as RequestInit);
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = bytes.length > 0 && /json/.test(response.headers.get('content-type') ?? '');
    const answer: BytesAnswer = {
      status: response.status,
      headers: response.headers,
      exchangeId: response.headers.get('exchange-id') ?? '',
      body: isJson ? JSON.parse(bytes.toString()) : undefined,
      bytes,
    };
    return answer;
  };
  const toHeaders = ({ key = randomUUID(), caseCode }: SendOptions) => ({
    'idempotency-key': key,
    'case-code': caseCode,
  });
  /** Sends parts as they are given. */
  const sendParts = (parts: readonly Part[], options: SendOptions = {}) => {
    const { boundary = 'ranh-gioi', unit = sender } = options;
    return call({
      ...{ method: 'POST', path: '/documents/v1/documents', unit, body: toMultipart(parts, boundary) },
      headers: { ...toHeaders(options), 'content-type': `multipart/form-data; boundary=${boundary}` },
    });
  };
  return {
    authorize,
    call,
    sendParts,
    /** Sends a structured document. */
    send: (document: unknown, files: readonly TestFile[] = [], options: SendOptions = {}) =>
      sendParts(toParts(document, files), options),
    /** Sends a ready edXML file. */
    sendFile: (file: string | Buffer, options: SendOptions = {}) =>
      call({
        ...{ method: 'POST', path: '/documents/v1/document-files', unit: options.unit ?? sender },
        body: Buffer.from(file),
        headers: { ...toHeaders(options), 'content-type': 'application/xml' },
      }),
    check: (document: unknown, unit: string = sender) =>
      call({
        ...{ method: 'POST', path: '/documents/v1/document-checks', unit, body: JSON.stringify(document) },
        headers: { 'content-type': 'application/json' },
      }),
    inbox: (unit: string, query = '') => call({ path: `/documents/v1/inbox${query}`, unit }),
    get: (path: string, unit: string = sender, headers: Readonly<Record<string, string>> = {}) =>
      call({ path: `/documents/v1/messages/${path}`, unit, headers }),
  };
}

/** A hub that sends documents, and its client. */
export type DocumentHub = Omit<TestHub, 'call'> &
  ReturnType<typeof createDocumentClient> & {
    readonly axis: DocumentAxisMock;
    readonly blobFolder: string;
    /** How much lies in the tables of documents and the folder of blobs. */
    held(): Promise<Readonly<Record<string, number>>>;
  };

/** Counts of everything that a refused document must not add to. */
export async function countHeld(owner: pg.Pool, blobFolder: string): Promise<Record<string, number>> {
  const { rows } = await owner.query<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM document_message) AS messages, (SELECT count(*)::int FROM delivery) AS deliveries,
       (SELECT count(*)::int FROM document_received) AS received, (SELECT count(*)::int FROM document_call) AS calls,
       (SELECT count(*)::int FROM dispatch) AS dispatches`,
  );
  const files = readdirSync(blobFolder, { recursive: true, withFileTypes: true });
  return { ...rows[0], files: files.filter((one) => one.isFile()).length };
}

/** `BLOB_DIR` of a ground. */
export const toBlobFolder = (ground: Pick<Ground, 'environment'>): string =>
  String(ground.environment(1)['BLOB_DIR']);

/** Starts a hub that knows `outsideCode`, with the mock of the axis beside it. */
export async function startDocumentHub(name: string, settings: TestSettings = {}): Promise<DocumentHub> {
  const axis = await startAxis();
  const hub = await startTestHub(name, { ...settings, sources: { ...axis.sources, ...settings.sources } });
  try {
    await addAgencies(hub.owner, [outsideCode, 'G99.02']);
  } catch (error) {
    // A hub left running would keep mocha from ending.
    await hub.stop();
    await axis.close();
    throw error;
  }
  const blobFolder = toBlobFolder(hub);
  return {
    ...hub,
    ...createDocumentClient(hub.url, hub),
    axis: axis.mock,
    blobFolder,
    held: () => countHeld(hub.owner, blobFolder),
    async stop() {
      await hub.stop();
      await axis.close();
    },
  };
}
