// kill -9 between every two steps of a confirmation: whatever the process had done, the platform's repeat makes one effect of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { rootFolder } from '../../../src/root.ts';
import { startLedgerBench, toConfirm } from './bench.ts';

const script = join(rootFolder, 'test', 'services', 'payment', 'confirming.ts');
/** BEGIN, lock, message, change, times, outcome, webhooks, deliveries, COMMIT, and what is asked at the first time. */
const statements = 11;
const atOnce = 4;

describe('A process that is killed while it takes a confirmation in', function () {
  this.timeout(90_000);
  let bench: Awaited<ReturnType<typeof startLedgerBench>>;
  before(async () => {
    bench = await startLedgerBench();
  });
  after(() => bench.stop());

  /** @returns what the process answered, and by what it ended */
  async function run(reference: string, last: number): Promise<readonly [string, string | null]> {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', script, bench.database.hubUrl, reference, String(last)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [said, [, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return [said.trim(), signal];
  }

  const held = (id: string) =>
    bench.row(
      `SELECT p.state, p.state_no, (SELECT count(*)::int FROM payment_message WHERE payment_id = p.id) AS messages,
         (SELECT count(*)::int FROM payment_outcome WHERE payment_id = p.id) AS outcomes,
         (SELECT count(*)::int FROM delivery d JOIN payment_outcome o ON o.id = d.subject WHERE o.payment_id = p.id) AS deliveries
       FROM payment p WHERE p.id = $1`,
      [id],
    );
  const nothing = { state: 'created', state_no: 0, messages: 0, outcomes: 0, deliveries: 0 };
  const once1 = { state: 'paid', state_no: 1, messages: 1, outcomes: 1, deliveries: 1 };

  it('8.5: leaves nothing or the whole, and the repeat has one effect', async () => {
    const points = [...Array.from({ length: statements }, (_, n) => n), statements - 2.5];
    let [whole, lost] = [0, 0];
    const work = async (): Promise<void> => {
      for (let last = points.shift(); last !== undefined; last = points.shift()) {
        const { id, reference } = await bench.make();
        const [answer, signal] = await run(reference, last);
        const after = await held(id);
        assert.deepEqual(after, after.state === 'paid' ? once1 : nothing, `after ${last} statements`);
        // Never answered before its effect was there.
        if (signal === null) assert.deepEqual([answer, after], ['00', once1]);
        if (after.state === 'paid') whole += 1;
        else lost += 1;
        assert.equal((await bench.confirm(toConfirm(reference)))[0], '00');
        assert.deepEqual(await held(id), once1);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    assert.ok(lost >= 8 && whole >= 1, `${lost} lost, ${whole} whole`);
  });
});
