// A process to be killed while it sends: its other side is the table `arrived`, which takes each delivery once and then
// sometimes answers late. Prints a line for each call. Arguments: hub address, owner address.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { createPool } from '../../src/database/pool.ts';
import { createDeliveryEngine } from '../../src/delivery/engine.ts';
import { keys, startLog } from '../evidence/support.ts';
import { sent, toRoute } from './support.ts';

const [hubUrl = '', ownerUrl = ''] = process.argv.slice(2);
const pool = createPool(hubUrl, { max: 4, applicationName: 'test-delivery-process' });
const owner = createPool(ownerUrl, { max: 2, applicationName: 'test-delivery-arrived' });
const processId = randomUUID();
await startLog(hubUrl, { processId, leaseMs: 1_000 });
const engine = createDeliveryEngine({
  ...{ pool, keys, processId, idleMs: 20, sweepMs: 200 },
  now: () => ({ at: new Date(), databaseAt: new Date() }),
  logger: pino({ level: 'silent' }),
  isSourceOff: () => false,
});
engine.start([
  toRoute(async ({ deliveries, attempt }) => {
    for (const { id } of deliveries) {
      await owner.query('INSERT INTO arrived (id, attempt) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        id,
        attempt,
      ]);
      process.stdout.write(`${id}\n`);
    }
    if (attempt === 1) await pause(30);
    return sent;
  }),
]);
