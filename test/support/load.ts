// Many look-ups at a time, and exactly what came back of each: the caller's own account of what it was given.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { makeProof } from '../../src/cli/proof.ts';
import { caseHeaders, citizen } from './calls.ts';
import type { createClient } from './sandbox-hub.ts';

/** An answer as the caller has it in hand. */
export interface GivenAnswer {
  readonly status: number;
  /** Empty when the hub named none. */
  readonly exchangeId: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Problem code; undefined for a 200. */
  readonly problem: string | undefined;
}

/** What came of many look-ups. */
export interface Outcome {
  readonly answers: readonly GivenAnswer[];
  /** How many broke off without an answer. */
  readonly unanswered: number;
}

/** What is sent. */
export interface LoadOptions {
  /** Where the look-ups go; the proofs name `publicUrl`. */
  readonly url: string;
  readonly publicUrl: string;
  readonly client: ReturnType<typeof createClient>;
  /** Look-ups under way at once. */
  readonly atOnce: number;
  /** Asked before each look-up with the number sent so far. */
  readonly isOver: (sent: number) => boolean;
  /** Told of each answer, with the number of answers so far. */
  readonly onAnswer?: (answers: number) => void;
}

const path = '/population/v1/citizen-lookups';
const body = JSON.stringify(citizen);
/** A caller that was refused is not back at once: a hub that cannot record would only be busy saying so. */
const refusedMs = 100;

function toProblem(status: number, text: string): string | undefined {
  if (status === 200) return undefined;
  const parsed: unknown = JSON.parse(text);
  const type = typeof parsed === 'object' && parsed !== null && 'type' in parsed ? String(parsed.type) : '';
  return type.slice(type.lastIndexOf('/') + 1);
}

/** One look-up, sent once. @throws Error when no answer came */
async function lookUp(pool: Pool, { publicUrl, client }: LoadOptions): Promise<GivenAnswer> {
  const { token, key } = await client.token({});
  const dpop = await makeProof({ key, method: 'POST', url: `${publicUrl}${path}`, accessToken: token });
  const response = await pool.request({
    method: 'POST',
    path,
    headers: { ...caseHeaders, authorization: `DPoP ${token}`, dpop, 'content-type': 'application/json' },
    body,
  });
  const bytes = Buffer.from(await response.body.arrayBuffer());
  return {
    status: response.statusCode,
    exchangeId: String(response.headers['exchange-id'] ?? ''),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    problem: toProblem(response.statusCode, bytes.toString()),
  };
}

/** Sends look-ups until it is over; none is sent twice. */
export async function sendLookUps(options: LoadOptions): Promise<Outcome> {
  const { url, atOnce, isOver, onAnswer } = options;
  const pool = new Pool(url, { connections: atOnce, pipelining: 1, headersTimeout: 15_000 });
  const answers: GivenAnswer[] = [];
  let sent = 0;
  let unanswered = 0;
  const send = async (): Promise<void> => {
    while (!isOver(sent)) {
      sent += 1;
      try {
        const answer = await lookUp(pool, options);
        answers.push(answer);
        onAnswer?.(answers.length);
        if (answer.problem !== undefined) await pause(refusedMs);
      } catch {
        unanswered += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  await pool.destroy();
  return { answers, unanswered };
}
