// Makes exports in the background: one at a time a process, each taken under a lease by any process of the cluster and gone on
// with from its last finished part.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { BlobStore } from '../../../blobs/types.ts';
import { createWorkLease } from '../../../delivery/work-lease.ts';
import {
  exportFiles,
  type Manifest,
  type ShownPurge,
  toShownPurge,
  toSignatureText,
} from '../../../evidence/export-format.ts';
import { startLoop } from '../../../evidence/loop.ts';
import { toManifestText } from '../../../evidence/manifest.ts';
import { parseNote, parseVerifierKey, signNote, toVerifierKey } from '../../../evidence/note.ts';
import type { Keys } from '../../../keys.ts';
import { hashPartFile } from './files.ts';
import { isSearchable, type Units } from './filters.ts';
import { takeLaterTree } from './later-tree.ts';
import { makePart } from './part.ts';
import {
  addPart,
  type ExportPart,
  type LogExport,
  listParts,
  listToDo,
  markDone,
  markStarted,
  readCosignatures,
  readExport,
} from './rows.ts';
import { createSelect, listPurgeLeaves } from './selection.ts';

/** What exports are made with. */
export interface ExportRooms {
  readonly pool: Pool;
  readonly blobs: BlobStore;
  readonly keys: Pick<Keys, 'logKeys'>;
  readonly registry: { readonly current: Units };
  /** Of this process among the hub's. */
  readonly processId: string;
  readonly logger: Logger;
}

/** Sizes and times with their defaults. */
export interface ExportOptions {
  /** Leaves in a part, which is what a crash costs; a power of two, default 65,536. */
  readonly partLeaves?: number;
  /** Leaves in one statement; default 8,192. */
  readonly sliceLeaves?: number;
  /** How long a process may be silent before another takes up its work; default 10,000. */
  readonly leaseMs?: number;
  /** From one look for what is to be done to the next; default 5,000. */
  readonly lookMs?: number;
  /** How long an export is kept once it is done; default 7. */
  readonly keepDays?: number;
}

/** The maker of exports in one process. */
export interface ExportWorker {
  begin(): void;
  /** Looks at once. */
  poke(): void;
  /** Leaves what is under way to another process. Never throws. */
  stop(): Promise<void>;
}

const pokeMs = 5;
/** How long search may be behind before an export is left for another look. */
const patienceMs = 5_000;
const searchMs = 50;

const toPurges = async (pool: Pool, size: number): Promise<ShownPurge[]> =>
  (await listPurgeLeaves(pool, size)).flatMap(({ index, text }) => toShownPurge(index, text) ?? []);

function addUp(parts: readonly ExportPart[]): Manifest['counts'] {
  const sum = (name: keyof Manifest['counts']): number =>
    parts.reduce((total, { counts }) => total + counts[name], 0);
  return {
    ...{ shown: sum('shown'), covered: sum('covered') },
    ...{ sealed: sum('sealed'), withheld: sum('withheld'), gone: sum('gone') },
  };
}

async function finish(
  { pool, blobs, keys }: ExportRooms,
  job: LogExport,
  parts: readonly ExportPart[],
  keepDays: number,
  signal: AbortSignal,
): Promise<void> {
  const files = [
    await hashPartFile(blobs, parts, 'content', exportFiles[job.format], signal),
    await hashPartFile(blobs, parts, 'proof', exportFiles.proof, signal),
  ];
  const manifest = toManifestText({
    format: 'lgsp-export/1',
    exchange: job.id,
    requestedAt: job.requestedAt.toISOString(),
    madeAt: new Date().toISOString(),
    ...{ officer: job.officerId, reason: job.reason, fileNumber: job.fileNumber },
    unit: job.reach === 'unit' ? job.actingUnit : null,
    filters: { ...job.filters },
    counts: addUp(parts),
    purges: await toPurges(pool, job.size),
    ...{ files, checkpoint: job.note + (await readCosignatures(pool, job.size)) },
  });
  const sha256 = createHash('sha256').update(manifest).digest('hex');
  // The first line of a checkpoint is the log's name, which is that of its key.
  const [origin = ''] = job.note.split('\n');
  const { signaturesOf } = parseNote(job.note);
  // Those that signed the checkpoint: whoever can check the one can check the other, also after a rotation.
  const signers = keys
    .logKeys()
    .filter((key) => signaturesOf(parseVerifierKey(toVerifierKey(origin, key))).length > 0);
  const signature = signNote(toSignatureText(job.id, sha256), origin, ...signers);
  await markDone(pool, job.id, { manifest, signature, files }, keepDays);
}

