// Rotates the key of access tokens: makes the next one, publishes it by the schedule, and leaves the switch to the
// processes that run. An administrator's act, on the machine that holds KEY_DIR.
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { createTokenKey, readPrivateKey, tokenKeyNames } from '../keys.ts';
import { toTokenJwk } from './public-key.ts';
import { overlapS, readSchedule, type ScheduledKey, toSigningKid } from './token-schedule.ts';

/** A rotation that is asked for. */
export interface RotationOrder {
  /** The database as its owner. */
  readonly ownerUrl: string;
  /** KEY_DIR of the hub. */
  readonly folder: string;
  /** How long the next key is published before it signs, in seconds. */
  readonly publishS: number;
  /** The keys until now are in wrong hands: their tokens are refused as soon as the next key signs. */
  readonly isStolen: boolean;
}

/** A rotation that is under way. */
export interface Rotation {
  readonly kid: string;
  readonly signsFrom: Date;
  /** When the tokens of the key until now are no longer accepted. */
  readonly retiredAt: Date;
}

/** How many keys may be published at once: there are three files. */
const maxPublished = 2;

type Kids = ReadonlyMap<(typeof tokenKeyNames)[number], string>;

function readKids(folder: string, environment: string): Kids {
  return new Map(
    tokenKeyNames.flatMap((name) => {
      const key = readPrivateKey(folder, environment, name);
      return key ? [[name, toTokenJwk(key).kid] as const] : [];
    }),
  );
}

/** The key that signs lies in token.json, the one before in token-previous.json; at no moment is there no token.json. */
function settle(folder: string, kids: Kids, signing: string): void {
  const [current, next, previous] = tokenKeyNames.map((name) => join(folder, `${name}.json`));
  if (!current || !next || !previous || kids.get('token-next') !== signing) return;
  rmSync(previous, { force: true });
  linkSync(current, previous);
  renameSync(next, current);
}

function checkOrder(schedule: readonly ScheduledKey[], { publishS, isStolen }: RotationOrder): void {
  if (!Number.isFinite(publishS) || publishS < 1 || publishS > 86_400)
    throw new Error('the next key must be published for 1 to 86400 seconds before it signs');
  if (isStolen) return;
  const pending = schedule.find(({ hasBegun }) => !hasBegun);
  if (pending)
    throw new Error(
      `a rotation is under way: ${pending.kid} is published and signs from ${pending.signsFrom.toISOString()}`,
    );
  const [oldest] = schedule;
  if (schedule.length > maxPublished && oldest?.retiredAt)
    throw new Error(
      `the key before last is published until ${oldest.retiredAt.toISOString()}; rotate again after that`,
    );
}

/** The next key's file: one that an interrupted rotation left is taken, one that was stolen is not. */
function makeNext(
  folder: string,
  environment: string,
  schedule: readonly ScheduledKey[],
  isStolen: boolean,
): string {
  const left = readKids(folder, environment).get('token-next');
  if (left !== undefined && (isStolen || schedule.some(({ kid }) => kid === left)))
    rmSync(join(folder, 'token-next.json'));
  createTokenKey(folder, environment, 'token-next');
  const kid = readKids(folder, environment).get('token-next');
  if (kid === undefined) throw new Error(`the next key could not be written into ${folder}`);
  return kid;
}

async function plan(
  client: pg.Client,
  kid: string,
  { publishS, isStolen }: RotationOrder,
): Promise<Rotation> {
  const { rows } = await client.query<{ signs_from: Date; retired_at: Date }>(
    `WITH next AS (
       INSERT INTO token_key (kid, published_from, signs_from)
       VALUES ($1, now(), now() + make_interval(secs => $2)) RETURNING signs_from
     ), earlier AS (
       UPDATE token_key k SET retired_at = greatest(k.published_from, n.signs_from + make_interval(secs => $3))
       FROM next n WHERE k.retired_at IS NULL OR ($4 AND k.retired_at > n.signs_from)
       RETURNING k.retired_at
     )
     SELECT n.signs_from, max(e.retired_at) AS retired_at FROM next n CROSS JOIN earlier e GROUP BY n.signs_from`,
    [kid, publishS, isStolen ? 0 : overlapS, isStolen],
  );
  const [row] = rows;
  if (!row) throw new Error('the database did not take the next key');
  return { kid, signsFrom: row.signs_from, retiredAt: row.retired_at };
}

async function rotate(client: pg.Client, order: RotationOrder): Promise<Rotation> {
  const { folder, isStolen } = order;
  // Two rotations at once: the second sees what the first did.
  await client.query('LOCK TABLE token_key IN EXCLUSIVE MODE');
  const [hub] = (await client.query<{ environment: string }>('SELECT environment FROM hub')).rows;
  const schedule = await readSchedule(client);
  const signing = toSigningKid(schedule);
  if (!hub || signing === undefined)
    throw new Error('no hub has started on this database yet; its first key is noted then');
  checkOrder(schedule, order);
  const kids = readKids(folder, hub.environment);
  if (![...kids.values()].includes(signing))
    throw new Error(
      `${folder} does not hold the key that signs now; it is not the KEY_DIR of this database's hub`,
    );
  settle(folder, kids, signing);
  return plan(client, makeNext(folder, hub.environment, schedule, isStolen), order);
}

/**
 * Makes and publishes the next key. Running processes sign with it from `signsFrom` on, all by themselves.
 * @throws Error in one sentence when a rotation is under way, the folder is another hub's, or the database does not answer
 */
export async function rotateTokenKey(order: RotationOrder): Promise<Rotation> {
  if (!existsSync(join(order.folder, 'token.json')))
    throw new Error(`there is no token.json in ${order.folder}`);
  const client = new pg.Client({ connectionString: order.ownerUrl, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query('BEGIN');
    const rotation = await rotate(client, order);
    await client.query('COMMIT');
    return rotation;
  } finally {
    await client.end();
  }
}
