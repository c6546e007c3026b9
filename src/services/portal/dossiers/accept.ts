// Accepts the records of a request: dossiers, changes, deliveries and their entries in one transaction, a statement for
// each kind of row. What is refused of them does not touch the others.
import type { ClientBase } from 'pg';
import { portalName } from '../../../../adapters/portal/portal.ts';
import type { operations } from '../../../../openapi/types/portal.v1.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import type { Acceptance } from '../../../delivery/types.ts';
import { Problem } from '../../../problem.ts';
import type { Caller, RequestOf } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { sealRecord, toRecordDigest } from '../record-form.ts';
import {
  type GivenRow,
  givenColumns,
  type RecordResult,
  readGivenResults,
  type SubmissionResult,
  toRefused,
  toSubmissionResult,
  toTaken,
} from './answer.ts';
import { readCorrected } from './corrected.ts';
import { lockDossiers, restoreSaid, updateDossiers, writeSaid } from './dossier-rows.ts';
import { createJudging, isEmpty, type Judging } from './judging.ts';
import { isOwn } from './own-units.ts';
import { type Placed, type Placing, placeRecords, toRounds } from './place.ts';

/** The request of the contract. */
export type SubmitRequest = RequestOf<operations['submitDossiers']>;

/** A request that is being accepted. */
interface ToAccept {
  readonly rooms: PortalRooms;
  readonly request: SubmitRequest;
  /** The call that is answered, or the one that it repeats. */
  readonly exchangeId: string;
  readonly judging: Judging;
}

/** Writes the changes in one statement. @returns them as they were written */
async function insertChanges(
  client: ClientBase,
  { rooms, request, exchangeId, judging }: ToAccept,
  placed: readonly Placed[],
): Promise<readonly GivenRow[]> {
  const { caller } = request;
  const rows = placed.map(({ id, record, no, recordNo, findings, corrects }) => ({
    ...{ id, no, findings, corrects, dossier_code: record.code, record_no: recordNo },
    has_dossier: record.dossier !== undefined,
    lines: record.progress?.length ?? 0,
    status: record.dossier?.status,
    form: sealRecord(rooms.keys.field, id, record).toString('base64'),
    sha256: toRecordDigest(record).sha256,
  }));
  const { rows: written } = await client.query<GivenRow>({
    name: 'portal-changes',
    text: `INSERT INTO portal_change (id, dossier_code, no, unit_id, system_id, exchange_id, record_no, has_dossier, lines,
        status, form, sha256, findings, catalogue_version, corrects)
      SELECT id, dossier_code, no, $2, $3, $4, record_no, has_dossier, lines, status, decode(form, 'base64'),
        decode(sha256, 'hex'), findings, $5, corrects
      FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, dossier_code text, no integer, record_no integer,
        has_dossier boolean, lines integer, status smallint, form text, sha256 text, findings jsonb, corrects uuid)
      ORDER BY record_no
      RETURNING ${givenColumns}`,
    values: [
      JSON.stringify(rows),
      ...[caller.actingUnit.id, caller.system.id, exchangeId, judging.catalogue.version],
    ],
  });
  return written;
}

async function markCorrected(client: ClientBase, placed: readonly Placed[]): Promise<void> {
  const rows = placed.flatMap(({ id, corrects }) => (corrects === undefined ? [] : { id, corrects }));
  if (rows.length === 0) return;
  await client.query({
    name: 'portal-changes-corrected',
    text: `UPDATE portal_change c SET corrected_by = r.id
      FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, corrects uuid) WHERE c.id = r.corrects`,
    values: [JSON.stringify(rows)],
  });
}

const toFacts = ({ system, actingUnit, grant }: Caller) => ({
  ...{ systemId: system.id, owningUnit: system.unitId, actingUnit: actingUnit.id },
  ...{ service: 'portal.v1', operation: 'submitDossiers', grantId: grant.id },
});

/** One delivery and one dispatch a change. */
function toAcceptance({ rooms, request, exchangeId }: ToAccept, round: readonly Placed[]): Acceptance {
  const { caller } = request;
  const share = caller.actingUnit.id;
  return {
    isHeld: round[0]?.isHeld ?? false,
    deliveries: round.map(({ id, record }, by) => ({
      ...{ id, subject: id, facts: toFacts(caller), receiver: portalName, receiverUnit: undefined, by },
      private: {
        ...{ officerId: caller.officerId, purpose: caller.purpose, caseCode: record.code },
        ...{ message: toRecordDigest(record), from: share, to: portalName, acceptedBy: exchangeId },
      },
    })),
    dispatches: round.map(({ id, record, corrects }) => ({
      ...{ route: portalName, orderKey: record.code, share, priority: 0, content: { change: id } },
      giveUpHours: rooms.rules.giveUpHours,
      ...(corrects !== undefined && { inPlaceOf: corrects }),
    })),
  };
}

