// An export while sealed parts are purged and search is behind: whatever moment the purge has, the export verifies, and the tree
// that it covers holds the entry that says what is gone and why.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { verifyFolder } from '../../../src/cli/verify-folder.ts';
import { createPool, withTransaction } from '../../../src/database/pool.ts';
import { purgeDue } from '../../../src/evidence/purge.ts';
import { openPartFile, toDownloads } from '../../../src/services/evidence/exports/files.ts';
import { makePart } from '../../../src/services/evidence/exports/part.ts';
import {
  addPart,
  type ExportDemand,
  insertExport,
  type LogExport,
  listParts,
  markStarted,
  readExport,
} from '../../../src/services/evidence/exports/rows.ts';
import { createSelect } from '../../../src/services/evidence/exports/selection.ts';
import { makeExport } from '../../../src/services/evidence/exports/worker.ts';
import {
  indexAll,
  monthKeys,
  numberAll,
  openOwner,
  writeExchange,
} from '../../evidence/retention-support.ts';
import { logVerifierKey, until } from '../../evidence/support.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';
import { someExportWorker } from './export-worker.ts';

const now = new Date('2026-11-15T00:00:00.000Z');
const never = new AbortController().signal;
const sizes = { partLeaves: 4, sliceLeaves: 2 };

const demand: Omit<ExportDemand, 'id'> = {
  ...{ systemId: 's', actingUnit: 'u', officerId: 'o', reach: 'province' },
  ...{ format: 'ndjson', filters: {}, reason: 'kiểm tra', fileNumber: 'VV-1' },
};

