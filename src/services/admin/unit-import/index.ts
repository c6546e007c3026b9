// Import of units from CSV and XLSX: a preview that writes nothing into the registry, then all of its rows or none.
// Reason: docs/decisions/0029-unit-import-and-commands.md
import type { Pool, PoolClient } from 'pg';
import type { components, operations } from '../../../../openapi/types/admin.v1.ts';
import { Problem } from '../../../problem.ts';
import type { Caller, Handler, Handlers, RequestOf } from '../../service.ts';
import { type ChangeContext, checkReach, type MakeChange, toAuthor } from '../change.ts';
import { readPage } from '../page.ts';
import { readOne } from '../read-one.ts';
import { toUnit, type UnitRow, unitSelect } from '../units.ts';
import { toTime } from '../wire.ts';
import { applyRows } from './apply.ts';
import { readHeadings } from './columns.ts';
import { toFileProblem } from './file-problem.ts';
import { type ImportRow, planRows } from './plan.ts';
import { readFileRows } from './read-file.ts';
import { readRow } from './read-row.ts';

type Summary = components['schemas']['UnitImportSummary'];
type UnitImport = components['schemas']['UnitImport'];
type Preview = RequestOf<operations['previewUnitImport']>;

interface SummaryRow {
  readonly id: string;
  readonly file_name: string;
  readonly counts: Summary['counts'];
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly applied_at: Date | null;
  readonly is_expired: boolean;
}
type WholeRow = SummaryRow & { readonly rows: ImportRow[] };

const summarySelect = `SELECT id, file_name, counts, created_at, expires_at, applied_at,
  expires_at <= clock_timestamp() AS is_expired FROM unit_import`;
const wholeSelect = summarySelect.replace(' FROM', ', rows FROM');
const mostErrors = 50;

const toSummary = (row: SummaryRow): Summary => ({
  id: row.id,
  fileName: row.file_name,
  state: row.applied_at ? 'applied' : row.is_expired ? 'expired' : 'preview',
  counts: row.counts,
  createdAt: toTime(row.created_at),
  expiresAt: toTime(row.expires_at),
  ...(row.applied_at && { appliedAt: toTime(row.applied_at) }),
});

const readWhole = async (client: Pool | PoolClient, id: string): Promise<UnitImport> => {
  const row = await readOne<WholeRow>(client, `${wholeSelect} WHERE id = $1`, id);
  return { ...toSummary(row), rows: row.rows };
};

const toCounts = (rows: readonly ImportRow[]): Summary['counts'] => {
  const count = (act: ImportRow['act']) => rows.filter((row) => row.act === act).length;
  const [create, change, none, errors] = [count('create'), count('change'), count('none'), count('error')];
  return { rows: rows.length, create, change, none, errors };
};

async function planFile(pool: Pool, { body, signal }: Preview): Promise<readonly ImportRow[]> {
  const task = { format: body.format, bytes: Buffer.from(body.content, 'base64') };
  const [first, ...rest] = await readFileRows(task, signal).catch((error: unknown) => {
    throw toFileProblem(error);
  });
  const headings = readHeadings(first);
  const { rows } = await pool.query<UnitRow>(unitSelect);
  const units = new Map(rows.map((row) => [row.id, toUnit(row)]));
  return planRows(
    rest.map((row) => readRow(row, headings)),
    units,
  );
}

/** Keeps the preview under the exchange that made it; of two repeats the first is kept. */
function createPreview(pool: Pool, registryPool: Pool): Handler<Preview, UnitImport> {
  const run = async (request: Preview, id: string) => {
    const { systemId, officerId } = toAuthor(request.caller);
    const { rowCount } = await registryPool.query('SELECT FROM unit_import WHERE id = $1', [id]);
    if (rowCount === 0) {
      const rows = await planFile(pool, request);
      await registryPool.query(
        `INSERT INTO unit_import (id, file_name, rows, counts, system_id, officer_id) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (id) DO NOTHING`,
        [id, request.body.fileName, JSON.stringify(rows), toCounts(rows), systemId, officerId],
      );
    }
    const result = `previewUnitImport unit-import ${id}`;
    return { status: 201, body: await readWhole(registryPool, id), result };
  };
  return {
    check: async ({ caller }) => checkReach(caller),
    handle: (request) => run(request, request.exchangeId),
    repeat: run,
  };
}

async function apply(context: ChangeContext, caller: Caller, id: string, reason: string) {
  const { client } = context;
  const row = await readOne<WholeRow>(client, `${wholeSelect} WHERE id = $1 FOR UPDATE`, id);
  if (row.applied_at) throw new Problem('import-applied');
  if (row.is_expired) throw new Problem('import-expired');
  const bad = row.rows.filter(({ act }) => act === 'error');
  if (bad.length > 0) {
    const errors = bad.map(({ row: number, errors: [first] }) => ({
      where: `/rows/${number}`,
      vi: `${first?.column}: ${first?.vi}`,
      en: `${first?.column}: ${first?.en}`,
    }));
    throw new Problem('import-in-error', { errors: errors.slice(0, mostErrors) });
  }
  await applyRows(context, caller, { rows: row.rows, reason });
  await client.query('UPDATE unit_import SET applied_at = clock_timestamp() WHERE id = $1', [id]);
  const after = toSummary(await readOne<SummaryRow>(client, `${summarySelect} WHERE id = $1`, id));
  return { status: 200, body: after, kind: 'unit-import', target: id, reason, after } as const;
}

/**
 * Handlers of the import of units.
 * @param pool of the hub's own role, for reading
 * @param registryPool of the role that keeps the previews
 */
export function createUnitImportHandlers(
  pool: Pool,
  registryPool: Pool,
  change: MakeChange,
): Pick<Handlers<operations>, 'listUnitImports' | 'previewUnitImport' | 'getUnitImport' | 'applyUnitImport'> {
  return {
    listUnitImports: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = { select: summarySelect, values: [], id: 'id', sorts: { id: 'id' } };
        // Ids are UUIDv7: the newest first.
        const body = await readPage<SummaryRow, Summary>(pool, listing, { ...query, sort: '-id' }, toSummary);
        return { status: 200, body };
      },
    },
    getUnitImport: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: await readWhole(pool, params.importId) };
      },
    },
    previewUnitImport: createPreview(pool, registryPool),
    applyUnitImport: change('applyUnitImport', ({ params, body, caller }, context) =>
      apply(context, caller, params.importId, body.reason),
    ),
  };
}