/** Everything that is durable with the changes, and at last their deliveries. */
async function write(
  client: ClientBase,
  given: ToAccept,
  { placed, said, unsaid, lastNos, fromNos }: Placing,
): Promise<readonly GivenRow[]> {
  if (placed.length === 0) return [];
  const unitId = given.request.caller.actingUnit.id;
  const written = await insertChanges(client, given, placed);
  await markCorrected(client, placed);
  await updateDossiers(
    client,
    [...lastNos].map(([code, lastNo]) => ({
      ...{ code, unit_id: unitId, last_no: lastNo, from_no: fromNos.get(code) ?? null },
    })),
  );
  await writeSaid(client, said);
  for (const round of toRounds(placed)) await given.rooms.engine.accept(client, toAcceptance(given, round));
  await restoreSaid(client, given.rooms.keys.field, unsaid);
  return written;
}

async function acceptIn(client: ClientBase, given: ToAccept): Promise<readonly RecordResult[]> {
  const { rooms, request, exchangeId, judging } = given;
  const { records } = request.body;
  const unitId = request.caller.actingUnit.id;
  // Two repeats of one call at once: one of them has the effect.
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 24))', [exchangeId]);
  const at = rooms.now();
  const isOwners = (ownerId: string): boolean => isOwn(rooms.registry.current, ownerId, unitId, at);
  const earlier = await readGivenResults(client, exchangeId, records, isOwners);
  if (earlier) return earlier;
  const codes = [...new Set(records.map(({ code }) => code))].sort();
  const begun = records.filter((one) => one.corrects === undefined && !isEmpty(one)).map(({ code }) => code);
  const dossiers = await lockDossiers(client, codes, [...new Set(begun)], unitId);
  const corrected = await readCorrected(
    client,
    records.flatMap(({ corrects }) => corrects ?? []),
  );
  const placing = placeRecords(records, { dossiers, corrected, isOwn: isOwners, judging });
  const written = await write(client, given, placing);
  const results = new Map(written.map((row) => [row.record_no, toTaken(row)]));
  for (const { record, recordNo, refusal } of placing.refused)
    results.set(recordNo, toRefused(record, recordNo, refusal));
  return records.flatMap((_, n) => results.get(n) ?? []);
}

/** Somebody decided on a change that was to be corrected, at this very moment: the next look sees it. */
const isDecided = (error: unknown): boolean => error instanceof Problem && error.code === 'delivery-decided';

const tries = 3;

async function acceptAgain(given: ToAccept): Promise<readonly RecordResult[]> {
  for (let left = tries - 1; ; left -= 1)
    try {
      return await withRepeatedTransaction(given.rooms.pool, (client) => acceptIn(client, given));
    } catch (error) {
      if (left === 0 || !isDecided(error)) throw error;
    }
}

/** What an earlier call came to; undefined: it had no effect. */
export async function readSubmission(
  { pool, registry, now }: PortalRooms,
  { body, caller }: SubmitRequest,
  exchangeId: string,
): Promise<SubmissionResult | undefined> {
  const isOwners = (id: string): boolean => isOwn(registry.current, id, caller.actingUnit.id, now());
  const results = await readGivenResults(pool, exchangeId, body.records, isOwners);
  return results && toSubmissionResult(results);
}

/**
 * Accepts the records of a request.
 * @param exchangeId the call that is answered, or the one that it repeats
 * @throws Problem delivery-queue-full: then nothing is taken
 */
export async function submitDossiers(
  rooms: PortalRooms,
  request: SubmitRequest,
  exchangeId: string,
): Promise<SubmissionResult> {
  const { records } = request.body;
  // What mends the queue is taken though it is full: it lets something go, and makes nothing longer.
  const isLonger = records.some(({ corrects }) => corrects === undefined);
  if (isLonger && (await rooms.engine.isFull(portalName, request.caller.actingUnit.id, rooms.rules.queue)))
    throw new Problem('delivery-queue-full', { retryAfterS: 60 });
  const judging = await createJudging(rooms, records);
  const results = await acceptAgain({ rooms, request, exchangeId, judging });
  rooms.engine.poke();
  return toSubmissionResult(results);
}
