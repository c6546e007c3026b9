// The keys that a ticket and today's heads are checked with: the one that is trusted, and those of the log that follow it, by a
// file that was kept or, beside a hub that is asked anyway, by what it hands out. Neither is believed, both are verified.
import { parseVerifierKey } from '../evidence/note.ts';
import { type TrustedKey, verifyKeyChain } from '../evidence/verify-keys.ts';
import { explainKeyChain } from './receipt.ts';
import type { LogKey } from './sandbox-option.ts';

const fetchMs = 15_000;
const chainCharacters = 4_194_304;

/** @returns undefined when the hub has none to give */
async function fetchChain(hubUrl: string): Promise<unknown> {
  try {
    const init: RequestInit = {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(fetchMs),
    };
    const response = await fetch(`${hubUrl}/log/keys`, init);
    const text = await response.text();
    return response.status === 200 && text.length <= chainCharacters ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The trusted key and those that it leads to, oldest first; what was followed is said.
 * @param chain text of a key chain (`/log/keys`); without it the hub is asked for one, where there is a hub
 * @returns undefined, said as well, when the given chain does not hold
 */
export async function findTicketKeys(
  logKey: LogKey,
  chain: string | undefined,
  hubUrl: string | undefined,
  show: (line: string) => void,
): Promise<readonly TrustedKey[] | undefined> {
  if (chain !== undefined) return explainKeyChain(chain, logKey, show);
  const alone = [{ key: logKey.key, until: undefined }];
  const given = hubUrl === undefined ? undefined : await fetchChain(hubUrl);
  if (given === undefined) return alone;
  const verdict = verifyKeyChain(given, logKey.key);
  if (!verdict.ok) {
    show(`  not followed: the key chain of the hub: ${verdict.reason}`);
    return alone;
  }
  for (const line of verdict.checked) show(`  checked: ${line}`);
  return verdict.keys;
}

/** Those of one log: after a restore a chain leads to the keys of several, and a head of another log decides nothing. */
export const keysOfLog = (keys: readonly TrustedKey[], log: string): readonly TrustedKey[] =>
  keys.filter(({ key }) => parseVerifierKey(key).name === log);
