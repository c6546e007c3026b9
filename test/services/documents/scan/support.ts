// Messages with attachments that wait for their scan, with invented deliveries of the real engine.
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { withTransaction } from '../../../../src/database/pool.ts';
import type { DeliveryEngine } from '../../../../src/delivery/types.ts';
import { insertScan } from '../../../../src/services/documents/scan/rows.ts';
import type { OpenAttachments } from '../../../../src/services/documents/scan/scan-message.ts';
import { someDelivery } from '../../../delivery/support.ts';

/** A message with one delivery for each of two mailboxes. */
export interface HeldMessage {
  readonly id: string;
  readonly deliveries: readonly [string, string];
}

/** Messages of one test file. */
export interface HeldMessages {
  readonly openAttachments: OpenAttachments;
  /** Accepts a message that must be scanned. */
  accept(...attachments: readonly (string | Error)[]): Promise<HeldMessage>;
}

const toReadable = (content: string | Error): Readable =>
  typeof content === 'string'
    ? Readable.from([Buffer.from(content)])
    : new Readable({
        read() {
          this.destroy(content);
        },
      });

/** @param pool of the hub's own role */
export function createHeldMessages(pool: pg.Pool, engine: DeliveryEngine): HeldMessages {
  const contents = new Map<string, readonly (string | Error)[]>();
  return {
    async *openAttachments(messageId) {
      for (const [place, content] of (contents.get(messageId) ?? []).entries())
        yield { no: place + 1, open: () => toReadable(content) };
    },
    async accept(...attachments) {
      const id = uuidv7();
      contents.set(id, attachments);
      const drafts = [
        someDelivery({ subject: id }),
        someDelivery({ subject: id, receiver: 'H99.11', receiverUnit: 'cq-11' }),
      ] as const;
      await withTransaction(pool, async (client) => {
        await insertScan(client, id);
        await engine.accept(client, { deliveries: drafts, dispatches: [], isHeld: true });
      });
      return { id, deliveries: [drafts[0].id, drafts[1].id] };
    },
  };
}

/** Resolves once `isSo` does with true, looking every 20 ms. @throws Error after ten seconds */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not so within ten seconds: ${isSo}`);
    await pause(20);
  }
}
