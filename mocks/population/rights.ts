// Who may ask: the account's digest, the clock, single use of messages, units and officers (population-database.md
// §3, §4). Reads nothing but what it is given.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Officer, Settings, UnitCode } from './config.ts';
import { Refusal } from './refusals.ts';
import type { PopulationRequest } from './request.ts';

/** An account that proved itself, with the `Timestamp` it sent (epoch milliseconds, as text). */
export interface Proof {
  readonly user: string;
  readonly timestamp: string;
}

const vietnamOffsetMs = 7 * 3_600_000;

/** The day in Asia/Ho_Chi_Minh. */
const toDay = (nowMs: number): string => new Date(nowMs + vietnamOffsetMs).toISOString().slice(0, 10);

function isInForce({ from = '0000', to = '9999' }: { from?: string; to?: string }, day: string): boolean {
  return from <= day && day <= to;
}

function isSame(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return x !== undefined && y !== undefined && timingSafeEqual(x, y);
}

/** sha256hex(url + user + timestamp + secret), a plain concatenation (§4). */
function toDigest(url: string, user: string, timestamp: string, secret: string): string {
  return createHash('sha256').update(`${url}${user}${timestamp}${secret}`, 'utf8').digest('hex');
}

function one(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}

/**
 * Checks `Authorization` and `Timestamp`.
 * @param url the exact string of the digest
 * @param nowMs the mock's clock, epoch milliseconds
 * @throws Refusal authorization, client or timestamp
 */
export function checkProof(
  headers: IncomingHttpHeaders,
  url: string,
  settings: Settings,
  nowMs: number,
): Proof {
  const timestamp = one(headers['timestamp']);
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(one(headers.authorization))?.[1] ?? '';
  const [user = '', digest = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':', 2);
  const account = settings.accounts.find((known) => known.user === user);
  const expected = toDigest(url, user, timestamp, account?.secret ?? settings.controlKey);
  const isOpen = account !== undefined && isInForce(account, toDay(nowMs));
  // A closed account is refused as an unknown one is [assumed]: no public material tells them apart.
  if (!isSame(digest, expected) || !isOpen) throw new Refusal('authorization');
  const { xRoadClient, apiKey } = settings;
  const isClient =
    (xRoadClient === undefined || isSame(one(headers['x-road-client']), xRoadClient)) &&
    (apiKey === undefined || isSame(one(headers['apikey']), apiKey));
  if (!isClient) throw new Refusal('client');
  // Seconds, as an older client sends them, fall far outside the window.
  const isInTime = /^\d{1,16}$/.test(timestamp) && Math.abs(Number(timestamp) - nowMs) <= settings.skewMs;
  if (!isInTime) throw new Refusal('timestamp');
  return { user, timestamp };
}

/** Request codes and timestamps that were used; filled from the journal at start. */
export interface UsedCodes {
  /** @throws Refusal replay or duplicate; otherwise the code counts as used from now on. */
  readonly claim: (proof: Proof, requestCode: string) => void;
  readonly restore: (proof: Proof, requestCode: string) => void;
}

/** An empty register of used request codes, one name space per account. */
export function createUsedCodes({ replay }: Pick<Settings, 'replay'>): UsedCodes {
  const timestampByCode = new Map<string, string>();
  const timestamps = new Set<string>();
  const restore = ({ user, timestamp }: Proof, requestCode: string): void => {
    timestampByCode.set(`${user}:${requestCode}`, timestamp);
    if (replay === 'header') timestamps.add(`${user}:${timestamp}`);
  };
  return {
    restore,
    claim: (proof, requestCode) => {
      // The digest does not cover the body: two requests of one millisecond share their headers by right.
      const before = timestampByCode.get(`${proof.user}:${requestCode}`);
      if (before === proof.timestamp || timestamps.has(`${proof.user}:${proof.timestamp}`))
        throw new Refusal('replay');
      if (before !== undefined) throw new Refusal('duplicate');
      restore(proof, requestCode);
    },
  };
}

function groupBy<T>(rows: readonly T[], toKey: (row: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(toKey(row), [...(groups.get(toKey(row)) ?? []), row]);
  return groups;
}

/** The confirmation carries no service code, so there is none to check. */
function checkUnit(
  request: PopulationRequest,
  rows: readonly UnitCode[],
  unitRequired: boolean,
  day: string,
): void {
  if (request.operation === 'confirm') return;
  if (request.unitCode === undefined) throw new Refusal('noServiceCode');
  if (rows.length === 0) throw new Refusal('mappingServiceCode');
  const unit = rows.find((row) => isInForce(row, day));
  if (unit === undefined) throw new Refusal('unitClosed');
  if (unit.hasAgency === false || (unitRequired && !request.unit)) throw new Refusal('noAgency');
}

function checkOfficer(request: PopulationRequest, rows: readonly Officer[], day: string): void {
  if (!/^\d{12}$/.test(request.officer)) throw new Refusal('officerInvalid');
  if (rows.length === 0) throw new Refusal('officerUnknown');
  const officer = rows.find((row) => isInForce(row, day));
  if (officer === undefined) throw new Refusal('officerExpired');
  if (officer.hasEmail === false) throw new Refusal('noStaffEmail');
  const { unitCode } = request;
  const isMapped = unitCode === undefined || (officer.unitCodes?.includes(unitCode) ?? true);
  if (!isMapped) throw new Refusal('mappingStaff');
}

/**
 * Checks service number, unit and officer on the day (Asia/Ho_Chi_Minh) of `nowMs`, epoch milliseconds.
 * @throws Refusal with the mapping error of §4 or an officer's error
 */
export type CheckRights = (request: PopulationRequest, nowMs: number) => void;

/** The check for one configuration. */
export function createRightsCheck(settings: Settings): CheckRights {
  const unitCodes = groupBy(settings.unitCodes, ({ code }) => code);
  const officers = groupBy(settings.officers, ({ number }) => number);
  return (request, nowMs) => {
    const day = toDay(nowMs);
    const expected = settings.serviceNumbers[request.operation];
    const isService =
      expected === undefined ? /^\d{3}$/.test(request.serviceNumber) : request.serviceNumber === expected;
    if (!isService) throw new Refusal('serviceNumber');
    checkUnit(request, unitCodes.get(request.unitCode ?? '') ?? [], settings.unitRequired, day);
    checkOfficer(request, officers.get(request.officer) ?? [], day);
  };
}
