// A hub with deliveries of an invented service in it, and callers of delivery.v1.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { pino } from 'pino';
import { createPool, withTransaction } from '../../../src/database/pool.ts';
import { createDeliveryEngine } from '../../../src/delivery/engine.ts';
import type { Acceptance } from '../../../src/delivery/types.ts';
import { openKeys } from '../../../src/keys.ts';
import type { SandboxSystem } from '../../../src/sandbox/province.ts';
import { refused, toRoute } from '../../delivery/support.ts';
import { createClient, type TestHub, type Who } from '../../support/sandbox-hub.ts';

/** How a test calls: `key` is the idempotency key, a new one unless said. */
export interface Act extends Who {
  readonly key?: string;
  readonly officer?: string;
}

/** Callers of the hub's delivery service. */
export const createCaller = (hub: Pick<TestHub, 'call'>) => ({
  read: (path: string, who: Who = { system: 'van-ban' }) => hub.call({ path: `/delivery/v1${path}`, ...who }),
  act: (method: string, path: string, body?: unknown, { key, officer, ...who }: Act = {}) =>
    hub.call({
      ...{ method, path: `/delivery/v1${path}`, body, system: 'van-ban', ...who },
      headers: {
        'idempotency-key': key ?? randomUUID(),
        ...(officer !== undefined && { officer, purpose: 'quan-tri' }),
      },
    }),
});

/** Callers that know systems which the test has made, too. */
export const createCallerWith = (hub: TestHub, made: readonly SandboxSystem[]) =>
  createCaller(createClient(hub.url, { ...hub.province, systems: [...hub.province.systems, ...made] }));

/** An engine of another process on the hub's database, whose route `other-side` refuses everything for good. */
export function startOtherProcess(hub: TestHub) {
  const pool: pg.Pool = createPool(hub.database.hubUrl, { max: 4, applicationName: 'test-other' });
  const engine = createDeliveryEngine({
    ...{ pool, processId: randomUUID(), idleMs: 20, sweepMs: 1_000, drainMs: 500 },
    keys: openKeys(hub.keyFolder, 'sandbox'),
    now: () => ({ at: new Date(), databaseAt: new Date() }),
    logger: pino({ level: 'silent' }),
    isSourceOff: () => false,
  });
  engine.start([toRoute(async () => refused)]);
  return {
    async accept(acceptance: Acceptance) {
      await withTransaction(pool, (client) => engine.accept(client, acceptance));
      engine.poke();
      return acceptance.deliveries.map(({ id }) => id);
    },
    async stop() {
      await engine.stop();
      await pool.end();
    },
  };
}

/** Asks until it is so; an asking that fails is repeated too. @throws Error after five seconds */
export async function until<T>(ask: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  const end = performance.now() + 5_000;
  for (;;) {
    const found = await ask().catch((error: unknown) =>
      performance.now() > end ? Promise.reject(error) : undefined,
    );
    if (found !== undefined && isSo(found)) return found;
    if (performance.now() > end) throw new Error(`still ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
