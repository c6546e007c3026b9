// A database with engines on it, routes that record what they are asked, and invented deliveries.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createPool, withTransaction } from '../../src/database/pool.ts';
import {
  createDeliveryEngine,
  type DeliveryEngineOptions,
  type RunningEngine,
} from '../../src/delivery/engine.ts';
import type {
  Acceptance,
  ClaimedDispatch,
  DeliveryDraft,
  DeliveryState,
  DispatchDraft,
  DispatchOutcome,
  Route,
} from '../../src/delivery/types.ts';
import { type PublicPart, parseLeafText } from '../../src/evidence/leaf.ts';
import { keys } from '../evidence/support.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

/** A database, and the engines of one file. */
export interface Bench {
  readonly database: FreshDatabase;
  readonly pool: pg.Pool;
  readonly owner: pg.Pool;
  /** An engine of a process of its own; stopped at the end. */
  engine(more?: Partial<DeliveryEngineOptions>): RunningEngine;
  /** Accepts in a transaction of its own, and pokes. */
  accept(engine: RunningEngine, acceptance: Acceptance): Promise<readonly DeliveryState[]>;
  /** The steps of a delivery, each leaf naming the one before it. */
  steps(id: string): Promise<readonly PublicPart[]>;
  /** The names of those steps. */
  stepNames(id: string): Promise<readonly string[]>;
  stateOf(id: string): Promise<string | undefined>;
  /** What a step of a delivery sealed. */
  sealed(id: string, step: string): Promise<Readonly<Record<string, unknown>>>;
  /** Ends every engine; their unfinished dispatches are left as they are. */
  stopEngines(): Promise<void>;
  stop(): Promise<void>;
}

/** Opens a bench. */
export async function startBench(): Promise<Bench> {
  const database = await freshDatabase();
  const pool = createPool(database.hubUrl, { max: 8, applicationName: 'test-delivery' });
  const owner = createPool(database.ownerUrl, { max: 2, applicationName: 'test-delivery-owner' });
  let engines: RunningEngine[] = [];
  async function steps(id: string): Promise<readonly PublicPart[]> {
    const { rows } = await pool.query<{ text: string; leaf_hash: Buffer; step_no: number }>(
      'SELECT text, leaf_hash, step_no FROM entry WHERE exchange_id = $1 ORDER BY id',
      [id],
    );
    const parts = rows.map(({ text }) => parseLeafText(text));
    for (const [n, part] of parts.entries()) {
      assert.equal(part.earlier, rows[n - 1]?.leaf_hash.toString('base64'));
      assert.equal(rows[n]?.step_no, n + 1);
    }
    return parts;
  }
  async function stopEngines(): Promise<void> {
    await Promise.all(engines.map((engine) => engine.stop()));
    engines = [];
  }
  return {
    ...{ database, pool, owner, steps, stopEngines },
    engine(more = {}) {
      const engine = createDeliveryEngine({
        ...{ pool, keys, processId: randomUUID(), idleMs: 20, sweepMs: 100, drainMs: 500 },
        now: () => ({ at: new Date(), databaseAt: new Date() }),
        logger: pino({ level: 'silent' }),
        isSourceOff: () => false,
        ...more,
      });
      engines.push(engine);
      return engine;
    },
    async accept(engine, acceptance) {
      const states = await withTransaction(pool, (client) => engine.accept(client, acceptance));
      engine.poke();
      return states;
    },
    stepNames: async (id) => (await steps(id)).map(({ step }) => step ?? ''),
    async stateOf(id) {
      const { rows } = await pool.query<{ state: string }>('SELECT state FROM delivery WHERE id = $1', [id]);
      return rows[0]?.state;
    },
    async sealed(id, step) {
      const { rows } = await pool.query<{ text: string; private: string }>(
        `SELECT e.text, p.text AS private FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
         WHERE e.exchange_id = $1 ORDER BY e.id DESC`,
        [id],
      );
      const found = rows.find(({ text }) => parseLeafText(text).step === step) ?? assert.fail(`no ${step}`);
      return JSON.parse(found.private);
    },
    async stop() {
      await stopEngines();
      await pool.end();
      await owner.end();
      await database.drop();
    },
  };
}

/** A delivery of an invented document. */
export const someDelivery = (more: Partial<DeliveryDraft> = {}): DeliveryDraft => ({
  id: uuidv7(),
  subject: uuidv7(),
  facts: {
    systemId: 'van-ban',
    owningUnit: 'so-khcn',
    actingUnit: 'so-khcn',
    service: 'documents.v1',
    operation: 'sendDocument',
    grantId: 'grant-1',
  },
  receiver: 'H99.10',
  receiverUnit: 'cq-10',
  by: 'mailbox',
  private: {
    message: { sha256: 'a'.repeat(64), bytes: 1_000 },
    acceptedBy: uuidv7(),
    from: 'H99.01',
    to: 'H99.10',
  },
  ...more,
});

/** A dispatch over the route `other-side`, under a key of its own. */
export const someDispatch = (more: Partial<DispatchDraft> = {}): DispatchDraft => ({
  route: 'other-side',
  orderKey: randomUUID(),
  share: 'so-khcn',
  priority: 0,
  content: {},
  ...more,
});

/** One delivery by one dispatch. */
export const sendOne = (
  dispatch: Partial<DispatchDraft> = {},
  delivery: Partial<DeliveryDraft> = {},
): Acceptance => ({
  deliveries: [someDelivery({ receiverUnit: undefined, by: 0, ...delivery })],
  dispatches: [someDispatch(dispatch)],
});

/** A route that does what it is told. */
export const toRoute = (
  send: (dispatch: ClaimedDispatch, signal: AbortSignal) => Promise<DispatchOutcome>,
  more: Partial<Route> = {},
): Route => ({ name: 'other-side', source: undefined, concurrency: 4, attemptMs: 5_000, send, ...more });

/** It passes, it may pass later, it never will. */
export const sent: DispatchOutcome = { kind: 'sent' };
export const failed: DispatchOutcome = {
  kind: 'retry',
  problem: 'source-unavailable',
  responsible: 'source',
  isRouteAway: false,
};
export const away: DispatchOutcome = {
  kind: 'retry',
  problem: 'source-unreachable',
  responsible: 'network',
  isRouteAway: true,
};
export const refused: DispatchOutcome = { kind: 'dead', problem: 'source-refused', responsible: 'hub' };

/** Makes all that waits for a pause due now. */
export const hurry = (owner: pg.Pool) =>
  owner.query("UPDATE dispatch SET next_at = clock_timestamp() WHERE state = 'waiting'");
