// What lists and figures need of a dossier, taken from what was said last of it.
import type { PortalDossier } from '../../../../adapters/portal/portal.ts';
import { type Finding, toScoreCodes } from '../findings.ts';

/** The columns of `portal_dossier` that a change with a dossier sets. */
export interface Summary {
  readonly procedure_code: string | undefined;
  readonly status: number | undefined;
  readonly channel: string | undefined;
  readonly received_at: string | undefined;
  readonly due_at: string | undefined;
  readonly finished_at: string | undefined;
  readonly returned_at: string | undefined;
  readonly refused_at: string | undefined;
  /** An electronic result that has code and link. Source: public-service-portal.md §8 */
  readonly has_result: boolean;
  readonly is_paid_online: boolean;
  readonly supplements: number;
  readonly score: readonly string[];
}

/** The summary of a dossier with what was found in it. */
export const toSummary = (dossier: PortalDossier, findings: readonly Finding[]): Summary => ({
  procedure_code: dossier.procedure?.code,
  status: dossier.status,
  channel: dossier.channel,
  received_at: dossier.receivedAt,
  due_at: dossier.dueAt,
  finished_at: dossier.finishedAt,
  returned_at: dossier.returnedAt,
  refused_at: dossier.refusedAt,
  has_result: (dossier.results ?? []).some(({ code, link }) => code !== undefined && link !== undefined),
  is_paid_online: dossier.onlinePayment !== undefined,
  supplements: dossier.supplements?.length ?? 0,
  score: toScoreCodes(findings),
});
