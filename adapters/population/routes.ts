// How a call shows who it is, per configured route. Source: population-database.md §4
import { createHash, createHmac } from 'node:crypto';
import type { SourceCredential } from '../adapter.ts';
import type { Wire } from '../undici-axios.ts';
import type { DirectRoute, LgspTokenRoute, OfficerKey } from './settings.ts';

/** One call, as far as its headers depend on it. */
export interface RouteCall {
  /** The exact configured address. */
  readonly url: string;
  readonly unitCode: string;
  readonly officerNumber: string;
  /** The account in place of the configured one. */
  readonly credential: SourceCredential | undefined;
}

/** Makes the headers of calls. */
export interface Route {
  /** @throws RouteError */
  headers(call: RouteCall): Promise<Readonly<Record<string, string>>>;
  /** The source did not accept the last headers: nothing of them may be used again. */
  forget(call: RouteCall): void;
}

/** Why no headers could be made; nothing of the call was sent. */
export class RouteError extends Error {
  readonly reason: 'officer-key-missing' | 'token-refused' | 'token-unreadable' | 'token-unreachable';
  constructor(reason: RouteError['reason']) {
    super(`no headers for the call: ${reason}`);
    this.name = 'RouteError';
    this.reason = reason;
  }
}

const toBase64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** `Authorization` of the direct route: a plain concatenation, hashed. Source: population-database.md §4 */
export function toAuthorization(url: string, user: string, timestamp: string, secret: string): string {
  const digest = createHash('sha256').update(`${url}${user}${timestamp}${secret}`, 'utf8').digest('hex');
  return `Basic ${toBase64(`${user}:${digest}`)}`;
}

/** Header `lgspaccesstoken`; a credential replaces the pair of keys. Source: population-database.md §4 */
export function toLgspAccessToken(route: LgspTokenRoute, credential?: SourceCredential): string {
  return toBase64(
    JSON.stringify({
      AccessKey: credential?.account ?? route.accessKey,
      SecretKey: credential?.secret ?? route.secretKey,
      AppName: route.appName,
      PartnerCode: route.partnerCode,
      PartnerCodeCus: route.partnerCodeCus,
    }),
  );
}

/** Header `AuthHash`. Source: population-database.md §4 */
export function toAuthHash(key: Pick<OfficerKey, 'keyName' | 'keyPass'>): string {
  return toBase64(`${key.keyName}:${key.keyPass}`);
}

/** How a configuration names an officer without holding a personal number: HMAC-SHA-256, lower-case hex. */
export function toOfficerMark(secretKey: string, officerNumber: string): string {
  return createHmac('sha256', secretKey).update(`officer ${officerNumber}`, 'utf8').digest('hex');
}

/** Timestamp and digest. Timestamps in milliseconds never repeat within a process. */
export function createDirectRoute(route: DirectRoute, now: () => number): Route {
  let last = 0;
  const fixed = {
    ...(route.xRoadClient !== undefined && { 'X-Road-Client': route.xRoadClient }),
    ...(route.apiKey !== undefined && { ApiKey: route.apiKey }),
  };
  return {
    async headers({ url, credential = { account: route.user, secret: route.secret } }) {
      last = Math.max(now(), last + 1);
      const timestamp = String(route.timestampUnit === 'milliseconds' ? last : Math.floor(now() / 1_000));
      const authorization = toAuthorization(url, credential.account, timestamp, credential.secret);
      return { Timestamp: timestamp, Authorization: authorization, ...fixed };
    },
    forget() {},
  };
}

interface Token {
  readonly text: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

const spareMs = 30_000;

function parseToken(body: Buffer, route: LgspTokenRoute, now: number): Token {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    throw new RouteError('token-unreadable');
  }
  const members = new Map(typeof json === 'object' && json !== null ? Object.entries(json) : []);
  const text: unknown = members.get(route.tokenField);
  const lifeS = Number(members.get('expires_in') ?? route.tokenLifeS);
  if (typeof text !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(text) || !(lifeS > 0))
    throw new RouteError('token-unreadable');
  return { text, until: now + Math.max(lifeS * 1_000 - spareMs, (lifeS * 1_000) / 2) };
}

/** The tokens of one access token: one serves all calls until shortly before it ends. */
interface TokenHolder {
  current(): Promise<Token>;
  forget(): void;
}

function createTokenHolder(
  route: LgspTokenRoute,
  accessToken: string,
  wire: Wire,
  now: () => number,
): TokenHolder {
  let token: Promise<Token> | undefined;
  let until = Number.POSITIVE_INFINITY;

  async function fetchToken(): Promise<Token> {
    const headers = { lgspaccesstoken: accessToken, 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await wire.http
      .post<Buffer>(route.tokenUrl, 'grant_type=client_credentials', { headers })
      .catch(() => {
        throw new RouteError('token-unreachable');
      });
    if (answer.status >= 500) throw new RouteError('token-unreachable');
    if (answer.status !== 200) throw new RouteError('token-refused');
    return parseToken(answer.data, route, now());
  }

  return {
    async current() {
      if (token && now() < until) return token;
      until = Number.POSITIVE_INFINITY;
      const fetched = fetchToken();
      token = fetched;
      try {
        const { until: end } = await fetched;
        if (token === fetched) until = end;
      } catch (error) {
        if (token === fetched) token = undefined;
        throw error;
      }
      return fetched;
    },
    forget() {
      token = undefined;
    },
  };
}

/** More than a province has units; beyond it holders are made anew, which costs a request for a token. */
const mostHolders = 1_000;

/** Token, access token and officer's key. */
export function createLgspTokenRoute(route: LgspTokenRoute, wire: Wire, now: () => number): Route {
  const keys = new Map(route.officerKeys.map((key) => [`${key.unitCode} ${key.officer}`, toAuthHash(key)]));
  const holders = new Map<string, TokenHolder>();

  function holderOf(accessToken: string): TokenHolder {
    const known = holders.get(accessToken);
    if (known) return known;
    if (holders.size >= mostHolders) holders.clear();
    const holder = createTokenHolder(route, accessToken, wire, now);
    holders.set(accessToken, holder);
    return holder;
  }

  return {
    async headers({ unitCode, officerNumber, credential }) {
      const authHash = keys.get(`${unitCode} ${toOfficerMark(route.secretKey, officerNumber)}`);
      if (authHash === undefined) throw new RouteError('officer-key-missing');
      const accessToken = toLgspAccessToken(route, credential);
      const { text } = await holderOf(accessToken).current();
      return { Authorization: `Bearer ${text}`, lgspaccesstoken: accessToken, AuthHash: authHash };
    },
    forget: ({ credential }) => holders.get(toLgspAccessToken(route, credential))?.forget(),
  };
}
