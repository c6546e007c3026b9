// The one error class of the hub and the one function that turns an error into a reply (RFC 9457).
import type { SourceTrace } from '../adapters/adapter.ts';
import { type ProblemCode, problemCodes, type Responsible } from './problem-codes.ts';

/** A sentence in both languages. */
export interface Words {
  readonly vi: string;
  readonly en: string;
}

/** Where and why a request does not fit; the words never repeat the value. */
export interface ProblemPlace extends Words {
  readonly where: string;
}

/** What may accompany a problem. `detail` is for the caller; `cause` is for the log only. */
export interface ProblemMore {
  readonly detail?: Words;
  readonly errors?: readonly ProblemPlace[];
  readonly source?: string;
  readonly retryAfterS?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document (RFC 9457 §3.2), of names that no problem has. */
  readonly members?: Readonly<Record<string, string | boolean>>;
  /** Replaces the table's party where the case decides it. */
  readonly responsible?: Responsible;
  /** What was asked of sources before it came to this: for the entry only. */
  readonly sources?: readonly SourceTrace[];
  readonly cause?: unknown;
}

/** A refusal or failure with a stable code. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly more: ProblemMore;
  constructor(code: ProblemCode, more: ProblemMore = {}) {
    super(code, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Problem';
    this.code = code;
    this.more = more;
  }
  get status(): number {
    return problemCodes[this.code].status;
  }
  /** Who must act: the table's party, unless the case decided otherwise. */
  get responsible(): Responsible {
    return this.more.responsible ?? problemCodes[this.code].responsible;
  }
}

/** The reply that a problem becomes. */
export interface ProblemReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Vietnamese unless the caller prefers English (RFC 9110 §12.5.4; first of vi or en wins). */
function toLanguage(acceptLanguage: string | undefined): 'vi' | 'en' {
  const first = /\b(vi|en)\b/i.exec(acceptLanguage ?? '')?.[1]?.toLowerCase();
  return first === 'en' ? 'en' : 'vi';
}

/** Turns any error into a Problem; what is not one of ours is a bug: 500 without detail. */
export function toProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem('internal-error', { cause: error });
}

/**
 * The RFC 9457 reply of a problem, in both languages.
 * @param baseUrl public address of the hub, without a slash at the end
 */
export function toProblemReply(
  problem: Problem,
  about: { baseUrl: string; exchangeId?: string | undefined; acceptLanguage?: string | undefined },
): ProblemReply {
  const entry = problemCodes[problem.code];
  const { more } = problem;
  const language = toLanguage(about.acceptLanguage);
  const text = (of: 'vi' | 'en') => ({
    title: entry[of].title,
    ...(more.detail && { detail: more.detail[of] }),
    action: entry[of].action,
  });
  return {
    status: entry.status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-language': language,
      'cache-control': 'no-store',
      ...(more.retryAfterS !== undefined && { 'retry-after': String(more.retryAfterS) }),
      ...more.headers,
    },
    body: {
      type: `${about.baseUrl}/problems/${problem.code}`,
      title: entry[language].title,
      status: entry.status,
      ...(more.detail && { detail: more.detail[language] }),
      ...(about.exchangeId && { instance: `urn:uuid:${about.exchangeId}`, exchangeId: about.exchangeId }),
      code: problem.code,
      responsible: problem.responsible,
      ...(more.source && { source: more.source }),
      ...more.members,
      vi: text('vi'),
      en: text('en'),
      ...(more.errors && {
        errors: more.errors
          .slice(0, 50)
          .map(({ where, vi, en }) => ({ where, message: { vi, en }[language], vi, en })),
      }),
    },
  };
}
