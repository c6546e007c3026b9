// Exports as a part of the evidence service: its handlers, what it does by itself, and its end. A unit sees and gets what it asked
// for itself; who may see the province is said by the grant.

import { Readable } from 'node:stream';
import type { components, operations } from '../../../../openapi/types/evidence.v1.ts';
import { exportFiles } from '../../../evidence/export-format.ts';
import { Problem } from '../../../problem.ts';
import type { DailyWork } from '../../../schedule/daily-work.ts';
import { type Content, toContentAnswer } from '../../documents/reading/ranges.ts';
import type { Caller, Handlers, RequestOf } from '../../service.ts';
import { checkPeriod } from '../period.ts';
import { toAsked } from '../present.ts';
import { type DownloadFile, openPartFile, toDownloads } from './files.ts';
import type { ExportFilters } from './filters.ts';
import {
  deleteExport,
  insertExport,
  type LogExport,
  listExpired,
  listExports,
  listParts,
  readExport,
} from './rows.ts';
import { createExportWorker, type ExportOptions, type ExportRooms } from './worker.ts';

type ExportHandlers = Pick<
  Handlers<operations>,
  'createExport' | 'listExports' | 'getExport' | 'getExportFile' | 'deleteExport'
>;

/** Exports in one process. */
export interface Exports {
  readonly handlers: ExportHandlers;
  readonly works: readonly DailyWork[];
  /** Begins to make what was asked for. */
  start(): void;
  /** Leaves what is under way to another process. */
  close(): Promise<void>;
}

/** Exports of one unit that are not done. */
const mostUnderWay = 5;
const defaultLimit = 50;

const isVisible = ({ grant, actingUnit, system }: Caller, one: LogExport): boolean =>
  grant.reach === 'province' ||
  (one.reach === 'unit' && one.actingUnit === actingUnit.id && one.systemId === system.id);

/** The end at the speed until now; undefined before it can be told. */
function toEstimate({ state, size, nextLeaf, startedAt }: LogExport): string | undefined {
  if (state !== 'running' || startedAt === null || nextLeaf === 0) return undefined;
  const elapsedMs = Date.now() - startedAt.getTime();
  return new Date(startedAt.getTime() + (elapsedMs * size) / nextLeaf).toISOString();
}

function toBody(one: LogExport): components['schemas']['Export'] {
  const estimate = toEstimate(one);
  return {
    exportId: one.id,
    state: one.state,
    format: one.format,
    filters: { ...one.filters },
    ...{ reason: one.reason, fileNumber: one.fileNumber, officer: one.officerId, reach: one.reach },
    ...{ leaves: one.size, leavesDone: one.nextLeaf, entries: one.shown, bytes: one.bytes },
    requestedAt: one.requestedAt.toISOString(),
    ...(estimate !== undefined && { estimatedEndAt: estimate }),
    ...(one.doneAt && { doneAt: one.doneAt.toISOString() }),
    ...(one.expiresAt && { expiresAt: one.expiresAt.toISOString() }),
    files: toDownloads(one).map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
  };
}

function toFilters({ body }: CreateRequest): ExportFilters {
  const { format: _, reason: __, fileNumber: ___, ...filters } = body;
  for (const name of ['from', 'to'] as const)
    if (filters[name] !== undefined && Number.isNaN(Date.parse(filters[name])))
      throw new Problem('request-invalid', {
        errors: [
          { where: `/body/${name}`, vi: 'phải là một thời điểm có thật', en: 'must be a time that there is' },
        ],
      });
  checkPeriod('/body', filters);
  return filters;
}

type CreateRequest = RequestOf<operations['createExport']>;

function createHandlers({ pool, blobs }: ExportRooms, poke: () => void): ExportHandlers {
  async function findExport(caller: Caller, id: string): Promise<LogExport> {
    const found = await readExport(pool, id.toLowerCase());
    if (!found || !isVisible(caller, found)) throw new Problem('export-not-found');
    return found;
  }

  async function create(request: CreateRequest, id: string) {
    const { caller, body } = request;
    const made = await insertExport(
      pool,
      {
        ...{ id, systemId: caller.system.id, actingUnit: caller.actingUnit.id, reach: caller.grant.reach },
        officerId: caller.officerId ?? '',
        ...{
          format: body.format,
          filters: toFilters(request),
          reason: body.reason,
          fileNumber: body.fileNumber,
        },
      },
      mostUnderWay,
    );
    if (!made) throw new Problem('exports-under-way', { retryAfterS: 60 });
    poke();
    return {
      status: 202,
      body: toBody(made),
      result: toAsked(`export of ${made.size} leaves`, { ...made.filters }),
    };
  }

  async function openFile(one: LogExport, file: DownloadFile): Promise<Content['open']> {
    const { text } = file;
    if (text !== undefined) {
      const bytes = Buffer.from(text);
      return (from, to) => async () => Readable.from([bytes.subarray(from, to)], { objectMode: false });
    }
    const parts = await listParts(pool, one.id);
    const kind = file.name === exportFiles.proof ? 'proof' : 'content';
    return (from, to) => async () => openPartFile(blobs, parts, kind, from, to);
  }

  return {
    createExport: {
      stated: ({ body: { reason, fileNumber } }) => ({ reason, fileNumber }),
      handle: (request) => create(request, request.exchangeId),
      repeat: create,
    },
    listExports: {
      async handle({ caller, query: { cursor, limit = defaultLimit } }) {
        const { grant, actingUnit, system } = caller;
        const who = grant.reach === 'province' ? undefined : { unit: actingUnit.id, system: system.id };
        const found = await listExports(pool, who, cursor, limit + 1);
        const items = found.slice(0, limit);
        const next = found.length > limit ? items.at(-1)?.id : undefined;
        return { status: 200, body: { items: items.map(toBody), ...(next !== undefined && { next }) } };
      },
    },
    getExport: {
      handle: async ({ caller, params }) => ({
        status: 200,
        body: toBody(await findExport(caller, params.exportId)),
      }),
    },
    getExportFile: {
      async handle({ caller, params, headers }) {
        const one = await findExport(caller, params.exportId);
        if (one.state !== 'done') throw new Problem('export-not-ready', { retryAfterS: 5 });
        const file = toDownloads(one).find(({ name }) => name === params.file);
        if (!file) throw new Problem('export-not-found');
        const { bytes, sha256, name } = file;
        return toContentAnswer(
          {
            ...{ bytes, sha256, type: 'application/octet-stream', open: await openFile(one, file) },
            headers: { 'content-disposition': `attachment; filename="${name}"` },
          },
          headers,
        );
      },
    },
    deleteExport: {
      async handle({ caller, params }) {
        const { id } = await findExport(caller, params.exportId);
        await removeExport({ pool, blobs }, id);
        return { status: 204, body: undefined, result: 'deleted' };
      },
    },
  };
}

/** Deletes an export and what nothing else names of its blobs. */
async function removeExport({ pool, blobs }: Pick<ExportRooms, 'pool' | 'blobs'>, id: string): Promise<void> {
  const before = new Date();
  for (const sha256 of await deleteExport(pool, id)) await blobs.removeOld(sha256, before);
}

/** Puts exports together. */
export function createExports(rooms: ExportRooms, options: ExportOptions = {}): Exports {
  const worker = createExportWorker(rooms, options);
  const removeExpired = async (): Promise<void> => {
    for (const id of await listExpired(rooms.pool)) await removeExport(rooms, id);
  };
  return {
    handlers: createHandlers(rooms, worker.poke),
    works: [{ name: 'expired-exports', run: removeExpired }],
    start: worker.begin,
    close: worker.stop,
  };
}
