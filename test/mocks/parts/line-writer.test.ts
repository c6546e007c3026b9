// The writer under the mock's journal: order, sharing of writes, and what a failed write means.
import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createLineWriter } from '../../../mocks/parts/line-writer.ts';

describe('the line writer', () => {
  it('keeps the order, shares writes, and refuses every line after a failed one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'line-writer-'));
    try {
      const file = join(folder, 'lines');
      const handle = await open(file, 'a');
      const sizes: number[] = [];
      const writer = createLineWriter(handle, (bytes) => sizes.push(bytes));
      await Promise.all(['a\n', 'bb\n', 'ccc\n'].map(writer.append));
      assert.equal(await readFile(file, 'utf8'), 'a\nbb\nccc\n');
      assert.deepEqual(sizes, [2, 3, 4]);
      assert.equal(writer.syncs(), 2);
      await handle.close();
      await assert.rejects(writer.append('d\n'));
      await assert.rejects(writer.append('e\n'));
      assert.equal(sizes.length, 3);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
