// What an applier is asked to do around a decision: prepare before the transaction and only for another person, apply
// inside it, discard when nothing comes of it. On a real database, with an applier of the test's own.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { createPool } from '../../../src/database/pool.ts';
import { Problem } from '../../../src/problem.ts';
import { createChanges } from '../../../src/services/admin/change.ts';
import { createProposalHandlers } from '../../../src/services/admin/decisions.ts';
import { type Applier, propose } from '../../../src/services/admin/proposals.ts';
import type { Caller } from '../../../src/services/service.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';

const forever = { from: new Date(0), to: undefined };
const unit = {
  id: 'so',
  name: 'Sở',
  kind: 'provincial',
  parentId: undefined,
  state: 'active',
  codes: [],
} as const;

/** A system of administration and its officer, as the request path would hand them over. */
const toCaller = (id: string): Caller => ({
  system: { id, name: id, unitId: 'so', state: 'active', tokensValidFrom: new Date(0), keys: [] },
  actingUnit: { ...unit, ...forever },
  grant: {
    ...{ id: 'q', systemId: id, operations: [], purpose: undefined, legalBasis: 'Thử', grantor: 'so' },
    ...{ fields: undefined, caseRule: 'optional', leastAssurance: 1, addresses: [], hours: undefined },
    ...{ environment: 'sandbox', quota: { perMinute: 1, perDay: 1 }, reach: 'province', isSenderBound: true },
    ...{ state: 'active', ...forever },
  },
  ...{ officerId: `cb-${id}`, purpose: 'quan-tri', caseCode: undefined },
});

describe('An applier', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  /** What was asked of the applier, in order. */
  let asked: string[] = [];
  let refusal: Problem | undefined;

  /** The proposal as others see it while the applier is at work. */
  const stateOutside = async (id: string): Promise<string> =>
    (await owner.query('SELECT state FROM proposal WHERE id = $1', [id])).rows[0]?.state ?? 'none';
  const applier: Applier = {
    async prepare({ id }) {
      asked.push(`prepare ${await stateOutside(id)}`);
      if (refusal) throw refusal;
      return { sources: [] };
    },
    async apply(client, { id }) {
      const { rows } = await client.query('SELECT state FROM proposal WHERE id = $1', [id]);
      asked.push(`apply ${rows[0].state}`);
      return { after: { id } };
    },
    async discard(_, { id }) {
      asked.push(`discard ${await stateOutside(id)}`);
    },
  };

  const noSource = () => assert.fail('no source is called');
  const toRequest = (by: string, proposalId = '') => ({
    ...{
      exchangeId: randomUUID(),
      caller: toCaller(by),
      params: { proposalId },
      query: {},
      body: { reason: 'thử' },
    },
    ...{ sourceContext: noSource, askSource: noSource, headers: {}, content: undefined },
    signal: AbortSignal.timeout(5_000),
  });
  const code = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error) => error.code,
    );
  const toHandlers = () => {
    const change = createChanges(owner);
    const appliers = {
      ...{ grant: applier, mandate: applier, key: applier },
      ...{ 'source-credential': applier, 'quarantine-release': applier },
    };
    const content = { id: 'tk' };
    return {
      ...createProposalHandlers(owner, change, appliers),
      ask: change('proposeSourceCredential', (_: ReturnType<typeof toRequest>, context) =>
        propose(context, { kind: 'source-credential', act: 'create', target: randomUUID(), content }),
      ),
    };
  };
  let handlers: ReturnType<typeof toHandlers>;
  const ask = async (): Promise<string> => (await handlers.ask.handle(toRequest('mot'))).body.id;

  before(async () => {
    database = await freshDatabase();
    owner = createPool(database.ownerUrl, { max: 4, applicationName: 'decisions' });
    await owner.query(
      "INSERT INTO unit (id, name, kind, valid_from) VALUES ('so', 'Sở', 'provincial', now())",
    );
    for (const id of ['mot', 'hai']) {
      await owner.query(
        "INSERT INTO system (id, name, unit_id, state, tokens_valid_from) VALUES ($1, 'Thử', 'so', 'active', now())",
        [id],
      );
      await owner.query(
        "INSERT INTO officer (id, unit_id, sealed_number, valid_from) VALUES ('cb-' || $1, 'so', $2, now())",
        [id, Buffer.alloc(41)],
      );
    }
    handlers = toHandlers();
  });
  beforeEach(() => {
    asked = [];
    refusal = undefined;
  });
  after(async () => {
    await owner.end();
    await database.drop();
  });

  it('prepares, then applies', async () => {
    const { body } = await handlers.approveProposal.handle(toRequest('hai', await ask()));
    assert.equal(body.state, 'approved');
    assert.deepEqual(asked, ['prepare pending', 'apply pending']);
  });

  it('is asked for nothing by the person who asked', async () => {
    assert.equal(await code(handlers.approveProposal.handle(toRequest('mot', await ask()))), 'proposal-own');
    assert.deepEqual(asked, []);
  });

  it('leaves the proposal pending when it cannot prepare', async () => {
    refusal = new Problem('source-refused');
    const id = await ask();
    assert.equal(await code(handlers.approveProposal.handle(toRequest('hai', id))), 'source-refused');
    assert.equal(await stateOutside(id), 'pending');
  });

  it('prepares nothing again once it is decided', async () => {
    const id = await ask();
    const request = toRequest('hai', id);
    const first = await handlers.approveProposal.handle(request);
    const again = await handlers.approveProposal.repeat?.(toRequest('hai', id), request.exchangeId);
    assert.deepEqual(again?.body, first.body);
    assert.equal(await code(handlers.approveProposal.handle(toRequest('hai', id))), 'proposal-decided');
    assert.deepEqual(asked, ['prepare pending', 'apply pending']);
  });

  it('discards what was rejected or withdrawn, before others see it ended', async () => {
    await handlers.rejectProposal.handle(toRequest('hai', await ask()));
    await handlers.withdrawProposal.handle(toRequest('mot', await ask()));
    assert.deepEqual(asked, ['discard pending', 'discard pending']);
  });
});
