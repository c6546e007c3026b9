// Asks the hub why an access token does not work, and prints its checks as a table.
import { readFileSync } from 'node:fs';
import type { components } from '../../openapi/types/diagnosis.v1.ts';
import { readText } from './read-text.ts';
import { openSandboxFile, type SandboxOption } from './sandbox-option.ts';

/** What is asked besides the token. */
export interface DiagnosisOptions extends SandboxOption {
  readonly operation?: string;
  readonly unit?: string;
  readonly purpose?: string;
  /** File of the proof. */
  readonly proof?: string;
  /** Address of the hub; default: the sandbox's. */
  readonly hub?: string;
  readonly json?: boolean;
}

type Diagnosis = components['schemas']['TokenDiagnosis'];

const timeoutMs = 10_000;
const standardInput = 0;

/** The token as it stands in a file, perhaps as a whole header. */
const readToken = (file: string): string =>
  (file === '-' ? readFileSync(standardInput, 'utf8') : readText(file))
    .trim()
    .replace(/^(authorization:\s*)?(bearer|dpop)\s+/i, '');

const isDiagnosis = (value: unknown): value is Diagnosis =>
  typeof value === 'object' && value !== null && 'checks' in value && Array.isArray(value.checks);

async function fetchDiagnosis(hubUrl: string, question: object): Promise<Diagnosis> {
  let response: Response;
  try {
    response = await fetch(`${hubUrl}/diagnosis/v1/token-diagnoses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': 'en' },
      body: JSON.stringify(question),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw new Error(`the hub ${hubUrl} cannot be reached; is it running?`, { cause });
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && isDiagnosis(answer)) return answer;
  const title = typeof answer === 'object' && answer !== null && 'title' in answer ? answer.title : undefined;
  throw new Error(`no diagnosis, status ${response.status}: ${title ?? 'unknown answer'}`);
}

function toTable({ serverTime, issuer, environment, boundTo, ...more }: Diagnosis): string {
  const width = Math.max(...more.checks.map(({ check }) => check.length));
  const facts = [
    `hub      ${issuer} (${environment}), its time ${serverTime}`,
    ...(boundTo === undefined ? [] : [`bound to ${boundTo}`]),
    ...(more.clockDifferenceSeconds === undefined
      ? []
      : [`iat      ${more.clockDifferenceSeconds} s from the hub's time`]),
  ];
  const checks = more.checks.map(
    ({ check, ok, en }) => `${ok ? 'ok  ' : 'FAIL'}  ${check.padEnd(width)}  ${en}`,
  );
  return [...facts, '', ...checks].join('\n');
}

/**
 * @returns whether every check holds
 * @throws Error in one sentence when the hub cannot be asked
 */
export async function explainToken(
  file: string,
  options: DiagnosisOptions,
  show: (text: string) => void,
): Promise<boolean> {
  const { operation, unit, purpose, proof, hub, json } = options;
  const hubUrl = (hub ?? openSandboxFile(options).baseUrl).replace(/\/$/, '');
  const token = readToken(file);
  if (token === '') throw new Error('there is no token in what was given');
  const diagnosis = await fetchDiagnosis(hubUrl, {
    ...{ token, operation, unit, purpose },
    ...(proof !== undefined && {
      proof: readText(proof)
        .trim()
        .replace(/^dpop:\s*/i, ''),
    }),
  });
  show(json ? JSON.stringify(diagnosis) : toTable(diagnosis));
  return diagnosis.firstFailing === undefined;
}
