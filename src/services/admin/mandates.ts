// Mandates: which system may act for which unit. Nothing here widens one but an approval, by which the second person
// vouches that the unit confirmed it in the document that the mandate names.
import type { Pool, PoolClient } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handlers } from '../service.ts';
import { type Change, type ChangeContext, checkReach, lockRow, type MakeChange } from './change.ts';
import { checkOwnRight } from './own-ground.ts';
import { readPage } from './page.ts';
import { checkParties } from './parties.ts';
import { checkPeriod } from './period.ts';
import { type Apply, type Proposal, propose } from './proposals.ts';
import { type Published, refusePlaces } from './published.ts';
import { readOne } from './read-one.ts';
import { checkStateChange } from './state.ts';
import { toTime } from './wire.ts';

type Mandate = components['schemas']['Mandate'];

/** A mandate as it is to be in force; it is confirmed by the approval. */
type MandateContent = Omit<Mandate, 'revision' | 'reason' | 'confirmedAt'>;

interface MandateRow {
  readonly id: string;
  readonly system_id: string;
  readonly unit_id: string;
  readonly operations: string[];
  readonly document: string;
  readonly confirmed_at: Date | null;
  readonly valid_from: Date;
  readonly valid_to: Date | null;
  readonly state: Mandate['state'];
  readonly revision: bigint;
}

const mandateSelect = `SELECT m.id, m.system_id, m.unit_id, m.operations::text[], m.document, m.confirmed_at, m.valid_from,
    m.valid_to, m.state, m.revision FROM mandate m`;

const toMandate = (row: MandateRow): Mandate => ({
  id: row.id,
  systemId: row.system_id,
  unitId: row.unit_id,
  operations: row.operations,
  document: row.document,
  validFrom: toTime(row.valid_from),
  ...(row.valid_to && { validTo: toTime(row.valid_to) }),
  confirmedAt: row.confirmed_at && toTime(row.confirmed_at),
  state: row.state,
  revision: Number(row.revision),
});

const readMandate = async (client: Pool | PoolClient, id: string): Promise<Mandate> =>
  toMandate(await readOne<MandateRow>(client, `${mandateSelect} WHERE m.id = $1`, id));

const lockMandate = async (client: PoolClient, id: string, revision?: number): Promise<Mandate> =>
  toMandate(await lockRow<MandateRow>(client, `${mandateSelect} WHERE m.id = $1`, id, revision));

/** @throws Problem request-invalid naming every pattern that no published contract knows */
function checkOperations(patterns: readonly string[], published: Published): void {
  const isKnown = (pattern: string): boolean =>
    pattern.endsWith('/*') ? published.hasService(pattern.slice(0, -2)) : !!published.operation(pattern);
  refusePlaces(
    patterns.flatMap((pattern, place) =>
      isKnown(pattern)
        ? []
        : [
            {
              where: `/body/operations/${place}`,
              vi: 'phải nêu dịch vụ hoặc thao tác đã công bố',
              en: 'must name a published service or operation',
            },
          ],
    ),
  );
}

