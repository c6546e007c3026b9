// The test scanner by itself: clamd's protocol byte by byte, its switch and its journal, and the process.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eicar } from '../../../mocks/virus-scanner/config.ts';
import { startScannerMock } from '../../../mocks/virus-scanner/mock.ts';
import { toProgram } from '../../support/program.ts';
import { startTestScanner, type TestScanner } from '../../support/scanner.ts';

const main = toProgram('mocks/virus-scanner/main');

const toChunk = (content: string): Buffer => {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const stream = (...contents: readonly string[]): Buffer =>
  Buffer.concat([Buffer.from('zINSTREAM\0'), ...contents.map(toChunk), Buffer.alloc(4)]);

describe('The test scanner', () => {
  let mock: TestScanner;
  const send = (bytes: string | Buffer, port = mock.port): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes);
    return text(socket);
  };
  before(async () => {
    mock = await startTestScanner('scanner-mock', { streamMaxBytes: 100 });
  });
  afterEach(() => mock.fault({}));
  after(() => mock.close());

  const answers: readonly [string | Buffer, string][] = [
    ['zPING\0', 'PONG\0'],
    ['nPING\n', 'PONG\n'],
    ['zVERSION\0', 'ClamAV 0.0.0/1/test scanner\0'],
    ['zSHUTDOWN\0', 'UNKNOWN COMMAND\0'],
    [stream(), 'stream: OK\0'],
    [stream('một', 'hai'), 'stream: OK\0'],
    [stream(eicar.text), `stream: ${eicar.name} FOUND\0`],
    [stream(eicar.text.slice(0, 30), eicar.text.slice(30)), `stream: ${eicar.name} FOUND\0`],
    [stream('x'.repeat(101)), 'INSTREAM size limit exceeded. ERROR\0'],
  ];
  for (const [sent, answer] of answers)
    it(`answers ${JSON.stringify(sent.toString('latin1').slice(0, 30))} by ${JSON.stringify(answer)}`, async () => {
      assert.equal(await send(sent), answer);
    });

  it('keeps sizes and hashes of what it scanned, and the fault, over as many commands as it was set for', async () => {
    await mock.fault({ mode: 'error', times: 1 });
    assert.match(await send(stream('abc')), / ERROR\0$/);
    assert.equal(await send(stream('abc')), 'stream: OK\0');
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const lines = (await mock.journal()).slice(-2);
    assert.deepEqual(
      lines.map(({ bytes, sha256, answer, fault }) => [bytes, sha256, answer, fault]),
      [
        [3, abc, 'ERROR', 'error'],
        [3, abc, 'OK', undefined],
      ],
    );
  });

  it('gives its control addresses to nobody who does not know the key', async () => {
    const { status } = await fetch(mock.faultUrl.replace(/\w+\/fault$/, 'x/fault'), { method: 'DELETE' });
    assert.equal(status, 404);
    await assert.rejects(mock.fault({ mode: 'none of these' }), /400/);
  });

  it('names every mistake of its configuration', () =>
    assert.rejects(
      startScannerMock({ controlKey: 'x', signatures: [{ name: 'a b', text: 'x' }] }),
      /controlKey.*\n.*journalFile.*\n.*name.*\n.*text/,
    ));

  it('is a process that says where it listens and stops with its parent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scanner-mock-'));
    const file = join(folder, 'config.json');
    writeFileSync(file, JSON.stringify({ controlKey: 'a'.repeat(12), journalFile: join(folder, 'journal') }));
    const child = fork(main.file, ['--config', file], { execArgv: [...main.execArgv] });
    const [ready] = await once(child, 'message');
    assert.match(JSON.stringify(ready), /"type":"ready","port":\d+,"url":"tcp:\/\/127\.0\.0\.1:\d+"/);
    assert.equal(await send('zPING\0', ready.port), 'PONG\0');
    child.disconnect();
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    rmSync(folder, { recursive: true });
  });
});
