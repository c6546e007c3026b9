// Those outside the hub, with what they kept and the tools that everybody has; each says in a few words what they find.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createBlobStore } from '../../src/blobs/blob-store.ts';
import { askAboutTicket } from '../../src/cli/ticket.ts';
import { askArchiveAboutTicket } from '../../src/cli/ticket-archive.ts';
import { type FolderOptions, verifyFolder } from '../../src/cli/verify-folder.ts';
import { toMessage } from '../../src/database/start-error.ts';
import { findObstacles } from '../../src/evidence/anchor/obstacles.ts';
import { parseCheckpointText } from '../../src/evidence/checkpoint.ts';
import { type ExportFormat, exportFiles } from '../../src/evidence/export-format.ts';
import type { PublicPart } from '../../src/evidence/leaf.ts';
import { openNote, parseVerifierKey } from '../../src/evidence/note.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { reconcile } from '../../src/evidence/reconcile.ts';
import { readSourceCalls } from '../../src/evidence/source-calls.ts';
import type { TreeHead } from '../../src/evidence/tree.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { verifyConsistency } from '../../src/evidence/verify-consistency.ts';
import { openPartFile, toDownloads } from '../../src/services/evidence/exports/files.ts';
import type { ExportFilters } from '../../src/services/evidence/exports/filters.ts';
import { insertExport, listParts, readExport } from '../../src/services/evidence/exports/rows.ts';
import { makeExport } from '../../src/services/evidence/exports/worker.ts';
import { numberAll } from '../evidence/retention-support.ts';
import { logKey, logVerifierKey, origin } from '../evidence/support.ts';
import { type Remembered, recordExchanges, source } from './ground.ts';
import type { Scene } from './scene.ts';

/** What each of them finds; nothing, where the words are those of `nothing`. */
export interface Findings {
  /** A calling system with its tickets, asking the hub and an archive. */
  readonly ticket: string;
  /** Who kept an earlier head. */
  readonly keeper: string;
  /** The hub at its start, by its anchor file; the witness, asked to cosign. */
  readonly anchor: string;
  readonly witness: string;
  /** Who asks for a receipt of an exchange today. */
  readonly receipt: string;
  /** Who asks for an archive today and verifies it. */
  readonly archive: string;
  /** A source with its list of calls. */
  readonly source: string;
  /** A calling system with its books of what it called, reading the archive. */
  readonly books: string;
  /** Who verifies the archive with a head that was kept and that a witness dated; beyond what the archive shows by itself. */
  readonly dates: string;
}

/** What two heads of 17 leaves show to who has both. */
export const twoHistories = `the key of ${origin} signed two histories: two heads of 17 leaves with different roots. Both together prove it to anyone: keep them`;

/** What an archive of another history shows to who kept the head of 17 leaves. */
export const forked =
  'its first 17 leaves are not those of the kept head: the log was rewritten or forked, and its key signed both: with this export the two heads prove it to anyone';

/** What they say when all is well. */
export const nothing: Findings = {
  ...{ ticket: 'KEPT', keeper: 'extends', anchor: '', witness: '', receipt: 'VALID, witnessed' },
  ...{ archive: 'VALID', source: '', books: '', dates: '' },
};

/** The head of a signed note. */
export const headOf = (note: string): TreeHead =>
  parseCheckpointText(openNote(note, parseVerifierKey(logVerifierKey)));

/** An export as an auditor asks for it and downloads it. @returns its folder */
export async function exportLog(
  { owner, folder }: Pick<Scene, 'owner' | 'folder'>,
  filters: ExportFilters = {},
): Promise<string> {
  const place = mkdtempSync(join(folder, 'export-'));
  const blobs = createBlobStore(join(folder, 'blobs'), createHash('sha256').update('test-secret').digest());
  const id = uuidv7();
  const who = {
    systemId: 'kiem-toan',
    actingUnit: 'thanh-tra',
    officerId: 'cb-1',
    reach: 'province',
  } as const;
  const format: ExportFormat = 'ndjson';
  // The auditor comes when no witnessed head is of late: then the newest is taken.
  await owner.query("UPDATE checkpoint SET signed_at = signed_at - interval '1 minute'");
  await insertExport(owner, { id, ...who, format, filters, reason: 'kiểm tra', fileNumber: 'VV-1' }, 5);
  const rooms = {
    pool: owner,
    blobs,
    keys: { logKeys: () => [logKey] },
    registry: { current: { units: () => [] } },
    processId: id,
    logger: pino({ level: 'silent' }),
  };
  await makeExport(rooms, id, new AbortController().signal);
  const [made, parts] = [await readExport(owner, id), await listParts(owner, id)];
  for (const { name, bytes, text } of made ? toDownloads(made) : []) {
    if (text !== undefined) writeFileSync(join(place, name), text);
    else {
      const part = name === exportFiles.proof ? 'proof' : 'content';
      await pipeline(openPartFile(blobs, parts, part, 0, bytes), createWriteStream(join(place, name)));
    }
  }
  return place;
}

/** A leaf that an export shows. */
export interface Line {
  readonly index: number;
  readonly leaf: PublicPart;
}

