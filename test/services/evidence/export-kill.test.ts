// An export whose maker is killed: another process goes on from the last finished part, and not a byte differs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { parseManifest } from '../../../src/evidence/manifest.ts';
import { rootFolder } from '../../../src/root.ts';
import { openPartFile } from '../../../src/services/evidence/exports/files.ts';
import { insertExport, listParts, readExport } from '../../../src/services/evidence/exports/rows.ts';
import { makeExport } from '../../../src/services/evidence/exports/worker.ts';
import { indexAll, openOwner } from '../../evidence/retention-support.ts';
import { until } from '../../evidence/support.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';
import { smallParts, someExportWorker } from './export-worker.ts';
import { fillLog } from './filled-log.ts';

describe('An export whose maker is killed', () => {
  let database: FreshDatabase;
  let owner: pg.Client;
  let folder = '';
  let made: ReturnType<typeof someExportWorker>;
  before(async () => {
    database = await freshDatabase();
    owner = new pg.Client(database.ownerUrl);
    await owner.connect();
    folder = mkdtempSync(join(tmpdir(), 'lgsp-export-kill-'));
    await fillLog(owner, database.ownerUrl, 2_501);
    const indexing = openOwner(database);
    await indexAll(indexing);
    await indexing.end();
    made = someExportWorker(database.hubUrl, folder, '00000000-0000-4000-8000-000000000002');
  });
  after(async () => {
    await made.worker.stop();
    await made.pool.end();
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (): Promise<string> => {
    const id = uuidv7();
    const filters = { actingUnit: 'xa-thu-nghiem' };
    await insertExport(
      made.pool,
      {
        ...{
          id,
          systemId: 's',
          actingUnit: 'u',
          officerId: 'o',
          reach: 'province',
          format: 'ndjson',
          filters,
        },
        ...{ reason: 'kiểm tra', fileNumber: 'VV-1' },
      },
      5,
    );
    return id;
  };
  const filesOf = async (id: string): Promise<readonly Buffer[]> => {
    const parts = await listParts(made.pool, id);
    const read = (kind: 'content' | 'proof') =>
      buffer(
        openPartFile(
          made.blobs,
          parts,
          kind,
          0,
          parts.reduce((sum, part) => sum + part[kind].bytes, 0),
        ),
      );
    return [await read('content'), await read('proof')];
  };
  const manifestOf = async (id: string) =>
    parseManifest((await readExport(made.pool, id))?.manifest ?? 'null');

  it('8.3: is gone on with by another process, and has the very bytes of one that was never interrupted', async () => {
    const [killed, whole] = [await ask(), await ask()];
    await makeExport(made.rooms, whole, new AbortController().signal, smallParts);
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'test/services/evidence/export-process.ts', database.hubUrl, folder],
      { cwd: rootFolder, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await until(async () => ((await readExport(made.pool, killed))?.nextLeaf ?? 0) > 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const interrupted = await readExport(made.pool, killed);
    assert.equal(interrupted?.state, 'running');
    assert.ok(interrupted.nextLeaf < interrupted.size, 'it was to be killed before its end');
    made.worker.begin();
    await until(async () => (await readExport(made.pool, killed))?.state === 'done');
    const [one, other] = [await filesOf(killed), await filesOf(whole)];
    assert.ok(one.every((bytes, at) => bytes.length > 0 && other[at]?.equals(bytes)));
    const { files, counts, checkpoint } = await manifestOf(killed);
    const expected = await manifestOf(whole);
    assert.deepEqual([files, counts, checkpoint], [expected.files, expected.counts, expected.checkpoint]);
    assert.equal(counts.shown + counts.covered, 2_501);
  });
});