describe('An export while sealed parts are purged', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  let made: ReturnType<typeof someExportWorker>;
  let folder = '';
  /** Each test has a month of its own, and its leaves from `base` on: five exchanges of that month, and one that is kept. */
  let months = 1;
  let month = '';
  let base = 0;
  before(async () => {
    database = await freshDatabase();
    owner = openOwner(database);
    folder = mkdtempSync(join(tmpdir(), 'lgsp-export-purge-'));
    made = someExportWorker(database.hubUrl, folder, '00000000-0000-4000-8000-000000000003');
    await owner.query('UPDATE retention_class SET least_months = 3, months = 3');
  });
  beforeEach(async () => {
    months += 1;
    month = `2026-0${months}`;
    base = Number((await owner.query<{ size: bigint }>('SELECT size FROM tree_head')).rows[0]?.size);
    await record(month, 5);
    await record('2026-10', 1);
    await grow();
  });
  after(async () => {
    await made.worker.stop();
    await made.pool.end();
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Exchanges of two entries each. */
  const record = (when: string, exchanges: number, caseCode = 'H99.1'): Promise<void> =>
    withTransaction(owner, async (client) => {
      const kinds = ['opened', 'closed'] as const;
      for (let n = 0; n < exchanges; n += 1) {
        const at = new Date(`${when}-10T00:0${n}:00Z`);
        await writeExchange(client, {
          ...{ service: 'population.v1', operation: 'lookUpCitizen', kinds, times: [at, at] },
          ...{ person: { number: '999000000001' }, caseCode },
        });
      }
    });
  const grow = async (): Promise<void> => {
    await numberAll(database.ownerUrl);
    await indexAll(owner);
  };
  const purge = (batchExchanges = 500): Promise<void> =>
    purgeDue({ pool: owner, keys: monthKeys, now: () => now, batchExchanges });
  const read = async (id: string): Promise<LogExport> => {
    const found = await readExport(made.pool, id);
    assert.ok(found);
    return found;
  };

  async function ask(more: Partial<ExportDemand> = {}): Promise<LogExport> {
    const id = uuidv7();
    await insertExport(made.pool, { ...demand, id, ...more }, 5);
    return read(id);
  }

  /** Makes a first part with two of the five exchanges, as a process does that is then killed. */
  async function begin({ id }: LogExport): Promise<void> {
    await markStarted(made.pool, id);
    const job = await read(id);
    const rooms = {
      ...made.rooms,
      select: createSelect(made.pool, job, made.rooms.registry.current),
      format: job.format,
      sliceLeaves: 2,
    };
    await addPart(
      made.pool,
      id,
      await makePart({ ...rooms, signal: never }, { from: 0, to: base + 4 }),
      base + 4,
    );
  }
  const make = ({ id }: LogExport): Promise<void> => makeExport(made.rooms, id, never, sizes);

  /** Brings it into a folder and verifies it there. */
  async function verify({ id }: LogExport): Promise<string> {
    const place = mkdtempSync(join(folder, 'made-'));
    const [one, parts] = [await read(id), await listParts(made.pool, id)];
    for (const { name, bytes, text } of toDownloads(one)) {
      const kind = name === 'proof.ndjson' ? 'proof' : 'content';
      writeFileSync(
        join(place, name),
        text ?? (await buffer(openPartFile(made.blobs, parts, kind, 0, bytes))),
      );
    }
    const { checked } = await verifyFolder(place, { logKey: logVerifierKey, deep: true });
    return checked.join('\n');
  }

  it('8.3: that was asked for before the purge and begun after it explains what is gone', async () => {
    const asked = await ask();
    await purge();
    await grow();
    await make(asked);
    const explained = `10 sealed parts are gone: purged by entry ${base + 12} (class personal-data, month ${month}; of population.v1)`;
    assert.ok((await verify(asked)).includes(explained));
    assert.deepEqual([asked.size, (await read(asked.id)).size], [base + 12, base + 13]);
  });

  it('8.3: that the purge cut in two shows what it read before, and explains what is gone after', async () => {
    const asked = await ask();
    await begin(asked);
    await purge();
    await grow();
    await make(asked);
    const said = await verify(asked);
    assert.ok(said.includes(`6 sealed parts are gone: purged by entry ${base + 12}`));
    assert.match(said, /nothing is left out/);
  });

  it('waits until the entry that tells of a purge is in a signed tree', async () => {
    const asked = await ask();
    await begin(asked);
    await purge();
    const making = make(asked);
    await until(async () => (await read(asked.id)).nextLeaf === asked.size);
    assert.equal((await read(asked.id)).state, 'running');
    await grow();
    await making;
    assert.ok((await verify(asked)).includes(`6 sealed parts are gone: purged by entry ${base + 12}`));
  });

  it('of a few leaves among many is covered by hashes up to the entry that explains it', async () => {
    const asked = await ask({
      filters: { from: `${month}-01T00:00:00.000Z`, to: `${month}-28T00:00:00.000Z` },
    });
    await begin(asked);
    await purge(2);
    await record('2026-11', 7);
    await grow();
    await make(asked);
    const said = await verify(asked);
    for (const [gone, entry] of [
      [4, 13],
      [2, 14],
    ] as const)
      assert.ok(said.includes(`${gone} sealed parts are gone: purged by entry ${base + entry} `), said);
  });

  it('is one of at most five of a unit, however many ask at once', async () => {
    const pool = createPool(database.hubUrl, { max: 12, applicationName: 'test-exports' });
    const asking = (await Promise.all(Array.from({ length: 12 }, () => pool.connect()))).map((one) => {
      one.release();
      return insertExport(pool, { ...demand, id: uuidv7(), actingUnit: 'hỏi nhiều' }, 5);
    });
    const taken = (await Promise.all(asking)).filter((one) => one !== undefined);
    await pool.end();
    assert.equal(taken.length, 5);
  });

  it('keeps the tree that was asked for when nothing of what it shows was purged', async () => {
    const asked = await ask({ filters: { from: '2026-10-01T00:00:00.000Z' } });
    await begin(asked);
    await purge();
    await make(asked);
    await grow();
    assert.deepEqual([(await read(asked.id)).size, (await read(asked.id)).state], [base + 12, 'done']);
    await verify(asked);
  });

  it('by a condition waits until the tables of search hold its tree', async () => {
    await record('2026-11', 3, 'H99.9');
    await numberAll(database.ownerUrl);
    const asked = await ask({ filters: { caseCode: 'H99.9', from: '2026-11-01T00:00:00.000Z' } });
    const making = make(asked);
    await until(async () => (await read(asked.id)).state === 'running');
    assert.equal((await read(asked.id)).nextLeaf, 0);
    await indexAll(owner);
    await making;
    const { rowCount } = await owner.query("SELECT FROM entry WHERE kind = 'notice'");
    assert.ok((await verify(asked)).includes(`${6 + Number(rowCount)} leaves are shown`));
  });
});
