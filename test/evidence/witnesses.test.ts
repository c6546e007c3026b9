// Submitting heads: one process of the cluster, one submission at a time, the newest head, and nothing believed that is not
// signed. A place on loopback stands for the witness and keeps count.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { pino } from 'pino';
import { readWitnesses, type WitnessSettings } from '../../src/config-witnesses.ts';
import { createPool } from '../../src/database/pool.ts';
import { parseCheckpointText } from '../../src/evidence/checkpoint.ts';
import { readSignedHead } from '../../src/evidence/heads.ts';
import { parseNote } from '../../src/evidence/note.ts';
import { type Sequencer, startSequencer } from '../../src/evidence/sequencer.ts';
import type { EvidenceLog } from '../../src/evidence/types.ts';
import { startWitnesses, type Witnesses } from '../../src/evidence/witnesses/witnesses.ts';
import { addCheckpoint } from '../../src/witness/add-checkpoint.ts';
import { openWitness } from '../../src/witness/witness-folder.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { makeWitness } from '../witness/support.ts';
import { answered, logKey, origin, someOpen, startLog, until } from './support.ts';

const logger = pino({ level: 'silent' });

describe('having heads cosigned', () => {
  const { folder, key } = makeWitness();
  const judge = openWitness(folder);
  let database: FreshDatabase;
  let pool: pg.Pool;
  let owner: pg.Pool;
  let sequencer: Sequencer;
  let log: EvidenceLog;
  const running: Witnesses[] = [];
  /** How the place answers; sizes of the heads that it was given, in their order; most at once. */
  let answer: (body: string, response: ServerResponse) => void;
  let sizes: number[] = [];
  let atOnce = 0;
  let most = 0;
  const truly = (body: string, response: ServerResponse): void => {
    const { status, body: said } = addCheckpoint(judge, body);
    response.writeHead(status).end(said);
  };
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    atOnce += 1;
    most = Math.max(most, atOnce);
    const body = await text(request);
    sizes.push(parseCheckpointText(parseNote(body.slice(body.indexOf('\n\n') + 2)).text).size);
    await pause(60);
    atOnce -= 1;
    answer(body, response);
  }
  const place = createServer((request, response) => void take(request, response));
  let settings: readonly WitnessSettings[];

  before(async () => {
    database = await freshDatabase();
    pool = createPool(database.hubUrl, { max: 4, applicationName: 'test' });
    owner = createPool(database.ownerUrl, { max: 4, applicationName: 'test' });
    log = await startLog(database.hubUrl);
    sequencer = await startSequencer({
      ...{ sequencerUrl: database.ownerUrl, key: logKey, origin, logger, intervalMs: 20 },
      onSigned: () => {
        for (const one of running) one.poke();
      },
    });
    place.listen(0, '127.0.0.1');
    await once(place, 'listening');
    const address = place.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    settings = [{ name: 'w', url: `http://127.0.0.1:${port}`, key }];
  });
  beforeEach(() => {
    [answer, sizes, most] = [truly, [], 0];
  });
  after(async () => {
    await Promise.all(running.map((one) => one.stop()));
    await log.stop();
    await sequencer.stop();
    await pool.end();
    await owner.end();
    place.close();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  function start(): Witnesses {
    const processId = crypto.randomUUID();
    const witnesses = startWitnesses({
      ...{ settings, pool, owner, processId, logger, intervalMs: 50, callMs: 400 },
    });
    running.push(witnesses);
    return witnesses;
  }
  async function exchange(): Promise<void> {
    await log.close(await log.open(someOpen()), answered);
  }
  async function stored(): Promise<number> {
    const { rows } = await pool.query<{ size: bigint | null }>('SELECT max(size) AS size FROM cosignature');
    return Number(rows[0]?.size ?? 0);
  }
  const isUpToDate = async (): Promise<boolean> => (await stored()) === (await readSignedHead(pool))?.size;

  it('is done by one of several processes, one submission at a time, and ends with the newest head', async () => {
    for (let n = 0; n < 3; n += 1) start();
    for (let n = 0; n < 12; n += 1) {
      await exchange();
      await pause(20);
    }
    await until(isUpToDate);
    assert.equal(most, 1);
    assert.equal(new Set(sizes).size, sizes.length, 'a head was submitted twice');
    assert.deepEqual(
      sizes,
      sizes.toSorted((one, other) => one - other),
    );
    assert.ok(sizes.length < 12, 'heads that were overtaken were submitted');
  });

  it('goes on in another process when the one that did it ends', async () => {
    const begun = running.splice(0);
    const [first] = begun;
    await Promise.all(begun.slice(1).map((one) => one.stop()));
    await first?.stop();
    start();
    await exchange();
    await until(isUpToDate);
  });

  const lies: Readonly<Record<string, (body: string, response: ServerResponse) => void>> = {
    'the cosignature of another': (body, response) => {
      const other = makeWitness();
      response.end(
        addCheckpoint(openWitness(other.folder), body.replace(/^old \d+[\s\S]*?\n\n/, 'old 0\n\n')).body,
      );
      rmSync(other.folder, { recursive: true });
    },
    'the cosignature of another head': (_, response) => {
      void pool.query<{ line: string }>('SELECT line FROM cosignature LIMIT 1').then(({ rows }) => {
        response.end(rows[0]?.line);
      });
    },
    'no cosignature': (_, response) => void response.end('thanks\n'),
    'an answer without end': (_, response) => void response.write('\u2014 '.repeat(30_000)),
    silence: () => undefined,
    'a redirect': (_, response) => void response.writeHead(307, { location: '/elsewhere' }).end(),
    '500': (_, response) => void response.writeHead(500).end(),
  };
  for (const [what, lie] of Object.entries(lies))
    it(`stores nothing of ${what}, and asks again`, async () => {
      answer = lie;
      const before = await stored();
      await exchange();
      await until(async () => running[0]?.states[0]?.failure !== undefined);
      assert.equal(running[0]?.isExpected, false);
      assert.equal(await stored(), before);
      answer = truly;
      await until(async () => (await isUpToDate()) && running[0]?.states[0]?.failure === undefined);
    });

  it('is told of all mistakes in the settings at once', () => {
    const mistakes: string[] = [];
    readWitnesses(
      [
        { name: 'W', url: 'ftp://x', key: 'no' },
        { name: 'a', url: 'http://x', key },
        { name: 'a', url: 'http://y', key, more: 1 },
      ],
      mistakes,
    );
    assert.equal(mistakes.length, 4, mistakes.join('\n'));
    readWitnesses({}, mistakes);
    assert.match(mistakes.at(-1) ?? '', /must be a list/);
  });
});
