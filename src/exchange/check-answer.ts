// Step 8: tolerant of what sources send, strict on what is released: only the fields that the grant lists, then the
// contract check, last, on what leaves.
import { toMembers } from '../contracts/contract.ts';
import { Problem, toProblemReply } from '../problem.ts';
import type { ServiceAnswer } from '../services/service.ts';
import type { Answered, Dispatched, Reply } from './stages.ts';

/** Keeps of the member `within` only the fields that the grant lists; a grant without a list releases none. */
export function toGrantedBody(
  body: unknown,
  within: string | undefined,
  fields: readonly string[] | undefined,
): unknown {
  if (within === undefined) return body;
  const members = toMembers(body);
  if (members[within] === undefined) return body;
  const kept = Object.entries(toMembers(members[within])).filter(([name]) => fields?.includes(name));
  return { ...members, [within]: Object.fromEntries(kept) };
}

function toReply(answer: ServiceAnswer<unknown>, body: unknown): Reply {
  return {
    status: answer.status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...answer.headers,
    },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** The reply of a problem, naming the exchange. */
export function toProblemAnswer(
  publicUrl: string,
  problem: Problem,
  call: { readonly headers: Readonly<Record<string, string | undefined>> },
  exchangeId: string | undefined,
): Reply {
  const reply = toProblemReply(problem, {
    baseUrl: publicUrl,
    exchangeId,
    acceptLanguage: call.headers['accept-language'],
  });
  return { ...reply, body: Buffer.from(JSON.stringify(reply.body)) };
}

/** Never throws: an answer that does not fit becomes the problem answer-invalid. */
export async function checkAnswer(publicUrl: string, dispatched: Dispatched): Promise<Answered> {
  const { outcome, operation, grant } = dispatched;
  const refuse = (problem: Problem, more: Pick<Dispatched, 'outcome'>): Answered => ({
    ...dispatched,
    ...more,
    reply: toProblemAnswer(publicUrl, problem, dispatched.call, dispatched.exchangeId),
  });
  if (outcome.problem) return refuse(outcome.problem, { outcome });
  const body = toGrantedBody(outcome.answer.body, operation.grantedFields, grant.fields);
  const places = await operation.validator.answer(outcome.answer.status, body);
  if (places === undefined) return { ...dispatched, reply: toReply(outcome.answer, body) };
  // Places name fields of the contract, never values.
  const cause = new Error(
    `answer does not fit: ${places.map((place) => `${place.where} ${place.message}`).join('; ')}`,
  );
  const problem = new Problem('answer-invalid', {
    cause,
    ...(operation.source && { source: operation.source }),
  });
  return refuse(problem, {
    outcome: { problem, ...(outcome.answer.sources && { sources: outcome.answer.sources }) },
  });
}
