// The section `callers` of SETTINGS_FILE: from where each national system calls us, and what it must show. Who is not in
// it is refused.
import { isBlock } from '../addresses.ts';
import { StartError } from '../database/start-error.ts';
import type { PlaceLimits } from './places.ts';

/** How fast a national system may call, and how many of its calls may be under way. */
export interface CallerLimits extends PlaceLimits {
  readonly perSecond: number;
  /** Calls above that in ten seconds. */
  readonly burst: number;
}

/** How one national system is known. Each member that is there must be met. */
export interface CallerSettings {
  /** See `isBlock`. */
  readonly networks: readonly string[] | undefined;
  /** SHA-256 of the DER of each, base64url. */
  readonly certificates: readonly string[] | undefined;
  /** HTTP Basic. Source: RFC 7617 §2. */
  readonly account: { readonly user: string; readonly secret: string } | undefined;
  readonly limits: CallerLimits;
}

const usualLimits: CallerLimits = { perSecond: 50, burst: 100, calls: 16, waiting: 128, waitMs: 5_000 };
const mostOfALimit = 100_000;

type Members = Readonly<Record<string, unknown>>;
/** Notes a mistake by the place where it stands; values are not repeated. */
type Complain = (place: string, mistake: string) => void;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isFilledList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0;
// RFC 7617 §2: no control characters, no colon in the user's name.
const isUser = (value: unknown): value is string =>
  typeof value === 'string' && /^[^\p{Cc}:]{1,200}$/u.test(value);
const isSecret = (value: unknown): value is string =>
  typeof value === 'string' && /^\P{Cc}{1,500}$/u.test(value);

const isNetwork = (value: unknown): value is string =>
  typeof value === 'string' && isBlock(value) && !/\/0+$/.test(value);

function parseNetworks(value: unknown, complain: Complain): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (isFilledList(value) && value.every(isNetwork)) return value;
  complain('networks', 'must list addresses or blocks such as 192.0.2.0/24, and not every address');
  return undefined;
}

const isFingerprint = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value.replaceAll(':', ''));

function parseCertificates(value: unknown, complain: Complain): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (isFilledList(value) && value.every(isFingerprint))
    return value.map((text) => Buffer.from(text.replaceAll(':', ''), 'hex').toString('base64url'));
  complain('certificates', 'must list SHA-256 fingerprints, 64 hexadecimal digits each');
  return undefined;
}

function parseAccount(value: unknown, complain: Complain): CallerSettings['account'] {
  if (value === undefined) return undefined;
  const { user, secret, ...more } = isMembers(value) ? value : {};
  if (isUser(user) && isSecret(secret) && Object.keys(more).length === 0) return { user, secret };
  complain('account', 'must have the members user (no colon) and secret, and no other');
  return undefined;
}

function parseLimits(value: unknown, complain: Complain): CallerLimits {
  const given = value === undefined ? {} : value;
  const isLimit = ([name, limit]: readonly [string, unknown]): boolean =>
    Object.hasOwn(usualLimits, name) &&
    Number.isInteger(limit) &&
    Number(limit) >= 1 &&
    Number(limit) <= mostOfALimit;
  if (isMembers(given) && Object.entries(given).every(isLimit)) return { ...usualLimits, ...given };
  complain('limits', `must be whole numbers from 1 of ${Object.keys(usualLimits).join(', ')}`);
  return usualLimits;
}

function parseCaller(json: unknown, complain: Complain): CallerSettings {
  if (!isMembers(json)) complain('', 'must be an object');
  const { networks, certificates, account, limits, ...more } = isMembers(json) ? json : {};
  for (const name of Object.keys(more)) complain(name, 'is not known');
  if (networks === undefined && certificates === undefined)
    complain('', 'must have networks or certificates: who calls must be known');
  return {
    networks: parseNetworks(networks, complain),
    certificates: parseCertificates(certificates, complain),
    account: parseAccount(account, complain),
    limits: parseLimits(limits, complain),
  };
}

/**
 * Reads `{ "<source>": { networks, certificates, account, limits } }`, limits by default 50 calls a second, 100 more in ten
 * seconds, 16 under way, 128 that wait for 5 s.
 * @param known the sources that call operations of this hub
 * @throws StartError naming every mistake
 */
export function parseCallers(json: Members, known: readonly string[]): ReadonlyMap<string, CallerSettings> {
  const mistakes: string[] = [];
  const callers = Object.entries(json).map(([name, caller]) => {
    const complain: Complain = (place, mistake) =>
      mistakes.push(`callers.${name}${place === '' ? '' : `.${place}`} ${mistake}`);
    if (!known.includes(name))
      complain('', `calls no operation of this hub (${known.length === 0 ? 'none does' : known.join(', ')})`);
    return [name, parseCaller(caller, complain)] as const;
  });
  if (mistakes.length > 0) throw new StartError(`SETTINGS_FILE: ${mistakes.join('; ')}`);
  return new Map(callers);
}
