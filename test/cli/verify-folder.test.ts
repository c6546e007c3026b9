// Folders of exports, and checkpoints, as lgsp verify reads them: in one part or in many, and what it says.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { verifyAll } from '../../src/cli/verify.ts';
import { verifyFolder } from '../../src/cli/verify-folder.ts';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { type ExportFormat, exportFiles } from '../../src/evidence/export-format.ts';
import { signNote } from '../../src/evidence/note.ts';
import { hashLeaf, rangesOfConsistency, rootOf } from '../../src/evidence/tree.ts';
import { someMadeLeaf, type Wanted, writeExport } from '../evidence/made-export.ts';
import { logKey, logVerifierKey, origin } from '../evidence/support.ts';

const leaves = Array.from({ length: 60 }, () => someMadeLeaf());

describe('lgsp verify', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-folders-'));
  let count = 0;
  after(() => rmSync(folder, { recursive: true, force: true }));

  function write(wanted: Wanted): string {
    const place = join(folder, String(count++));
    writeExport(place, wanted);
    return place;
  }
  async function say(paths: string[], more = {}): Promise<{ isValid: boolean; said: string }> {
    const lines: string[] = [];
    const show = (line: string): void => void lines.push(line);
    const isValid = await verifyAll(
      paths,
      { logKey: logVerifierKey, ...more },
      { show, progress: undefined },
    );
    return { isValid, said: lines.join('\n') };
  }

  it('8.3: takes a folder in however many parts it is read', async () => {
    const anyFormat = fc.constantFrom<ExportFormat>('ndjson', 'csv');
    const anyShown = fc.uint8Array({ minLength: leaves.length, maxLength: leaves.length });
    await fc.assert(
      fc.asyncProperty(
        anyFormat,
        anyShown,
        fc.integer({ min: 1, max: 9 }),
        async (format, shown, threads) => {
          const place = write({ leaves, format, isShown: (index) => (shown[index] ?? 0) < 100 });
          const { checked } = await verifyFolder(place, {
            ...{ logKey: logVerifierKey, deep: false, threads, threadBytes: 1 },
          });
          assert.ok(checked.includes('the files are those that the manifest names, by SHA-256'));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('says what was checked and what not, of every path that is named', async () => {
    const place = write({ leaves, isShown: (index) => index < 50 });
    const { isValid, said } = await say([place, place]);
    assert.ok(isValid);
    assert.match(said, /checked: 50 leaves are shown and 10 covered by hashes/);
    assert.match(said, /NOT checked: 10 leaves are covered by hashes/);
    assert.match(said, /NOT checked: no witness has signed the checkpoint/);
  });

  it('refuses files that are cut, swapped or of another head', async () => {
    const place = write({ leaves, isShown: () => true, format: 'csv' });
    writeFileSync(join(place, exportFiles.csv), 'index\r\n');
    assert.match((await say([place])).said, /^NOT VALID: entries.csv does not begin with the names/);
    const other = write({ leaves, isShown: () => true });
    writeFileSync(join(other, exportFiles.proof), 'x');
    assert.match((await say([other])).said, /^NOT VALID: the last line of a file is cut off/);
  });

  it('ends with one sentence when a file of a folder is missing', async () => {
    const place = write({ leaves, isShown: () => true });
    rmSync(join(place, exportFiles.manifest));
    await assert.rejects(say([place]), /manifest.json cannot be read: there is no such file/);
    await assert.rejects(say([place], { proof: 'x' }), /--proof goes with the files of two checkpoints/);
  });

  it('tells whether of two checkpoints the newer extends the older', async () => {
    const hashes = leaves.map(({ text }) => hashLeaf(Buffer.from(text)));
    const noteOf = (size: number, root = rootOf(hashes.slice(0, size))): string =>
      signNote(toCheckpointText({ origin, size, root }), origin, logKey);
    const proof = rangesOfConsistency(23, 60).map(({ from, to }) => rootOf(hashes.slice(from, to)));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const [older, newer] = [file('older', noteOf(23)), file('newer', noteOf(60))];
    const rewritten = file('rewritten', noteOf(60, hashLeaf(Buffer.of(1))));
    const answer = { from: 23, to: 60, proof: proof.map((hash) => hash.toString('base64')) };
    const good = { proof: file('proof.json', JSON.stringify(answer)) };
    for (const paths of [
      [older, newer],
      [newer, older],
    ])
      assert.match((await say(paths, good)).said, /begins with the very 23 leaves of the older/);
    assert.match((await say([older, rewritten], good)).said, /^NOT VALID: .*the log was rewritten$/);
    const short = { proof: file('short.json', JSON.stringify({ ...answer, from: 22 })) };
    assert.equal((await say([older, newer], short)).isValid, false);
    const none = { proof: file('none.json', 'none') };
    assert.match((await say([older, newer], none)).said, /^NOT VALID: the proof is no JSON$/);
  });

  it('compares an archive with heads that were kept, and finds one of another history', async () => {
    const place = write({ leaves, isShown: () => true });
    const hashes = leaves.map(({ text }) => hashLeaf(Buffer.from(text)));
    const keep = (size: number, root: Buffer): string => {
      const file = join(folder, `head-${count++}`);
      writeFileSync(file, signNote(toCheckpointText({ origin, size, root }), origin, logKey));
      return file;
    };
    const kept = [1, 7, 32, 59, 60].map((size) => keep(size, rootOf(hashes.slice(0, size))));
    const { isValid, said } = await say([place], { head: kept });
    assert.ok(isValid, said);
    assert.match(said, /its first 7 leaves are those of the kept head/);
    const forked = keep(7, rootOf(hashes.slice(1, 8)));
    assert.match(
      (await say([place], { head: [forked] })).said,
      /NOT VALID: its first 7 leaves are not those/,
    );
    const later = keep(61, rootOf(hashes));
    assert.match((await say([place], { head: [later] })).said, /NOT VALID: it ends before the 61 leaves/);
    for (const threads of [2, 5]) {
      const more = { logKey: logVerifierKey, deep: false, threads, threadBytes: 1 };
      const heads = kept.map((file) => readFileSync(file, 'utf8'));
      const { checked } = await verifyFolder(place, { ...more, heads });
      assert.equal(checked.filter((line) => line.includes('the kept head')).length, 5);
    }
  });
});
