// Fetches a receipt, verifies receipts, and says in plain words what was checked.
import { readFileSync, writeFileSync } from 'node:fs';
import { verifyReceipt } from '../evidence/verify.ts';
import { type CallingSystem, makeHeaders } from './calling-system.ts';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** The exchange id of an argument: the id itself, or the last header Exchange-Id in a file of an answer's headers. */
export function readExchangeId(argument: string): string {
  if (new RegExp(`^${uuid.source}$`).test(argument)) return argument;
  const text = readFileSync(argument, 'utf8');
  const found = [...text.matchAll(new RegExp(`^exchange-id:\\s*(${uuid.source})\\s*$`, 'gim'))].at(-1);
  if (!found?.[1]) throw new Error(`${argument} holds no header Exchange-Id; was the call answered?`);
  return found[1];
}

/** @throws Error in one sentence with the hub's problem code */
export async function fetchReceipt(system: CallingSystem, exchangeId: string): Promise<string> {
  const url = `${system.hubUrl}/evidence/v1/exchanges/${exchangeId}/receipt`;
  const headers = await makeHeaders(system, 'GET', url);
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(15_000) });
  const text = await response.text();
  if (response.status === 200) return text;
  const problem = /"code":"([a-z-]+)"/.exec(text)?.[1] ?? 'no problem code';
  throw new Error(`no receipt, status ${response.status}: ${problem}`);
}

/** Saves a receipt, readable. */
export const saveReceipt = (file: string, text: string): void =>
  writeFileSync(file, `${JSON.stringify(JSON.parse(text), null, 2)}\n`, { mode: 0o600 });

/** Verifies a receipt's text offline and says so. @returns true when it holds */
export function explainReceipt(text: string, logKey: string, say: (line: string) => void): boolean {
  let receipt: unknown;
  try {
    receipt = JSON.parse(text);
  } catch {
    say('NOT VALID: it is no JSON');
    return false;
  }
  const verdict = verifyReceipt(receipt, logKey);
  if (!verdict.ok) {
    say(`NOT VALID: ${verdict.reason}`);
    return false;
  }
  for (const line of verdict.checked) say(`  checked: ${line}`);
  say('VALID');
  return true;
}
