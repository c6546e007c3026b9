// One call of an operation of admin.v1 through the hub, as any other system makes it.
import { randomUUID } from 'node:crypto';
import { toMembers } from '../../contracts/contract.ts';
import { type CallingSystem, makeHeaders } from '../calling-system.ts';
import { UsageError } from '../usage-error.ts';
import type { AdminOperation } from './contract-operations.ts';

/** Who acts, beside the calling system. */
export interface Actor {
  readonly system: CallingSystem;
  /** An officer of the acting unit; compulsory where something changes. */
  readonly officer: string | undefined;
  /** Purpose of changes. */
  readonly purpose: string;
  /** A new one when none is given. */
  readonly idempotencyKey: string | undefined;
}

/** What is asked. */
export interface Question {
  readonly parameters: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The hub's answer to a call that it did. */
export interface Answer {
  readonly status: number;
  readonly exchangeId: string;
  readonly text: string;
  readonly body: unknown;
}

/** The hub answered with a problem. */
export class RefusalError extends Error {
  /** The problem document as received. */
  readonly text: string;
  constructor(message: string, text: string) {
    super(message);
    this.text = text;
  }
}

const callMs = 60_000;

function toUrl({ system }: Actor, operation: AdminOperation, { parameters, query = {} }: Question): string {
  const path = operation.parameters.reduce(
    (at, name, place) => at.replace(`{${name}}`, encodeURIComponent(parameters[place] ?? '')),
    operation.path,
  );
  const search = new URLSearchParams(query).toString();
  return `${system.hubUrl}${path}${search === '' ? '' : `?${search}`}`;
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The problem in words: code, what it is, what to do, who must act, and each place in error on a line of its own. */
export function toRefusal(status: number, text: string, exchangeId: string): RefusalError {
  const problem = toMembers(parse(text));
  const code = problem['code'];
  if (typeof code !== 'string')
    return new RefusalError(`the hub answered ${status} without a problem document`, text);
  const { title, detail, action } = toMembers(problem['en']);
  const places = Array.isArray(problem['errors']) ? problem['errors'].map(toMembers) : [];
  const lines = places.map(({ where, vi, en }) => `\n  ${where} ${vi} / ${en}`);
  const act = `who must act: ${problem['responsible']}`;
  const said = [title, detail, action]
    .filter((one) => typeof one === 'string')
    .map((one) => one.replace(/\.$/, ''));
  const exchange = exchangeId === '' ? '' : `, exchange ${exchangeId}`;
  return new RefusalError(
    `${code} (${status}): ${said.join('. ')} (${act}${exchange})${lines.join('')}`,
    text,
  );
}

function toEffectHeaders({ officer, purpose }: Actor, key: string): Record<string, string> {
  if (officer === undefined)
    throw new UsageError('a change needs --officer, the id of an officer of the acting unit');
  return { Officer: officer, Purpose: purpose, 'Idempotency-Key': key };
}

/**
 * Calls the operation.
 * @throws RefusalError when the hub refuses; Error in one sentence when it cannot be reached, which for a change says how
 *   to ask again without doing it twice; UsageError
 */
export async function callOperation(
  actor: Actor,
  operation: AdminOperation,
  question: Question,
): Promise<Answer> {
  const url = toUrl(actor, operation, question);
  const key = actor.idempotencyKey ?? randomUUID();
  const effect = operation.effect ? toEffectHeaders(actor, key) : {};
  const headers = {
    ...(await makeHeaders(actor.system, operation.method, url)),
    ...effect,
    ...question.headers,
    ...(question.body !== undefined && { 'Content-Type': 'application/json' }),
  };
  const again = operation.effect
    ? `; whether it was done is not known: the same command with --idempotency-key ${key} does it at most once`
    : '';
  const lost = (cause: unknown): never => {
    throw new Error(`the hub at ${actor.system.hubUrl} did not answer${again}`, { cause });
  };
  const body = question.body === undefined ? null : JSON.stringify(question.body);
  const signal = AbortSignal.timeout(callMs);
  const response = await fetch(url, {
    method: operation.method,
    headers,
    body,
    redirect: 'error',
    signal,
  }).catch(lost);
  const text = await response.text().catch(lost);
  const exchangeId = response.headers.get('exchange-id') ?? '';
  if (!response.ok) throw toRefusal(response.status, text, exchangeId);
  return { status: response.status, exchangeId, text, body: parse(text) };
}

/** All pages of a list as one. @throws as `callOperation` does */
export async function callAllPages(
  actor: Actor,
  operation: AdminOperation,
  question: Question,
): Promise<Answer> {
  const items: unknown[] = [];
  let cursor: unknown;
  let answer: Answer;
  do {
    const query = { limit: '200', ...question.query, ...(typeof cursor === 'string' && { cursor }) };
    answer = await callOperation(actor, operation, { ...question, query });
    const page = toMembers(answer.body);
    if (Array.isArray(page['items'])) items.push(...page['items']);
    cursor = page['next'];
  } while (typeof cursor === 'string');
  const body = { items, next: null };
  return { ...answer, body, text: JSON.stringify(body) };
}
