// A hub with something of everything to search for: look-ups found, failed and refused, a document to units of ours by an old
// code and a new one, and to an agency outside.
import assert from 'node:assert/strict';
import { lookUp } from '../../support/calls.ts';
import { until } from '../../support/embedded.ts';
import { createClient, type TestAnswer, type TestHub, type Who } from '../../support/sandbox-hub.ts';
import { type DocumentHub, outsideCode, startDocumentHub, toDocument } from '../documents/support.ts';

/** The hub and what was done on it. */
export interface SearchGround {
  readonly hub: DocumentHub;
  readonly call: TestHub['call'];
  /** The exchange that accepted the document. */
  readonly sent: string;
  /** Its deliveries. */
  readonly deliveries: readonly string[];
  /** After everything that was done, before anybody looked. */
  readonly end: string;
  /** Asks as the auditor, unless somebody else is named. */
  search(query: Readonly<Record<string, string>>, who?: Who): Promise<TestAnswer>;
  /** Resolves once everything that is recorded is in the index. */
  indexed(): Promise<void>;
  stop(): Promise<void>;
}

/** A unit of ours by its old code, another by its new one. */
export const receivers = {
  old: { unit: 'cq-08', code: '000.00.08.H99' },
  now: { unit: 'cq-02', code: 'H99.02' },
};

/** Lays the ground. */
export async function laySearchGround(name: string): Promise<SearchGround> {
  const hub = await startDocumentHub(name);
  const { call } = createClient(hub.url, hub.province);
  const indexed = () =>
    until(async () => {
      const { rows } = await hub.owner.query<{ done: boolean }>(
        `SELECT h.size = t.size AND NOT EXISTS (SELECT FROM entry_pending) AS done FROM search_head h, tree_head t`,
      );
      return rows[0]?.done === true;
    });
  const search = (query: Readonly<Record<string, string>>, who: Who = { system: 'kiem-toan' }) =>
    call({ path: `/evidence/v1/exchanges?${new URLSearchParams(query)}`, ...who });

  for (const tail of ['0001', '0002'])
    await call(lookUp({ headers: { 'case-code': `H99.10-251123-${tail}` } }));
  await call(lookUp({ headers: { purpose: 'ho-tich' } }));
  await call(lookUp({ headers: { purpose: 'to-mo' } }));
  await hub.fault({ mode: 'soapFault' });
  await call(lookUp());
  await hub.fault({});
  await call({ path: '/evidence/v1/exchanges/01234567-89ab-7def-8123-456789abcdef', unit: 'cq-01' });
  const to = [receivers.old.code, receivers.now.code, outsideCode].map((code) => ({ code }));
  const { status, body, exchangeId } = await hub.send(toDocument({ to }), [], { caseCode: 'H99.01-1' });
  assert.equal(status, 202, JSON.stringify(body));
  // What the hub began by itself must have ended too.
  await until(async () => {
    const { rows } = await hub.owner.query<{ done: boolean }>(
      `SELECT EXISTS (SELECT FROM delivery WHERE state = 'sent') AND NOT EXISTS (SELECT FROM open_exchange) AS done`,
    );
    return rows[0]?.done === true;
  });
  await indexed();
  return {
    ...{ hub, call, search, indexed, sent: exchangeId, end: new Date().toISOString() },
    deliveries: body.deliveries.map(({ deliveryId }: { deliveryId: string }) => deliveryId),
    stop: () => hub.stop(),
  };
}
