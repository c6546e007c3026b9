// Runs after everything else, over all that the run wrote (logs, journals, leaves, private parts): no personal number
// of a fixture and no invented full name may be in it, however it is spelt.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldName, invent } from './support/invented-names.ts';

const folder = process.env['TEST_WRITTEN'] ?? '';

const written = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'counts.json')
    .map((entry) => join(entry.parentPath, entry.name));

/** Ids and digests in hex: their digits come by chance, and among thousands some look like a personal number. */
const opaque = /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{64})\b/g;

/** A 9- or 12-digit number of the test prefix, and what stands before it. */
function findNumber(text: string): string | undefined {
  const cleaned = text.replace(opaque, ' ');
  const found = /(?<!\d)999\d{6}(\d{3})?(?!\d)/.exec(cleaned);
  return found ? cleaned.slice(Math.max(0, found.index - 80), found.index) : undefined;
}

/** SHA-256 and salts in base64, as a member of JSON: letters between its signs come by chance, and look like a short name. */
const digest = /"[A-Za-z0-9+/]{43}="/g;

/** Every run of two to six words of a text that is one of the names. */
function findNames(text: string, names: ReadonlySet<string>): string[] {
  const words = foldName(text.replace(digest, ' ')).split(' ');
  const found: string[] = [];
  for (let start = 0; start < words.length; start += 1)
    for (let length = 2; length <= 6 && start + length <= words.length; length += 1) {
      const run = words.slice(start, start + length).join(' ');
      if (names.has(run)) found.push(run);
    }
  return found;
}

describe('What a full run wrote', () => {
  it('is there to be scanned: logs, journals and the entries of every database', () => {
    const files = written();
    assert.ok(
      files.some((file) => file.endsWith('hub.log')),
      'no log of a hub',
    );
    assert.ok(
      files.some((file) => file.endsWith('server.log')),
      'no log of the database server',
    );
    assert.ok(
      files.some((file) => file.endsWith('.journal')),
      'no journal of a mock',
    );
    const entries = files.filter((file) => file.endsWith('.entries'));
    assert.ok(
      entries.some((file) => readFileSync(file, 'utf8').includes('"kind":"closed"')),
      'no entries',
    );
  });

  it('holds no personal number of a fixture', () => {
    for (const file of written()) {
      const before = findNumber(readFileSync(file, 'utf8'));
      assert.equal(before, undefined, `${file} holds a number after ${before}`);
    }
  });

  it('holds no invented full name, in any spelling', () => {
    const names = invent();
    assert.ok(names.size > 3_000);
    for (const file of written())
      assert.deepEqual(findNames(readFileSync(file, 'utf8'), names).slice(0, 3), [], file);
  });

  it('is scanned by a scan that finds what it looks for', () => {
    const names = invent();
    for (const form of ['NFC', 'NFD'] as const)
      for (const spelt of ['Nguyễn Thị Thử Nghiệm', 'NGUYỄN THỊ THỬ NGHIỆM', 'nguyen thi thu nghiem'])
        assert.deepEqual(findNames(`{"x":"${spelt.normalize(form)}"}`, names), ['nguyen thi thu nghiem']);
    assert.deepEqual(findNames(`{"sealed":"${'A'.repeat(20)}/K+Thu/${'B'.repeat(16)}="}`, names), []);
    assert.deepEqual(findNames('{"x":"/K+Thu/"}', names), ['k thu']);
    for (const text of ['x999190000002', '"999000002"', 'case-999190000002-1', '/999190000002/'])
      assert.ok(findNumber(text) !== undefined, text);
    for (const text of ['01a2094c-3d0a-7271-a543-999190000002', `${'a'.repeat(20)}999190000002`])
      assert.equal(findNumber(text), undefined, text);
  });
});
