// The lock of a folder: one holder, and free again when its holder is dead.
import { strict as assert } from 'node:assert';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '../../src/database/folder-lock.ts';
import { makeFolder, removeFolder } from '../support/embedded.ts';

describe('the lock of a folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(() => removeFolder(folder));

  it('is held by one until it is released', async () => {
    const lock = await lockFolder(folder);
    await assert.rejects(lockFolder(folder), /already in use by process/);
    lock.release();
    (await lockFolder(folder)).release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is not held by a dead process, nor by another one that got its pid', async () => {
    writeFileSync(join(folder, 'lock-999999999-00'), '');
    writeFileSync(join(folder, `lock-${process.ppid}-00`), '');
    const lock = await lockFolder(folder);
    assert.equal(readdirSync(folder).length, 1);
    lock.release();
  });
});
