// Step 8: tolerant of what sources send, strict on what is released: only the fields that the grant lists, then the
// contract check, last, on what leaves.
import { toMembers } from '../contracts/contract.ts';
import { Problem, toProblemReply } from '../problem.ts';
import type { ServiceAnswer } from '../services/service.ts';
import { type Answered, add, type Dispatched, type Reply } from './stages.ts';

/** Keeps of what stands `within` only the fields that the grant lists; a grant without a list releases none. */
export function toGrantedBody(
  body: unknown,
  within: readonly string[] | undefined,
  fields: readonly string[] | undefined,
): unknown {
  if (within === undefined) return body;
  if (Array.isArray(body)) return body.map((item) => toGrantedBody(item, within, fields));
  const [name, ...further] = within;
  const members = toMembers(body);
  if (name === undefined)
    return Object.fromEntries(Object.entries(members).filter(([field]) => fields?.includes(field)));
  return members[name] === undefined
    ? body
    : { ...members, [name]: toGrantedBody(members[name], further, fields) };
}

const noBytes = Buffer.alloc(0);

function toReply(answer: ServiceAnswer<unknown>, body: unknown): Reply {
  const { status, stream } = answer;
  if (stream)
    return {
      status,
      headers: { 'content-type': stream.type, 'cache-control': 'no-store', ...answer.headers },
      body: { bytes: stream.bytes, open: stream.open },
    };
  if (body === undefined)
    return { status, headers: { 'cache-control': 'no-store', ...answer.headers }, body: noBytes };
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

/** Why the answer may not leave, or its reply. */
async function checkBody(dispatched: Dispatched, answer: ServiceAnswer<unknown>): Promise<Reply | Problem> {
  const { operation, grant } = dispatched;
  const body = toGrantedBody(answer.body, operation.grantedFields, grant.fields);
  const places = operation.validator.answer(answer.status, body);
  const isStream = operation.answers.get(answer.status) === 'stream';
  if (places === undefined && isStream === (answer.stream !== undefined)) return toReply(answer, body);
  // Places name fields of the contract, never values.
  const cause = new Error(
    `answer does not fit: ${(places ?? []).map((place) => `${place.where} ${place.en}`).join('; ')}`,
  );
  return new Problem('answer-invalid', { cause, ...(operation.source && { source: operation.source }) });
}

/** Never throws: an answer that does not fit becomes the problem answer-invalid, a bug of ours internal-error. */
export async function checkAnswer(publicUrl: string, dispatched: Dispatched): Promise<Answered> {
  const { outcome } = dispatched;
  const checked =
    outcome.problem ??
    (await checkBody(dispatched, outcome.answer).catch(
      (error) => new Problem('internal-error', { cause: error }),
    ));
  if (!(checked instanceof Problem)) return add(dispatched, { reply: checked });
  const sources = outcome.problem ? outcome.sources : outcome.answer.sources;
  return {
    ...dispatched,
    outcome: {
      problem: checked,
      step: outcome.problem ? outcome.step : 'checkAnswer',
      ...(sources && { sources }),
    },
    reply: toProblemAnswer(publicUrl, checked, dispatched.call, dispatched.exchangeId),
  };
}
