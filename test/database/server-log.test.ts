// The embedded server's log stays bounded.
import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boundLog } from '../../src/database/server-log.ts';
import { makeFolder, removeFolder } from '../support/embedded.ts';

describe('the log of the embedded server', () => {
  const folder = makeFolder();
  after(() => removeFolder(folder));

  it('is moved aside once it is too long, one earlier part being kept', () => {
    const file = join(folder, 'server.log');
    for (const text of ['first part', 'second part']) {
      writeFileSync(file, text);
      boundLog(file, 5);
      assert.deepEqual([readFileSync(file, 'utf8'), readFileSync(`${file}.1`, 'utf8')], ['', text]);
    }
    writeFileSync(file, 'short');
    boundLog(file, 5);
    assert.equal(readFileSync(file, 'utf8'), 'short');
  });
});
