// The scanner's adapter against the test scanner: every answer of the protocol, every way to get none.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { SourceError } from '../../../adapters/adapter.ts';
import { createScanner, parseScannerSettings, type Scanner } from '../../../adapters/virus-scanner/index.ts';
import { eicar } from '../../../mocks/virus-scanner/config.ts';
import { freePort } from '../../support/sandbox-hub.ts';
import { startTestScanner, type TestScanner } from '../../support/scanner.ts';

const never = new AbortController().signal;
const version = 'ClamAV 0.0.0/1/test scanner';
const isKind = (kind: string) => (error: unknown) =>
  error instanceof SourceError && error.kind === kind && error.source === 'virus-scanner';

describe('The virus scanner', () => {
  let mock: TestScanner;
  let scanner: Scanner;
  const makeScanner = (more: Readonly<Record<string, unknown>> = {}): Scanner =>
    createScanner(parseScannerSettings({ ...mock.settings, timeoutMs: 5_000, ...more }));
  const scan = (content: string | Buffer, by = scanner) =>
    by.scan(() => Readable.from([Buffer.from(content)]), never);
  const lastStream = async () => (await mock.journal()).findLast(({ command }) => command === 'INSTREAM');

  before(async () => {
    const signatures = [{ name: 'Thu.Nghiem', text: 'CHUỖI THỬ' }];
    mock = await startTestScanner('scanner-adapter', { signatures, streamMaxBytes: 120_000_000 });
    scanner = makeScanner();
  });
  afterEach(() => mock.fault({}));
  after(async () => {
    await scanner.close();
    await mock.close();
  });

  const contents: readonly [what: string, content: string, outcome: string, name?: string][] = [
    ['text', 'Công văn thử nghiệm', 'clean'],
    ['nothing at all', '', 'clean'],
    ['the EICAR test string', eicar.text, 'infected', eicar.name],
    ['a string of its configuration', 'trước CHUỖI THỬ sau', 'infected', 'Thu.Nghiem'],
  ];
  for (const [what, content, outcome, name] of contents)
    it(`takes ${what} as ${outcome}`, async () => {
      const expected = { outcome, version, ...(name !== undefined && { name }) };
      assert.deepEqual(await scan(content), expected);
      assert.equal((await lastStream())?.sha256, createHash('sha256').update(content).digest('hex'));
    });

  it('finds a string that lies across chunks, however they are cut', async () => {
    const small = makeScanner({ chunkBytes: 7 });
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.nat(200), async (before, after) => {
        const { outcome } = await scan('a'.repeat(before) + eicar.text + 'b'.repeat(after), small);
        assert.equal(outcome, 'infected');
      }),
      { numRuns: 15 },
    );
    assert.equal((await lastStream())?.largestChunk, 7);
  });

  it('sends 100 MB in chunks without holding them', async () => {
    const block = Buffer.alloc(1_000_000, 'x');
    async function* blocks() {
      for (let count = 0; count < 100; count += 1) yield block;
    }
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    assert.equal((await scanner.scan(blocks, never)).outcome, 'clean');
    const { bytes, largestChunk } = (await lastStream()) ?? {};
    assert.deepEqual([bytes, largestChunk], [100_000_000, 65_536]);
    assert.ok(process.memoryUsage().rss - before < 60_000_000, 'the content was held');
  });

  it('says of what is longer than the scanner takes that it cannot be scanned', async () => {
    const settings = { streamMaxBytes: 1_000 };
    const own = await startTestScanner('scanner-limit', settings);
    const bySize = createScanner(parseScannerSettings({ ...own.settings, ...settings }));
    const byAnswer = createScanner(parseScannerSettings(own.settings));
    const outcomes = [await scan('x'.repeat(1_001), bySize), await scan('x'.repeat(1_001), byAnswer)];
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['too-large', 'too-large'],
    );
    assert.equal((await scan('x'.repeat(1_000), bySize)).outcome, 'clean');
    await own.close();
  });

  it('says so too of what the scanner did not look into because of its other limits', async () => {
    const name = 'Heuristics.Limits.Exceeded.MaxFileSize';
    const own = await startTestScanner('scanner-heuristics', { signatures: [{ name, text: 'RẤT LỚN' }] });
    const result = await scan('RẤT LỚN', createScanner(parseScannerSettings(own.settings)));
    assert.deepEqual(result, { outcome: 'too-large', name, version });
    await own.close();
  });

  const faults: readonly [mode: string, kind: string, more?: Readonly<Record<string, unknown>>][] = [
    ['away', 'unreachable'],
    ['slow', 'timeout', { slowMs: 2_000 }],
    ['error', 'unavailable'],
    ['garbage', 'unreadable'],
    ['cut', 'unavailable'],
  ];
  for (const [mode, kind, more] of faults)
    it(`fails as ${kind} when the scanner is ${mode}, and scans again after it`, async () => {
      const hasty = makeScanner({ timeoutMs: 300 });
      await mock.fault({ mode, ...more });
      await assert.rejects(scan('văn bản', hasty), isKind(kind));
      await mock.fault({});
      assert.equal((await scan('văn bản', hasty)).outcome, 'clean');
    });

  it('opens nothing while nobody listens', async () => {
    const nobody = makeScanner({ port: await freePort() });
    let opened = 0;
    const open = () => {
      opened += 1;
      return Readable.from([Buffer.from('x')]);
    };
    await assert.rejects(nobody.scan(open, never), isKind('unreachable'));
    assert.equal(opened, 0);
  });

  it('lets a fault of what is read pass as it is, and closes it', async () => {
    const wrong = new Error('blob');
    const content = new Readable({ read: () => content.destroy(wrong) });
    await assert.rejects(
      scanner.scan(() => content, never),
      wrong,
    );
    assert.ok(content.destroyed);
  });

  it('gives up with its caller, and with its own end, and lets go of what it was reading', async () => {
    const stop = new AbortController();
    const other = makeScanner();
    const stuck = () => new Readable({ read: () => undefined });
    const contents = [stuck(), stuck()] as const;
    const scans = [scanner.scan(() => contents[0], stop.signal), other.scan(() => contents[1], never)];
    stop.abort();
    await other.close();
    for (const one of scans) await assert.rejects(one, (error) => error instanceof SourceError);
    assert.ok(contents.every(({ destroyed, readableFlowing }) => destroyed || readableFlowing === null));
  });

  it('asks whether the scanner lives', async () => {
    await scanner.ping(never);
    await mock.fault({ mode: 'garbage' });
    await assert.rejects(scanner.ping(never), isKind('unreadable'));
  });

  it('speaks over a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scan-'));
    const path = join(folder, 's');
    const relay = createServer((socket) => {
      const inner = connect(mock.port, '127.0.0.1').on('error', () => socket.destroy());
      socket
        .on('error', () => inner.destroy())
        .pipe(inner)
        .pipe(socket);
    });
    await new Promise<void>((resolve) => relay.listen(path, resolve));
    const local = createScanner(parseScannerSettings({ socket: path }));
    assert.equal((await scan(eicar.text, local)).outcome, 'infected');
    relay.close();
    rmSync(folder, { recursive: true });
  });

  const mistakes: readonly [string, unknown, RegExp][] = [
    ['no address', {}, /either host and port, or socket/],
    ['two addresses', { host: 'a', socket: '/b' }, /either host and port, or socket/],
    [
      'an unknown word',
      { host: 'a', whenAway: 'drop', more: 1 },
      /whenAway is none of hold, pass.*more is not/,
    ],
    ['a port of none', { host: 'a', port: 0, streamMaxBytes: 0 }, /port is no whole.*streamMaxBytes is no/],
  ];
  for (const [what, settings, message] of mistakes)
    it(`refuses settings with ${what}`, () => assert.throws(() => parseScannerSettings(settings), message));
});
