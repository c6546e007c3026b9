// Reports of a call: each judged and written, or refused by itself; all of them in one transaction.
import type { ClientBase } from 'pg';
import type { components, operations } from '../../../../openapi/types/documents.v1.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import { type ProblemCode, problemCodes } from '../../../problem-codes.ts';
import type { RequestOf } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { answerChanges, lockAnswered } from './changes.ts';
import { createJudging, type Judging, type StatusDraft, toArrived, writeJudged } from './record.ts';
import { findRefusal, type Report, toDraft, toOrigin } from './report.ts';
import { readStandings, readSubjects } from './subjects.ts';

type Results = components['schemas']['StatusResults'];
type Result = Results['results'][number];

/** The request of the contract. */
export type StatusesRequest = RequestOf<operations['sendStatuses']>;

/** A report that is checked: what is to be recorded, or why nothing is. */
type Checked = { readonly draft: StatusDraft } | { readonly refusal: ProblemCode };

function toRefused({ deliveryId, code }: Report, refusal: ProblemCode): Result {
  const words = (of: 'vi' | 'en'): string => {
    const { title, action } = problemCodes[refusal][of];
    return `${title}. ${action}`;
  };
  const problem = { code: refusal, vi: words('vi'), en: words('en') };
  return { deliveryId, code, outcome: 'refused', flags: [], problem };
}

async function check(
  rooms: DocumentRooms,
  { body, caller }: StatusesRequest,
  exchangeId: string,
): Promise<readonly Checked[]> {
  const subjects = await readSubjects(
    rooms.pool,
    body.statuses.map(({ deliveryId }) => deliveryId),
  );
  const origin = toOrigin(caller, 'sendStatuses', exchangeId);
  return Promise.all(
    body.statuses.map(async (report, item): Promise<Checked> => {
      const subject = subjects.get(report.deliveryId);
      const refusal = findRefusal(rooms, subject, report, caller.actingUnit.id);
      if (refusal !== undefined || !subject) return { refusal: refusal ?? 'message-not-found' };
      return { draft: await toDraft(rooms, subject, report, origin, caller.actingUnit, item) };
    }),
  );
}

const toResult = (report: Report, checked: Checked, judging: Judging): Result => {
  if ('refusal' in checked) return toRefused(report, checked.refusal);
  const { deliveryId, code } = report;
  const written = judging.add(checked.draft);
  if (!written) return { deliveryId, code, outcome: 'repeated', flags: ['repeated'] };
  return {
    ...{ deliveryId, code, outcome: 'accepted', flags: [...written.judgement.flags] },
    ...{ messageId: written.id, statusDeliveryId: written.deliveryId },
  };
};

/** False: an earlier call with the same exchange has its answer here already. */
async function insertCall(client: ClientBase, exchangeId: string, answer: Results): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'status-call',
    text: 'INSERT INTO document_call (exchange_id, answer) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    values: [exchangeId, JSON.stringify(answer)],
  });
  return rowCount === 1;
}

/** What an earlier call came to; undefined: it had no effect. */
export async function readResults({ pool }: DocumentRooms, exchangeId: string): Promise<Results | undefined> {
  const { rows } = await pool.query<{ answer: Results }>(
    'SELECT answer FROM document_call WHERE exchange_id = $1',
    [exchangeId],
  );
  return rows[0]?.answer;
}

/**
 * Records the reports of a call.
 * @param exchangeId the call that is answered, or the one that it repeats
 */
export async function sendStatuses(
  rooms: DocumentRooms,
  request: StatusesRequest,
  exchangeId: string,
): Promise<Results> {
  const checked = await check(rooms, request, exchangeId);
  const drafts = checked.flatMap((one) => ('draft' in one ? one.draft : []));
  const subjects = drafts.map(({ subject }) => subject);
  let arrived: readonly string[] = [];
  const results = await withRepeatedTransaction(rooms.pool, async (client) => {
    await lockAnswered(client, rooms, drafts);
    const judging = createJudging(await readStandings(client, subjects));
    const answer = {
      results: request.body.statuses.map((report, n) =>
        toResult(report, checked[n] ?? { refusal: 'message-not-found' }, judging),
      ),
    };
    if (!(await insertCall(client, exchangeId, answer))) return undefined;
    await answerChanges(client, rooms, judging.judged);
    await writeJudged(client, rooms, judging);
    arrived = toArrived(judging);
    return answer;
  });
  if (arrived.length > 0) rooms.onArrival(arrived);
  rooms.engine.poke();
  // Two repeats at once: the other one was first.
  return results ?? (await readResults(rooms, exchangeId)) ?? { results: [] };
}