/** @throws Problem period-overlaps naming the mandate that is in the way */
async function checkOverlap(client: PoolClient, mandate: MandateContent): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM mandate WHERE system_id = $1 AND unit_id = $2 AND id <> $3 AND state <> 'revoked'
       AND valid_from < coalesce($5::timestamptz, 'infinity') AND $4::timestamptz < coalesce(valid_to, 'infinity')
       ORDER BY valid_from`,
    [mandate.systemId, mandate.unitId, mandate.id, mandate.validFrom, mandate.validTo ?? null],
  );
  const errors = rows.map(({ id }) => ({
    where: '/body/validFrom',
    vi: `trùng thời gian với ủy quyền ${id} của đơn vị này cho hệ thống này`,
    en: `overlaps with the mandate ${id} of this unit for this system`,
  }));
  if (errors.length > 0) throw new Problem('period-overlaps', { errors });
}

/** Carries out proposals of mandates. */
export const createMandateApply =
  (published: Published): Apply =>
  async (client, { act, target, targetRevision, content }) => {
    // Written by this file from a body that the contract's validator had proved, and kept by a trigger since.
    const mandate = content as unknown as MandateContent;
    const before = act === 'create' ? undefined : await lockMandate(client, target, targetRevision);
    checkOperations(mandate.operations, published);
    await checkParties(client, mandate.systemId, mandate.unitId);
    await checkOverlap(client, mandate);
    const {
      id,
      systemId,
      unitId,
      operations: patterns,
      document,
      validFrom,
      validTo = null,
      state,
    } = mandate;
    await client.query(
      before
        ? `UPDATE mandate SET system_id = $2, unit_id = $3, operations = $4, document = $5, valid_from = $6, valid_to = $7,
             state = $8, confirmed_at = now() WHERE id = $1`
        : `INSERT INTO mandate (id, system_id, unit_id, operations, document, valid_from, valid_to, state, confirmed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now())`,
      [id, systemId, unitId, patterns, document, validFrom, validTo, state],
    );
    return { before, after: await readMandate(client, target) };
  };

const toContent = ({ revision: _, confirmedAt: __, ...mandate }: Mandate): MandateContent => mandate;

type MandateChange = Omit<components['schemas']['MandateChange'], 'revision' | 'reason'>;

/** What is sent replaces what is there, null empties. */
function toChanged({ validTo, ...rest }: MandateContent, change: MandateChange): MandateContent {
  const { validTo: newValidTo = validTo, ...members } = change;
  return { ...rest, ...members, ...(newValidTo && { validTo: newValidTo }) };
}

/** Suspending and revoking narrow and are done at once; resuming widens and is a proposal. */
async function setState(
  context: ChangeContext,
  id: string,
  { state, reason }: components['schemas']['StateChange'],
  { caller, apply }: { readonly caller: Caller; readonly apply: Apply },
): Promise<Change<Mandate | Proposal>> {
  const before = await lockMandate(context.client, id);
  checkStateChange(before.state, state);
  if (state === 'active') {
    const content = { ...toContent(before), state };
    const of = { kind: 'mandate', act: 'resume', target: id, targetRevision: before.revision } as const;
    return propose(context, { ...of, content, reason }, apply);
  }
  await checkOwnRight(context, caller, before);
  await context.client.query('UPDATE mandate SET state = $2 WHERE id = $1', [id, state]);
  const after = await readMandate(context.client, id);
  return { status: 200, body: after, kind: 'mandate', target: id, reason, before, after };
}

/** Handlers of the operations on mandates. @param pool of the hub's own role, for reading */
export function createMandateHandlers(
  pool: Pool,
  change: MakeChange,
  apply: Apply,
): Pick<
  Handlers<operations>,
  'listMandates' | 'getMandate' | 'proposeMandate' | 'proposeMandateChange' | 'setMandateState'
> {
  return {
    listMandates: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `${mandateSelect} WHERE ($1::text IS NULL OR m.system_id = $1) AND ($2::text IS NULL OR m.unit_id = $2)
            AND ($3::text IS NULL OR m.state = $3)`,
          values: [query.system, query.unit, query.state],
          id: 'id',
          sorts: { id: 'id' },
        };
        return { status: 200, body: await readPage<MandateRow, Mandate>(pool, listing, query, toMandate) };
      },
    },
    getMandate: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: await readMandate(pool, params.mandateId) };
      },
    },
    proposeMandate: change('proposeMandate', ({ body: { reason, ...mandate } }, context) => {
      checkPeriod(mandate, context.at);
      const content = { ...mandate, state: 'active' as const };
      return propose(context, { kind: 'mandate', act: 'create', target: mandate.id, content, reason }, apply);
    }),
    proposeMandateChange: change('proposeMandateChange', async ({ params, body }, context) => {
      const { revision, reason, ...members } = body;
      const before = await lockMandate(context.client, params.mandateId, revision);
      if (before.state === 'revoked') throw new Problem('revoked-for-good');
      const content = toChanged(toContent(before), members);
      checkPeriod(content, context.at, before.validFrom);
      const of = { kind: 'mandate', act: 'change', target: before.id, targetRevision: revision } as const;
      return propose(context, { ...of, content, reason }, apply);
    }),
    setMandateState: change('setMandateState', ({ params, body, caller }, context) =>
      setState(context, params.mandateId, body, { caller, apply }),
    ),
  };
}
