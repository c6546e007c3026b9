// Calls of the evidence service by an auditor's system: its token, officer and purpose on each of them.
import { toRefusal } from '../admin/call.ts';
import { type CallingSystem, makeHeaders } from '../calling-system.ts';

/** Who asks. */
export interface Auditor {
  readonly system: CallingSystem;
  readonly officer: string;
  readonly purpose: string;
}

/** One call. */
export interface HubCall {
  readonly method: string;
  /** Below `/evidence/v1`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/** The hub was not reached, or the connection broke: the same again may go well. */
export class BrokenConnectionError extends Error {}

/**
 * Makes a call; its body is not read.
 * @throws BrokenConnectionError
 * @throws Error in one sentence with the hub's problem code
 */
export async function callHub({ system, officer, purpose }: Auditor, call: HubCall): Promise<Response> {
  const url = `${system.hubUrl}/evidence/v1${call.path}`;
  const broken = (cause: unknown): never => {
    throw new BrokenConnectionError(`the hub at ${system.hubUrl} did not answer`, { cause });
  };
  const own = await makeHeaders(system, call.method, url).catch((error: unknown) => {
    if (error instanceof Error && error.cause) return broken(error);
    throw error;
  });
  const response = await fetch(url, {
    method: call.method,
    headers: {
      ...{ ...own, Officer: officer, Purpose: purpose, ...call.headers },
      ...(call.body !== undefined && { 'Content-Type': 'application/json' }),
    },
    body: call.body === undefined ? null : JSON.stringify(call.body),
    redirect: 'error',
    signal: call.signal,
  }).catch(broken);
  if (response.ok) return response;
  const text = await response.text().catch(broken);
  // What a balancer or a restarting hub says is no answer to the question.
  if ([502, 503, 504].includes(response.status)) return broken(new Error(text));
  throw toRefusal(response.status, text, response.headers.get('exchange-id') ?? '');
}

const firstPauseMs = 500;
const longestPauseMs = 10_000;

/**
 * Does what may meet a broken connection again, until it goes well or went wrong `most` times in a row.
 * @param work is told how to say that it came further, which begins the count anew
 * @throws what `work` throws
 */
export async function withPatience<T>(work: (onFurther: () => void) => Promise<T>, most = 8): Promise<T> {
  let failures = 0;
  for (;;)
    try {
      return await work(() => {
        failures = 0;
      });
    } catch (error) {
      failures += 1;
      if (!(error instanceof BrokenConnectionError) || failures >= most) throw error;
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
}
