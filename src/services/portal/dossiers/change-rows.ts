// Changes as rows and as the contract shows them. Where one stands is told by its delivery; no row repeats it.
import type { components } from '../../../../openapi/types/portal.v1.ts';
import type { DeliveryState, Responsible } from '../../../delivery/types.ts';
import { type ProblemCode, problemCodes } from '../../../problem-codes.ts';
import { isProblemCode } from '../../../problem-pages.ts';
import { toSpokenFinding, toSpokenRefusal } from '../finding-words.ts';
import type { Finding } from '../findings.ts';
import { toProblemWords } from '../problem-words.ts';

/** As the contract shows it. */
export type Change = components['schemas']['Change'];
/** Where a change or a dossier stands. */
export type SyncState = components['schemas']['SyncState'];

/** A row of `changeSelect`. */
export interface ChangeRow {
  readonly id: string;
  readonly dossier_code: string;
  readonly no: number;
  readonly unit_id: string;
  readonly has_dossier: boolean;
  readonly lines: number;
  readonly lines_done: number;
  readonly is_unsure: boolean;
  readonly status: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | null;
  readonly findings: readonly Finding[];
  readonly catalogue_version: number;
  readonly done_at: Date | null;
  readonly portal_code: string | null;
  readonly refused_where: readonly string[] | null;
  readonly corrects: string | null;
  readonly corrected_by: string | null;
  readonly accepted_at: Date;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly next_at: Date;
  readonly problem: string | null;
  readonly responsible: Responsible | null;
  readonly position: string;
  readonly blocked_by: string | null;
}

/** Changes `c` with their deliveries `d` and dispatches `p`; what they wait behind is the first that is held or dead. */
export const changeSelect = `SELECT c.id, c.dossier_code, c.no, c.unit_id, c.has_dossier, c.lines, c.lines_done, c.is_unsure, c.status,
  c.findings,  c.catalogue_version::float8 AS catalogue_version, c.done_at, c.portal_code, c.refused_where, c.corrects, c.corrected_by,
  c.accepted_at, d.state, p.attempts, p.next_at, p.problem, p.responsible, p.position::text AS position,
  CASE WHEN d.state = 'waiting' THEN (
    SELECT y.id FROM dispatch b JOIN delivery y ON y.dispatch_id = b.id
    WHERE b.route = p.route AND b.order_key = p.order_key AND b.position < p.position AND b.state IN ('held', 'dead')
    ORDER BY b.position LIMIT 1) END AS blocked_by
  FROM portal_change c JOIN delivery d ON d.id = c.id JOIN dispatch p ON p.id = d.dispatch_id`;

/** Where a change stands. */
export function toSync({ done_at: doneAt, state }: Pick<ChangeRow, 'done_at' | 'state'>): SyncState {
  if (doneAt !== null) return 'synchronised';
  if (state === 'held') return 'repair';
  if (state === 'dead') return 'refused';
  return state === 'abandoned' ? 'withdrawn' : 'waiting';
}

/** What does not change from acceptance on. */
type AcceptedRow = Pick<
  ChangeRow,
  | 'id'
  | 'dossier_code'
  | 'no'
  | 'has_dossier'
  | 'lines'
  | 'status'
  | 'findings'
  | 'catalogue_version'
  | 'corrects'
  | 'accepted_at'
>;

/** A change as it was when it was accepted: the same at every repeat of the call. */
export const toAcceptedChange = (row: AcceptedRow, sync: 'waiting' | 'repair'): Change => ({
  changeId: row.id,
  code: row.dossier_code,
  no: row.no,
  sync,
  hasDossier: row.has_dossier,
  progressLines: row.lines,
  ...(row.status !== null && { status: row.status }),
  acceptedAt: row.accepted_at.toISOString(),
  ...(row.corrects !== null && { corrects: row.corrects }),
  catalogueVersion: row.catalogue_version,
  findings: row.findings.map(toSpokenFinding),
});

/** It may be at the portal: more to those who decide than what the last attempt failed by. */
const unsure = 'portal-given-up-unsure' satisfies ProblemCode;

const toTold = (problem: string): Partial<Change> => ({
  problem,
  ...(isProblemCode(problem) && { explanation: toProblemWords(problem) }),
});

/** What came of the attempts, while it is of use. */
function toAttempts(row: ChangeRow, sync: SyncState): Partial<Change> {
  const isOpen = sync === 'waiting' || sync === 'refused';
  const isGivenUpUnsure = sync === 'refused' && row.is_unsure;
  const problem = row.problem !== null && isGivenUpUnsure ? unsure : row.problem;
  const responsible = problem === unsure ? problemCodes[unsure].responsible : row.responsible;
  return {
    attempts: row.attempts,
    ...(sync === 'waiting' && row.attempts > 0 && { nextAt: row.next_at.toISOString() }),
    ...(isOpen && problem !== null && toTold(problem)),
    ...(isOpen && responsible !== null && { responsible }),
    ...(sync === 'refused' && row.portal_code !== null && { portalCode: row.portal_code }),
  };
}

/** A change as it stands. */
export function toChange(row: ChangeRow): Change {
  const sync = toSync(row);
  const refused = sync === 'refused' ? (row.refused_where ?? []).map(toSpokenRefusal) : [];
  return {
    ...toAcceptedChange(row, 'waiting'),
    ...{ sync, ...toAttempts(row, sync) },
    ...(row.lines > 0 && { progressLinesStored: row.lines_done }),
    ...(row.done_at !== null && { synchronisedAt: row.done_at.toISOString() }),
    ...(row.blocked_by !== null && { blockedBy: row.blocked_by }),
    ...(row.corrected_by !== null && { correctedBy: row.corrected_by }),
    findings: [...refused, ...row.findings.map(toSpokenFinding)],
  };
}
