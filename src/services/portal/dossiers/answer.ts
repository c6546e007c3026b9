// What is answered to those who submit: each record for itself, the same at every repeat of the call.
import type { ClientBase } from 'pg';
import type { components } from '../../../../openapi/types/portal.v1.ts';
import type { ProblemCode } from '../../../problem-codes.ts';
import { isBlocked } from '../findings.ts';
import { toProblemWords } from '../problem-words.ts';
import { toAcceptedChange } from './change-rows.ts';
import { isEmpty, type NewRecord } from './judging.ts';

/** What became of one record. */
export type RecordResult = components['schemas']['RecordResult'];

/** The answer of the contract. */
export type SubmissionResult = components['schemas']['SubmissionResult'];

/** A row of a change as it was accepted. */
export type GivenRow = Parameters<typeof toAcceptedChange>[0] & { readonly record_no: number };

/** A record that was taken. */
export const toTaken = (row: GivenRow): RecordResult => ({
  no: row.record_no,
  code: row.dossier_code,
  change: toAcceptedChange(row, isBlocked(row.findings) ? 'repair' : 'waiting'),
});

/** A record that was refused. */
export const toRefused = ({ code }: NewRecord, no: number, refusal: ProblemCode): RecordResult => ({
  ...{ no, code },
  refusal: { code: refusal, ...toProblemWords(refusal) },
});

/** The answer with its sums. */
export function toSubmissionResult(records: readonly RecordResult[]): SubmissionResult {
  const count = (sync: string): number => records.filter(({ change }) => change?.sync === sync).length;
  return {
    accepted: count('waiting'),
    repair: count('repair'),
    refused: records.filter(({ refusal }) => refusal !== undefined).length,
    records: [...records],
  };
}

/** Columns of a `GivenRow`. */
export const givenColumns = `record_no, id, dossier_code, no, has_dossier, lines, status, findings,
  catalogue_version::float8 AS catalogue_version, corrects, accepted_at`;

/**
 * What a call came to, from the changes that it made; refusals are not kept and told again by their reason.
 * @returns undefined when it made none
 */
export async function readGivenResults(
  client: Pick<ClientBase, 'query'>,
  exchangeId: string,
  records: readonly NewRecord[],
  isOwn: (unitId: string) => boolean,
): Promise<readonly RecordResult[] | undefined> {
  const { rows } = await client.query<GivenRow>({
    name: 'portal-given',
    text: `SELECT ${givenColumns} FROM portal_change WHERE exchange_id = $1`,
    values: [exchangeId],
  });
  if (rows.length === 0) return undefined;
  const taken = new Map(rows.map((row) => [row.record_no, row]));
  const { rows: owners } = await client.query<{ code: string; unit_id: string }>(
    'SELECT code, unit_id FROM portal_dossier WHERE code = ANY ($1)',
    [records.map(({ code }) => code)],
  );
  const foreign = new Set(owners.filter(({ unit_id: unitId }) => !isOwn(unitId)).map(({ code }) => code));
  return records.map((record, no) => {
    const row = taken.get(no);
    if (row) return toTaken(row);
    if (isEmpty(record)) return toRefused(record, no, 'record-empty');
    // It may be the unit's by now; but for its owner there is no reason to refuse what corrects nothing.
    const wasForeign = foreign.has(record.code) || record.corrects === undefined;
    return toRefused(record, no, wasForeign ? 'dossier-not-yours' : 'correction-refused');
  });
}
