// Stamping of heads: once a period over all processes, tried again after failures with a limit, told when late; and how a
// hub hands stamps out.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { startTimeAuthorityMock, type TimeAuthorityMock } from '../../mocks/time-authority/mock.ts';
import type { FaultMode } from '../../mocks/time-authority/stamp.ts';
import { readTimeStamps } from '../../src/config-time-stamps.ts';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { parseVerifierKey, signNote } from '../../src/evidence/note.ts';
import { createStampReader } from '../../src/evidence/time-stamps/list.ts';
import { verifyStampedHead } from '../../src/evidence/time-stamps/stamped-head.ts';
import {
  type Stamping,
  type StampingOptions,
  startStamping,
} from '../../src/evidence/time-stamps/stamping.ts';
import { lgsp } from '../cli/command.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { until } from '../support/embedded.ts';
import { startTestHub } from '../support/sandbox-hub.ts';
import { logKey, logVerifierKey, origin } from './support.ts';

const hourMs = 3_600_000;
const root = Buffer.alloc(32, 5);

describe('Stamping', () => {
  let mock: TimeAuthorityMock;
  let database: FreshDatabase;
  let pool: pg.Pool;
  const running: Stamping[] = [];
  before(async () => {
    mock = await startTimeAuthorityMock({ controlKey: 'test-control-key' });
    database = await freshDatabase();
    pool = new pg.Pool({ connectionString: database.ownerUrl, max: 4 });
    const note = signNote(toCheckpointText({ origin, size: 7, root }), origin, logKey);
    await pool.query('INSERT INTO checkpoint (size, root, note) VALUES (7, $1, $2)', [root, note]);
  });
  afterEach(async () => {
    await setFault('none');
    await Promise.all(running.splice(0).map((one) => one.stop()));
    await pool.query('TRUNCATE time_stamp');
    await pool.query("UPDATE time_stamp_turn SET due_at = '-infinity', taken_until = '-infinity', tries = 0");
  });
  after(async () => {
    await pool.end();
    await mock.close();
    await database.drop();
  });

  const setFault = (mode: FaultMode) =>
    fetch(mock.faultUrl, { method: 'PUT', body: JSON.stringify({ mode }) });
  function start(more: Partial<StampingOptions> = {}): Stamping {
    const authorities = [new X509Certificate(mock.rootCertificate)];
    const stamping = startStamping({
      ...{ pool, everyMs: hourMs, logger: pino({ enabled: false }), pollMs: 20, retryMs: 20 },
      ...{ url: mock.url, timeoutMs: 2_000, authorities },
      ...more,
    });
    running.push(stamping);
    return stamping;
  }
  const list = () => createStampReader(pool)(10, undefined);
  const turn = async () =>
    (await pool.query('SELECT tries, due_at > now() AS waits FROM time_stamp_turn')).rows[0];

  it('keeps a stamp of the newest head that holds, one for the period whatever the number of processes', async () => {
    const asked = mock.asked();
    const [one, other] = [start(), start()];
    await until(async () => one.ageMs !== undefined && other.ageMs !== undefined);
    const [stamp, ...more] = await list();
    assert.deepEqual([stamp?.size, more.length, mock.asked() - asked], [7, 0, 1]);
    assert.ok(stamp);
    const authorities = [new X509Certificate(mock.rootCertificate)];
    const { checkpoint } = verifyStampedHead(stamp, parseVerifierKey(logVerifierKey), authorities);
    assert.deepEqual(checkpoint, { origin, size: 7, root });
    assert.deepEqual([one.state, other.state], ['fresh', 'fresh']);
  });

  it('comes again when the period is over', async () => {
    start({ everyMs: 50 });
    await until(async () => (await list()).length >= 2);
  });

  it('is tried again after failures, five times in all, and then waits for the next period', async () => {
    await setFault('wrong-nonce');
    const asked = mock.asked();
    const stamping = start();
    await until(async () => mock.asked() - asked === 5 && (await turn()).waits && (await turn()).tries === 0);
    assert.deepEqual([await list(), stamping.ageMs], [[], undefined]);
    await setFault('none');
    await pool.query("UPDATE time_stamp_turn SET due_at = '-infinity'");
    await until(async () => (await list()).length === 1);
  });

  it('is not held up by an authority that never answers', async () => {
    await setFault('slow');
    start({ timeoutMs: 50 });
    await until(async () => (await turn()).tries >= 2);
    await setFault('none');
    await until(async () => (await list()).length === 1);
  });

  it('ends at once while an authority does not answer', async () => {
    await setFault('slow');
    const asked = mock.asked();
    const stamping = start({ timeoutMs: 30_000 });
    await until(async () => mock.asked() > asked);
    const begun = performance.now();
    await stamping.stop();
    assert.ok(performance.now() - begun < 2_000);
  });

  it('is late after two periods without a stamp, and says since when there was none', async () => {
    await setFault('refused');
    const stamping = start({ everyMs: 60 });
    assert.equal(stamping.state, 'fresh');
    await until(() => stamping.state === 'late');
    assert.equal(stamping.ageMs, undefined);
    await setFault('none');
    await until(() => stamping.state === 'fresh');
  });

  it('is set by a section of the settings, whose mistakes are all told', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lgsp-stamping-'));
    const file = join(folder, 'root.pem');
    writeFileSync(file, mock.rootCertificate);
    const read = (json: unknown) => {
      const mistakes: string[] = [];
      return { settings: readTimeStamps(json, mistakes), mistakes };
    };
    const good = { url: 'http://tsa.example/tsr', certificates: [file] };
    const { settings } = read(good);
    assert.deepEqual(
      [settings?.everyMinutes, settings?.timeoutMs, settings?.authorities.length],
      [60, 10_000, 1],
    );
    assert.deepEqual(read(undefined), { settings: undefined, mistakes: [] });
    const bad = [
      { url: 'ftp://tsa.example' },
      { url: 'http://user:test-secret@tsa.example' },
      { everyMinutes: 0 },
      { timeoutMs: 99 },
      { certificates: [] },
      { certificates: ['/nowhere.pem'] },
      { more: 1 },
    ];
    for (const change of bad) {
      const { mistakes } = read({ ...good, ...change });
      assert.equal(mistakes.length, 1, JSON.stringify(change));
      assert.doesNotMatch(mistakes.join(), /test-secret/);
    }
    rmSync(folder, { recursive: true });
  });

  it('shows in a hub’s list, health and metrics, and each stamp holds offline for the program', async () => {
    const authorities = [new X509Certificate(mock.rootCertificate)];
    const hub = await startTestHub('stamping', {
      timeStamps: { url: mock.url, everyMinutes: 60, timeoutMs: 2_000, authorities },
    });
    const folder = mkdtempSync(join(tmpdir(), 'lgsp-stamping-'));
    try {
      const read = async (query = '') => {
        const answer = await fetch(`${hub.url}/log/time-stamps${query}`);
        return { status: answer.status, text: await answer.text() };
      };
      await until(async () => JSON.parse((await read()).text).timeStamps.length === 1);
      const { text } = await read('?limit=1');
      assert.equal(JSON.parse((await read('?before=1')).text).timeStamps.length, 0);
      for (const query of ['?limit=0', '?limit=101', '?before=x', '?limit=1&limit=2'])
        assert.equal((await read(query)).status, 400, query);
      assert.equal(JSON.parse(await (await fetch(`${hub.url}/health/ready`)).text()).timeStamps, 'fresh');
      const metrics = await (await fetch(hub.metricsUrl)).text();
      assert.match(metrics, /lgsp_time_stamp_age_seconds [\d.]+\nI?[\s\S]*lgsp_time_stamp_late 0/);

      const [file, authority] = [join(folder, 'stamps.json'), join(folder, 'root.pem')];
      writeFileSync(file, text);
      writeFileSync(authority, mock.rootCertificate);
      const words = ['verify', '--log-key', hub.logKey, '--authority', authority, '--time-stamp', file];
      const { code, out, err } = await lgsp(words);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /it existed at \d{4}-[\s\S]*\nVALID\n$/);
      const [stamp] = JSON.parse(text).timeStamps;
      writeFileSync(
        file,
        JSON.stringify({ ...stamp, checkpoint: stamp.checkpoint.replace(/\n\d+\n/, '\n999\n') }),
      );
      const altered = await lgsp(words);
      assert.deepEqual([altered.code, /NOT VALID: the signature of/.test(altered.out)], [2, true]);
    } finally {
      rmSync(folder, { recursive: true });
      await hub.stop();
    }
  });
});
