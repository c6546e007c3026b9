// A hub whose clock is wrong: it records, says that it is not ready, and signs nothing until the clock is right again.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import request from 'supertest';
import { parseCheckpointText } from '../../src/evidence/checkpoint.ts';
import { openNote, parseVerifierKey } from '../../src/evidence/note.ts';
import { readSynchronised } from '../../src/operation/synchronised.ts';
import { lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';

describe('A clock that is wrong', () => {
  let hub: TestHub;
  let offMs = 0;
  before(async () => {
    hub = await startTestHub('clock', { processClock: () => new Date(Date.now() + offMs) });
  });
  after(() => hub.stop());

  const readReady = async () => {
    const { status, body } = await request(hub.url).get('/health/ready');
    return { http: status, clock: body.clock };
  };
  const readHead = async (): Promise<number> => {
    const text = await (await fetch(`${hub.url}/log/checkpoint`)).text();
    return parseCheckpointText(openNote(text, parseVerifierKey(hub.logKey))).size;
  };
  const countEntries = async (): Promise<number> =>
    Number((await hub.owner.query<{ count: string }>('SELECT count(*) FROM entry')).rows[0]?.count);
  const isSigned = async (): Promise<boolean> => (await readHead()) === (await countEntries());

  it('is borne up to a second', async () => {
    offMs = 900;
    await hub.call(lookUp());
    await until(isSigned);
    assert.deepEqual(await readReady(), { http: 200, clock: true });
  });

  for (const wrongMs of [1_500, -1_500])
    it(`by ${wrongMs} ms: not ready, entries are recorded, no head is signed; then all goes on`, async () => {
      const head = await readHead();
      offMs = wrongMs;
      assert.deepEqual(await readReady(), { http: 503, clock: false });
      assert.equal((await hub.call(lookUp())).body.outcome, 'found');
      await until(async () => {
        const { rows } = await hub.owner.query('SELECT FROM entry_pending');
        return rows.length === 0;
      });
      await pause(500);
      assert.equal(await readHead(), head);
      assert.ok((await countEntries()) >= head + 2);
      offMs = 0;
      await until(isSigned);
      assert.deepEqual(await readReady(), { http: 200, clock: true });
    });
});

describe('Whether the clock of the machine is synchronised', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lgsp-clock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program that says `text`. */
  const install = (name: string, text: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${text}'\n`);
    chmodSync(join(folder, name), 0o700);
  };

  it('is unknown where no program can tell', async () => {
    assert.equal(await readSynchronised(folder), 'unknown');
  });

  const said = [
    ['timedatectl', 'yes', 'yes'],
    ['timedatectl', 'no', 'no'],
    ['timedatectl', 'System has not been booted with systemd', 'unknown'],
    ['chronyc', 'Leap status     : Normal', 'yes'],
    ['chronyc', 'Leap status     : Not synchronised', 'no'],
    ['ntpq', 'leap=00', 'yes'],
    ['ntpq', 'leap=11', 'no'],
  ] as const;
  for (const [program, text, state] of said)
    it(`is ${state} where ${program} says "${text}"`, async () => {
      install(program, text);
      assert.equal(await readSynchronised(folder), state);
    });

  it('is asked of the next program where the first does not know', async () => {
    install('timedatectl', '');
    install('chronyc', 'Leap status     : Not synchronised');
    assert.equal(await readSynchronised(folder), 'no');
  });
});