/** The leaves that an export shows. */
export const readLines = (place: string): readonly Line[] =>
  readFileSync(join(place, exportFiles.ndjson), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const logKeyOf = { key: logVerifierKey, origin: 'a test' };
const silent = (): undefined => undefined;

/** What became of a ticket, by the hub and by an archive; both say the same unless one cannot decide. */
export async function askTicket(scene: Scene, ticket: string, archive: string): Promise<string> {
  const question = { text: ticket, hubUrl: scene.hubUrl, logKey: logKeyOf, settleMs: 0 };
  const said: string[] = [];
  for (const ask of [
    () => askAboutTicket(question, silent),
    () => askArchiveAboutTicket(ticket, logKeyOf, archive, silent),
  ])
    said.push(await ask().then((kept) => (kept ? 'KEPT' : 'OMITTED'), toMessage));
  return [...new Set(said)].join('; ');
}

/** What who kept `earlier` says of the head that the hub shows today. */
export async function compareHeads({ reader }: Scene, earlier: string): Promise<string> {
  const today = (await reader.checkpoint()) ?? '';
  const [from, to] = [headOf(earlier).size, headOf(today).size];
  if (to < from) return `the log had ${from} leaves and has ${to}`;
  const proof = await reader.consistency(from, to);
  try {
    verifyConsistency([earlier, today], { from, to, proof }, logVerifierKey);
    return 'extends';
  } catch (error) {
    return toMessage(error);
  }
}

/** Id of the kept exchange `n`, under the kept head. */
export const keptId = ({ kept }: Scene, n: number): string => kept.exchanges[n]?.exchangeId ?? '';

/** A receipt of today. */
export async function receiptOf({ reader }: Scene, exchangeId: string): Promise<Receipt> {
  const found = await reader.receiptOf(exchangeId, { waitMs: 0, signal: new AbortController().signal });
  return typeof found === 'string' ? assert.fail(found) : found.receipt;
}

/** What a receipt of today says, with its private part. */
export async function askReceipt({ reader, kept }: Scene, exchangeId: string): Promise<string> {
  const signal = new AbortController().signal;
  const found = await reader.receiptOf(exchangeId, { waitMs: 0, signal });
  if (typeof found === 'string') return found;
  const verdict = verifyReceipt(found.receipt, logVerifierKey, [kept.witnessKey]);
  if (!verdict.ok) return verdict.reason;
  return verdict.witnessed[0]?.at ? 'VALID, witnessed' : 'VALID, not witnessed';
}

async function askSource({ owner }: Scene, listed: readonly Remembered[]): Promise<string> {
  const day = { start: new Date(Date.now() - 86_400_000), end: new Date(Date.now() + 60_000) };
  const { calls, lost } = await readSourceCalls(owner, source, day, undefined, 1_000);
  const { onlyLogged, onlyListed } = reconcile(
    calls,
    listed.map(({ call }) => call),
    lost,
  );
  return [
    ...onlyLogged.map(() => 'one only in the log'),
    ...onlyListed.map(() => 'one only on the list'),
  ].join(', ');
}

function readBooks(lines: readonly Line[], own: readonly Remembered[]): string {
  const known = new Set(own.map(({ exchangeId }) => exchangeId));
  const foreign = lines.filter(({ leaf }) => leaf.system === 'one-stop' && !known.has(leaf.exchange));
  return foreign.map(({ leaf }) => `we made no call ${leaf.kind}`).join(', ');
}

/** What the verifier says of an archive; `heads` were kept. */
const verifyArchive = (archive: string, more: Partial<FolderOptions> = {}): Promise<string> =>
  verifyFolder(archive, { logKey: logVerifierKey, deep: true, threads: 1, ...more }).then(
    () => 'VALID',
    toMessage,
  );

/** Who is there, other than all who kept something. */
export interface Asked {
  /** Exchanges whose tickets were kept. Default: all that are known. */
  readonly tickets?: readonly Remembered[];
  /** Exchange that a receipt is asked for. Default: one that the kept head covers. */
  readonly wanted?: string;
  /** The hub records and signs nothing more before they look. */
  readonly still?: boolean;
}

/** Lets everybody look. The hub goes on before: one more exchange, one more head. */
export async function look(
  scene: Scene,
  recorded: readonly Remembered[] = [],
  asked: Asked = {},
): Promise<Findings> {
  // Each log that is opened estimates the database's time anew, some milliseconds off; what comes now is later by any of them.
  if (!asked.still) await pause(100);
  const more = asked.still ? [] : await recordExchanges(scene.database.hubUrl, 1);
  if (!asked.still) await numberAll(scene.database.ownerUrl);
  const all = [...scene.kept.exchanges, ...recorded, ...more];
  const obstacles = await findObstacles(scene.places);
  const whyOf = (isOne: (source: string) => boolean): string =>
    obstacles.find((one) => isOne(one.source))?.why ?? '';
  const archive = await exportLog(scene);
  const lines = readLines(archive);
  const tickets: string[] = [];
  for (const { ticket } of asked.tickets ?? all) tickets.push(await askTicket(scene, ticket, archive));
  const said = await verifyArchive(archive);
  const { note, witnessKey } = scene.kept;
  const dates = await verifyArchive(archive, { heads: [note], witnesses: [witnessKey] });
  return {
    ticket: tickets.find((said) => said !== 'KEPT') ?? 'KEPT',
    keeper: await compareHeads(scene, scene.kept.note),
    anchor: whyOf((one) => one === 'anchor-file'),
    witness: whyOf((one) => one !== 'anchor-file'),
    receipt: await askReceipt(scene, asked.wanted ?? scene.kept.exchanges[4]?.exchangeId ?? ''),
    archive: said,
    source: await askSource(scene, all),
    books: readBooks(lines, all),
    dates: dates === said ? '' : dates,
  };
}