/** Makes the parts that are missing up to the tree's end. */
async function makeParts(
  rooms: ExportRooms,
  job: LogExport,
  signal: AbortSignal,
  { partLeaves = 65_536, sliceLeaves = 8_192 }: ExportOptions,
): Promise<void> {
  const select = createSelect(rooms.pool, job, rooms.registry.current);
  for (let from = job.nextLeaf; from < job.size; from += partLeaves - (from % partLeaves)) {
    const to = Math.min(job.size, from + partLeaves - (from % partLeaves));
    const part = await makePart({ ...rooms, select, format: job.format, sliceLeaves, signal }, { from, to });
    signal.throwIfAborted();
    await addPart(rooms.pool, job.id, part, to);
  }
}

/** @throws Error when search does not come up to the tree in time, or the signal's reason */
async function awaitSearch(pool: Pool, job: LogExport, signal: AbortSignal): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await isSearchable(pool, job))) {
    if (performance.now() > until)
      throw new Error('the tables of search do not hold the tree of an export yet');
    await pause(searchMs, undefined, { signal });
  }
}

/** Makes what is missing of an export. @throws the signal's reason when it is aborted */
export async function makeExport(
  rooms: ExportRooms,
  id: string,
  signal: AbortSignal,
  options: ExportOptions = {},
): Promise<void> {
  const { pool } = rooms;
  await markStarted(pool, id);
  let askedUpTo = 0;
  for (;;) {
    const job = await readExport(pool, id);
    if (!job || job.state === 'done') return;
    await awaitSearch(pool, job, signal);
    await makeParts(rooms, job, signal, options);
    const parts = await listParts(pool, id);
    if (!(await takeLaterTree(pool, job, parts, askedUpTo, signal)))
      return finish(rooms, job, parts, options.keepDays ?? 7, signal);
    askedUpTo = job.size;
  }
}

/** Puts the maker of one process together. */
export function createExportWorker(rooms: ExportRooms, options: ExportOptions = {}): ExportWorker {
  const { pool, processId, logger } = rooms;
  const { leaseMs = 10_000, lookMs = 5_000 } = options;
  const stopping = new AbortController();
  let loop: ReturnType<typeof startLoop> | undefined;

  const failed = (err: unknown): void => {
    if (!stopping.signal.aborted) logger.warn({ err }, 'an export was interrupted; taken up again');
  };

  async function makeIfFree(id: string): Promise<void> {
    const lease = await createWorkLease(pool, `export ${id}`, processId, leaseMs).hold();
    if (!lease) return;
    try {
      await makeExport(rooms, id, AbortSignal.any([stopping.signal, lease.signal]), options);
    } finally {
      await lease.release();
    }
  }

  async function look(): Promise<void> {
    const ids = await listToDo(pool).catch((err: unknown) => {
      failed(err);
      return [];
    });
    for (const id of ids) if (!stopping.signal.aborted) await makeIfFree(id).catch(failed);
  }

  return {
    begin() {
      loop = startLoop(look, lookMs, pokeMs);
      loop.poke();
    },
    poke: () => loop?.poke(),
    async stop() {
      stopping.abort(new Error('the hub is stopping'));
      await loop?.stop();
    },
  };
}
