// An operation with an effect: the same idempotency key and content have one effect and one outcome.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import pg from 'pg';
import { readConfig } from '../../src/config.ts';
import { type Hub, startHub } from '../../src/hub.ts';
import { createClient, freePort, type Ground, layGround } from '../support/sandbox-hub.ts';
import { createNotes, prepareNotes, refuseNote } from './effects/notes.ts';

describe('An operation with an effect', () => {
  let ground: Ground;
  let hub: Hub;
  let owner: pg.Pool;
  let client: ReturnType<typeof createClient>;
  let before_: () => Promise<void>;

  before(async () => {
    ground = await layGround('effects');
    owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 4 });
    await prepareNotes(owner);
    const config = readConfig(ground.environment(await freePort()));
    hub = await startHub(config, ground.database, () => createNotes(owner, () => before_()));
    client = createClient(hub.url, ground.province);
  });
  beforeEach(() => {
    before_ = async () => undefined;
  });
  after(async () => {
    await hub.stop();
    await owner.end();
    await ground.close();
  });

  const write = (key: string | undefined, text = 'a', unit?: string) =>
    client.call({
      method: 'POST',
      path: '/notes/v1/notes',
      body: { text },
      headers: { 'idempotency-key': key },
      ...(unit && { unit }),
    });
  const countNotes = async (): Promise<number> =>
    (await owner.query<{ n: number }>('select count(*)::int as n from note')).rows[0]?.n ?? 0;

  it('has one effect and one outcome for the same key and content, each asking being an exchange', async () => {
    const notes = await countNotes();
    const first = await write('k1');
    const second = await write('k1');
    assert.deepEqual([second.status, second.body], [200, first.body]);
    assert.equal(await countNotes(), notes + 1);
    assert.notEqual(second.exchangeId, first.exchangeId);
    const { rows } = await owner.query<{ text: string }>(
      `select p.text from entry e join entry_private p on p.exchange_id = e.exchange_id and p.entry_id = e.id where e.exchange_id = $1 and kind = 'closed'`,
      [second.exchangeId],
    );
    assert.equal(JSON.parse(rows[0]?.text ?? '{}').repeats, first.exchangeId);
  });

  it('is 409 for the same key with other content, and 400 without a key', async () => {
    await write('k2', 'a');
    assert.deepEqual(
      [(await write('k2', 'b')).status, (await write('k2', 'b')).body.code],
      [409, 'idempotency-conflict'],
    );
    assert.equal((await write(undefined)).status, 400);
  });

  it('is 425 while the first asking is under way', async () => {
    before_ = () => pause(300);
    const first = write('k3');
    await pause(100);
    const second = await write('k3');
    assert.deepEqual([second.status, second.body.code], [425, 'exchange-still-open']);
    assert.equal((await first).status, 200);
    assert.deepEqual((await write('k3')).body, (await first).body);
  });

  it('has its effect at the repeat when the first asking had none', async () => {
    before_ = refuseNote;
    assert.equal((await write('k4')).status, 503);
    before_ = async () => undefined;
    const repeated = await write('k4');
    assert.equal(repeated.status, 200);
    assert.deepEqual((await write('k4')).body, repeated.body);
  });

  it('knows keys of one acting unit only', async () => {
    const one = await write('k5');
    const other = await write('k5', 'a', 'cq-01');
    assert.equal(other.status, 200);
    assert.notEqual(one.body.note, other.body.note);
  });

  it('says that the outcome is not recorded, and not to send again, when its close fails', async () => {
    before_ = async () => {
      await owner.query(`revoke insert on entry from public; revoke insert on entry from "${hubRole()}"`);
    };
    const answer = await write('k6');
    await owner.query(`grant insert on entry to "${hubRole()}"`);
    assert.deepEqual([answer.status, answer.body.code], [500, 'outcome-not-recorded']);
    assert.match(answer.body.en.action, /do not send again/);
  }).timeout(20_000);

  it('property: however often and however mixed the askings, each key has one note and one outcome', async () => {
    const asking = fc.record({ key: fc.constantFrom('p', 'q', 'r'), text: fc.constantFrom('x', 'y') });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(asking, { minLength: 2, maxLength: 12 }), async (askings) => {
        run += 1;
        const answers = await Promise.all(askings.map(({ key, text }) => write(`${run}-${key}`, text)));
        for (const key of ['p', 'q', 'r']) {
          const own = answers.filter((_, n) => askings[n]?.key === key);
          assert.ok(own.every(({ status }) => [200, 409, 425].includes(status)));
          const notes = new Set(own.filter(({ status }) => status === 200).map(({ body }) => body.note));
          assert.ok(notes.size <= 1);
          assert.equal(own.length > 0, notes.size === 1);
        }
      }),
      { numRuns: 25 },
    );
  });

  const hubRole = (): string => new URL(ground.database.hubUrl).username;
});
