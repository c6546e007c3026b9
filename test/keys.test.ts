// The hub's own keys: made once whoever begins, of one environment, readable by their owner only.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createKeys, type Keys, openKeys } from '../src/keys.ts';
import { rootFolder } from '../src/root.ts';

/** Everything that a hub would sign or seal with, as text. */
const toText = ({ log, tokenKeys, blob, field }: Keys): string =>
  [log, ...tokenKeys()].map((key) => key.export({ type: 'pkcs8', format: 'pem' })).join('') +
  blob.toString('hex') +
  field.toString('hex');

describe("The hub's keys", () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'lgsp-keys-')), 'keys');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

  it('are an Ed25519 key, a P-256 key and twice 32 bytes, for nobody else to read', () => {
    createKeys(folder, 'test');
    const { log, tokenKeys, field, blob, earlierBlobs } = openKeys(folder, 'test');
    const [token, ...others] = tokenKeys();
    assert.equal(others.length, 0);
    assert.deepEqual(
      [log.asymmetricKeyType, token?.asymmetricKeyDetails?.namedCurve],
      ['ed25519', 'prime256v1'],
    );
    assert.deepEqual([field.length, blob.length, field.equals(blob)], [32, 32, false]);
    assert.deepEqual(earlierBlobs, []);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(folder).sort(), ['blob.json', 'field.json', 'log.json', 'token.json']);
    for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600);
  });

  it('that exist are left as they are', () => {
    createKeys(folder, 'test');
    const before = toText(openKeys(folder, 'test'));
    rmSync(join(folder, 'field.json'));
    createKeys(folder, 'test');
    const after = toText(openKeys(folder, 'test'));
    assert.equal(after.slice(0, -64), before.slice(0, -64));
    assert.notEqual(after.slice(-64), before.slice(-64), 'only what was missing is made');
  });

  it('are the same for processes that begin at the same moment', async function () {
    this.timeout(15_000);
    const program = `
      const { createKeys, openKeys } = await import(${JSON.stringify(join(rootFolder, 'src', 'keys.ts'))});
      createKeys(process.argv[1], 'test');
      const { log, tokenKeys, field, blob, month } = openKeys(process.argv[1], 'test');
      const at = new Date('2026-11-23T00:00:00Z');
      const { createHash } = await import('node:crypto');
      const parts = [...[log, ...tokenKeys()].map((key) => key.export({ type: 'pkcs8', format: 'der' })), field, blob, month(at)];
      console.log(createHash('sha256').update(Buffer.concat(parts)).digest('hex'));`;
    const words = ['--import', 'tsx', '--input-type=module', '-e', program, folder];
    const said = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const child = spawn(process.execPath, words, {
          cwd: rootFolder,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
        return output.trim();
      }),
    );
    assert.match(said[0] ?? '', /^[0-9a-f]{64}$/);
    assert.equal(new Set(said).size, 1);
    assert.ok(
      readdirSync(folder).every((name) => !name.startsWith('.')),
      'nothing half made is left',
    );
  });

  it('of another environment are refused, and so are none and what is no key', () => {
    createKeys(folder, 'sandbox');
    assert.throws(
      () => openKeys(folder, 'production'),
      /is a key of another environment; this hub runs as production/,
    );
    assert.throws(() => createKeys(folder, 'production'), /is a key of another environment/);
    assert.throws(() => openKeys(join(folder, 'none'), 'sandbox'), /no key .*npx lgsp keys create/);
    for (const content of ['{}', '{', '{"environment":"sandbox","key":1}', '']) {
      writeFileSync(join(folder, 'log.json'), content);
      assert.throws(() => openKeys(folder, 'sandbox'), /log\.json is not a key file/, content);
    }
  });

  it('of blobs are kept beside the new one after a rotation, and refused in another environment', () => {
    createKeys(folder, 'test');
    const before = openKeys(folder, 'test').blob;
    renameSync(join(folder, 'blob.json'), join(folder, 'blob-2027.json'));
    assert.throws(() => openKeys(folder, 'test'), /no key .*blob\.json/);
    createKeys(folder, 'test');
    const { blob, earlierBlobs } = openKeys(folder, 'test');
    assert.ok(!blob.equals(before));
    assert.deepEqual(earlierBlobs, [before]);
    writeFileSync(join(folder, 'blob-other.json'), JSON.stringify({ environment: 'sandbox', key: '' }));
    assert.throws(() => openKeys(folder, 'test'), /blob-other\.json is a key of another environment/);
  });

  it('of a month are by the UTC month, kept, and refused in another environment', () => {
    createKeys(folder, 'test');
    const { month } = openKeys(folder, 'test');
    const last = month(new Date('2026-11-30T23:59:59.999Z'));
    const next = month(new Date('2026-12-01T00:00:00.000Z'));
    assert.equal(last.length, 32);
    assert.ok(last.equals(month(new Date('2026-11-01T00:00:00.000Z'))));
    assert.ok(!last.equals(next));
    assert.ok(last.equals(openKeys(folder, 'test').month(new Date('2026-11-15T00:00:00.000Z'))));
    writeFileSync(
      join(folder, 'month-2027-01.json'),
      JSON.stringify({ environment: 'sandbox', key: Buffer.alloc(32).toString('base64') }),
    );
    assert.throws(() => month(new Date('2027-01-15T00:00:00.000Z')), /another environment/);
  });
});
