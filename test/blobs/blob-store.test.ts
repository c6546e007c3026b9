// The blob store: what was written is read back, whatever was cut into pieces; what was altered is refused; nothing half
// written is ever seen.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import fc from 'fast-check';
import { createBlobStore } from '../../src/blobs/blob-store.ts';
import type { BlobName, BlobStore } from '../../src/blobs/types.ts';
import { rootFolder } from '../../src/root.ts';

const chunkBytes = 65_536;
const toSha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

async function put(store: BlobStore, ...pieces: readonly Uint8Array[]): Promise<BlobName> {
  const writer = await store.begin();
  for (const piece of pieces) await writer.write(piece);
  return writer.commit();
}

describe('The blob store', () => {
  const root = mkdtempSync(join(tmpdir(), 'lgsp-blobs-'));
  after(() => rmSync(root, { recursive: true }));
  let folder: string;
  let store: BlobStore;
  const key = randomBytes(32);
  let count = 0;
  beforeEach(() => {
    count += 1;
    folder = join(root, String(count));
    store = createBlobStore(folder, key);
  });

  const toPath = (sha256: string): string => join(folder, sha256.slice(0, 2), sha256);
  const read = async (sha256: string, from?: number, to?: number): Promise<Buffer> => {
    const { stream } = await store.open(sha256, {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    });
    return buffer(stream);
  };
  /** Names of all files, wherever they lie. */
  const listFiles = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);

  const edges = [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 4 * chunkBytes, 9 * chunkBytes + 7];

  it('reads back any content, any way it came in pieces, and any range of it', async function () {
    this.timeout(60_000);
    const lengths = fc.oneof(fc.constantFrom(...edges), fc.nat(300_000));
    const cuts = fc.array(fc.nat(200_000), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lengths, cuts, fc.nat(), fc.nat(), async (length, pieces, a, b) => {
        const content = randomBytes(length);
        const ends = [...pieces.map((cut) => Math.min(cut, length)), 0, length].sort((x, y) => x - y);
        const name = await put(store, ...ends.slice(1).map((end, i) => content.subarray(ends[i], end)));
        assert.deepEqual(name, { sha256: toSha256(content), bytes: length });
        const [from = 0, to = 0] = [a % (length + 1), b % (length + 1)].sort((x, y) => x - y);
        assert.ok((await read(name.sha256, from, to)).equals(content.subarray(from, to)));
        const { bytes, stream } = await store.open(name.sha256);
        assert.equal(bytes, length);
        assert.ok((await buffer(stream)).equals(content));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a range outside of the blob, and a name that is no SHA-256', async () => {
    const { sha256 } = await put(store, Buffer.from('abc'));
    for (const range of [{ from: -1 }, { to: 4 }, { from: 2, to: 1 }, { from: 0.5 }])
      await assert.rejects(store.open(sha256, range), RangeError);
    for (const name of ['', '../../etc/passwd', sha256.toUpperCase(), `${sha256}0`])
      await assert.rejects(store.open(name), RangeError);
    assert.equal((await read(sha256, 3, 3)).length, 0);
  });

  it('keeps nothing in the clear, and the folder and files for its own account', async () => {
    const { sha256 } = await put(
      store,
      Buffer.from('Số: 999/TB-THU').fill(' ', 20),
      Buffer.alloc(1_000, 'plain'),
    );
    assert.ok(!readFileSync(toPath(sha256)).includes('plain'));
    assert.equal(statSync(toPath(sha256)).mode & 0o777, 0o600);
    for (let path = dirname(toPath(sha256)); path !== root; path = dirname(path))
      assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  it('refuses a file in which any one bit was turned', async () => {
    const content = randomBytes(chunkBytes + 100);
    const { sha256 } = await put(store, content);
    const whole = readFileSync(toPath(sha256));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
        const altered = Buffer.from(whole);
        altered.writeUInt8(altered.readUInt8(at) ^ (1 << bit), at);
        writeFileSync(toPath(sha256), altered);
        await assert.rejects(read(sha256), /is not as it was written|no key of KEY_DIR/);
      }),
      {
        numRuns: 80,
        examples: [
          [0, 0],
          [5, 0],
          [20, 0],
          [44, 0],
          [whole.length - 1, 7],
        ],
      },
    );
  });

  it('gives out what lies before the damage and not a byte of it', async () => {
    const content = randomBytes(3 * chunkBytes);
    const { sha256 } = await put(store, content);
    const altered = readFileSync(toPath(sha256));
    altered.writeUInt8(altered.readUInt8(44 + 2 * (chunkBytes + 16)) ^ 1, 44 + 2 * (chunkBytes + 16));
    writeFileSync(toPath(sha256), altered);
    assert.ok((await read(sha256, 0, 2 * chunkBytes)).equals(content.subarray(0, 2 * chunkBytes)));
    await assert.rejects(read(sha256, 2 * chunkBytes), /is not as it was written/);
  });

  it('refuses a file that was cut, at every place, or grown', async () => {
    const { sha256 } = await put(store, randomBytes(2 * chunkBytes));
    const whole = readFileSync(toPath(sha256));
    const places = [0, 10, 43, 44, 91, 92, chunkBytes, 44 + chunkBytes + 16, 44 + chunkBytes + 16 + 48];
    for (const size of [...places, whole.length - 48, whole.length - 1]) {
      writeFileSync(toPath(sha256), whole);
      truncateSync(toPath(sha256), size);
      await assert.rejects(read(sha256), /is not as it was written/, String(size));
    }
    writeFileSync(toPath(sha256), Buffer.concat([whole, Buffer.alloc(1)]));
    await assert.rejects(read(sha256), /is not as it was written/);
  });

  it('refuses chunks that changed places, and a file in the place of another', async () => {
    const [first, second] = [
      await put(store, randomBytes(2 * chunkBytes)),
      await put(store, randomBytes(10)),
    ];
    const whole = readFileSync(toPath(first.sha256));
    const size = chunkBytes + 16;
    const [a, b] = [whole.subarray(44, 44 + size), whole.subarray(44 + size, 44 + 2 * size)];
    writeFileSync(toPath(first.sha256), Buffer.concat([whole.subarray(0, 44), b, a, whole.subarray(-48)]));
    await assert.rejects(read(first.sha256), /is not as it was written/);
    copyFileSync(toPath(second.sha256), toPath(first.sha256));
    await assert.rejects(read(first.sha256), /holds another content/);
  });

  it('keeps the same content once, and mends a damaged copy when the content comes again', async () => {
    const content = randomBytes(1_000);
    const { sha256 } = await put(store, content);
    assert.deepEqual(await put(store, content), { sha256, bytes: 1_000 });
    assert.deepEqual(listFiles(), [sha256]);
    truncateSync(toPath(sha256), 100);
    await put(store, content);
    assert.ok((await read(sha256)).equals(content));
  });

  it('has what was committed until it is removed, and never what was given up', async () => {
    const { sha256 } = await put(store, Buffer.from('one'));
    const writer = await store.begin();
    await writer.write(Buffer.from('two'));
    await writer.abort();
    assert.deepEqual([await store.has(sha256), await store.has(toSha256(Buffer.from('two')))], [true, false]);
    assert.deepEqual(listFiles(), [sha256]);
    await store.remove(sha256);
    await store.remove(sha256);
    assert.deepEqual([await store.has(sha256), listFiles()], [false, []]);
    await assert.rejects(store.open(sha256), /ENOENT/);
  });

  it('opens with an earlier key what was sealed before a rotation, and without it not', async () => {
    const { sha256 } = await put(store, Buffer.from('before'));
    const next = randomBytes(32);
    store = createBlobStore(folder, next, [key]);
    const later = await put(store, Buffer.from('after'));
    assert.equal((await read(sha256)).toString(), 'before');
    assert.equal((await read(later.sha256)).toString(), 'after');
    await assert.rejects(createBlobStore(folder, next).open(sha256), /no key of KEY_DIR opens/);
  });

  it('removes what dead processes left after a day, and nothing that is being written', async () => {
    const writer = await store.begin();
    await writer.write(Buffer.from('slow'));
    const old = join(folder, 'tmp', 'left-by-a-crash');
    writeFileSync(old, 'half');
    utimesSync(old, new Date(Date.now() - 25 * 3_600_000), new Date(Date.now() - 25 * 3_600_000));
    mkdirSync(join(folder, 'uploads'));
    assert.equal(await store.removeLeftOvers(), 1);
    const { sha256 } = await writer.commit();
    assert.deepEqual(listFiles(), [sha256]);
  });

  it('closes a file whose reader goes away, before or after its first byte', async () => {
    const { sha256 } = await put(store, randomBytes(5 * chunkBytes));
    const openFiles = (): number => readdirSync('/proc/self/fd').length;
    const before = openFiles();
    for (const isBegun of [false, true]) {
      const { stream } = await store.open(sha256);
      if (isBegun) await once(stream, 'readable');
      stream.destroy();
      await once(stream, 'close');
    }
    assert.equal(openFiles(), before);
  });

  it('takes the same contents from two processes at once, and from one that is killed takes nothing', async function () {
    this.timeout(30_000);
    const program = `
      const { createBlobStore } = await import(${JSON.stringify(join(rootFolder, 'src/blobs/blob-store.ts'))});
      const store = createBlobStore(process.argv[1], Buffer.from(process.argv[2], 'hex'));
      for (let n = 0; n < 40; n += 1) {
        const writer = await store.begin();
        await writer.write(Buffer.alloc(100_000, n));
        console.log((await writer.commit()).sha256);
      }
      await (await store.begin()).write(Buffer.alloc(10_000_000));
      process.kill(process.pid, 'SIGKILL');`;
    const words = ['--import', 'tsx', '--input-type=module', '-e', program, folder, key.toString('hex')];
    const start = async (): Promise<string> => {
      const child = spawn(process.execPath, words, { cwd: rootFolder, stdio: ['ignore', 'pipe', 'inherit'] });
      const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
      return said.trim();
    };
    const [one = '', two] = await Promise.all([start(), start()]);
    assert.equal(one, two);
    const names = one.split('\n');
    assert.equal(names.length, 40);
    for (const name of names) assert.equal(toSha256(await read(name)), name);
    assert.equal(readdirSync(join(folder, 'tmp')).length, 2);
    assert.equal(listFiles().length, 42);
  });

  it('takes and gives 200 MB without holding them', async function () {
    this.timeout(60_000);
    const piece = randomBytes(1_000_000);
    const writer = await store.begin();
    const limit = process.memoryUsage().rss + 100_000_000;
    const check = (): void => assert.ok(process.memoryUsage().rss < limit);
    for (let n = 0; n < 200; n += 1) {
      await writer.write(piece);
      check();
    }
    const { sha256, bytes } = await writer.commit();
    assert.equal(bytes, 200_000_000);
    const hash = createHash('sha256');
    for await (const chunk of (await store.open(sha256)).stream) {
      hash.update(chunk);
      check();
    }
    assert.equal(hash.digest('hex'), sha256);
  });
});
