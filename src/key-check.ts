// Whether this process holds the keys that the database's hub works with.
import { createHash, createHmac, createPublicKey, type KeyObject } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { StartError } from './database/start-error.ts';
import { toVerifierKey } from './evidence/note.ts';
import type { Keys } from './keys.ts';
import { toTokenJwk } from './signin/public-key.ts';
import { readSchedule, toSigningKid } from './signin/token-schedule.ts';

/** `lgsp` and `key` in ASCII. */
const lockKeys = [0x6c677370, 0x6b6579] as const;

const toPublicFingerprint = (key: KeyObject): string =>
  createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('hex');

/** Of a secret key: an HMAC that tells nothing of it. Lower-case hex. */
const toSecretFingerprint = (key: Buffer, name: string): string =>
  createHmac('sha256', key).update(`fingerprint of the ${name} key`).digest('hex');

/** Of each key that is one for the whole life of a database, unless the owner changes it. */
const toFingerprints = ({ field, blob }: Keys): readonly (readonly [string, string])[] => [
  ['field', toSecretFingerprint(field, 'field')],
  ['blob', toSecretFingerprint(blob, 'blob')],
];

async function findOthers(client: PoolClient, keys: Keys): Promise<readonly string[]> {
  const own = toFingerprints(keys);
  await client.query(
    'INSERT INTO hub_key (kind, fingerprint) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
    [own.map(([kind]) => kind), own.map(([, fingerprint]) => fingerprint)],
  );
  const { rows } = await client.query<{ kind: string; fingerprint: string }>(
    'SELECT kind, fingerprint FROM hub_key',
  );
  const known = new Map(rows.map(({ kind, fingerprint }) => [kind, fingerprint]));
  return own.filter(([kind, fingerprint]) => known.get(kind) !== fingerprint).map(([kind]) => kind);
}

/**
 * Notes the key of a log that knows none, which takes the place of its fingerprint; else looks for the newest. A log that
 * follows another of this database goes on with the newest key of that one.
 * @param origin the name of the log; undefined: the one that the database knows, if any
 */
async function isOtherLogKey(client: PoolClient, keys: Keys, origin: string | undefined): Promise<boolean> {
  const fingerprint = await client.query<{ fingerprint: string }>(
    "SELECT fingerprint FROM hub_key WHERE kind = 'log' AND NOT EXISTS (SELECT FROM log_key)",
  );
  const noted = fingerprint.rows[0]?.fingerprint;
  if (noted !== undefined && noted !== toPublicFingerprint(keys.log)) return true;
  const { rows } = await client.query<{ key: string; name: string }>(
    "SELECT key, split_part(key, '+', 1) AS name FROM log_key ORDER BY number DESC",
  );
  const newest = rows.find(({ name }) => name === origin) ?? rows[0];
  const held = newest
    ? keys.logKeys().find((key) => toVerifierKey(newest.name, key) === newest.key)
    : keys.log;
  if (held && origin !== undefined && newest?.name !== origin)
    await client.query('INSERT INTO log_key (key) VALUES ($1)', [toVerifierKey(origin, held)]);
  return !held;
}

/** Notes the token key of a database that knows none, then looks for the one that signs. */
async function isOtherTokenKey(client: PoolClient, keys: Keys): Promise<boolean> {
  const tokenKeys = keys.tokenKeys();
  const [first] = tokenKeys;
  if (!first) return true;
  // A database of before the schedule knows the fingerprint of its key instead.
  const { rows } = await client.query<{ fingerprint: string }>(
    "SELECT fingerprint FROM hub_key WHERE kind = 'token' AND NOT EXISTS (SELECT FROM token_key)",
  );
  if (rows[0] && rows[0].fingerprint !== toPublicFingerprint(first)) return true;
  await client.query(
    `INSERT INTO token_key (kid, published_from, signs_from)
     SELECT $1, now(), now() WHERE NOT EXISTS (SELECT FROM token_key)`,
    [toTokenJwk(first).kid],
  );
  const signing = toSigningKid(await readSchedule(client));
  return !tokenKeys.some((key) => toTokenJwk(key).kid === signing);
}

/**
 * Notes the keys at the first start and compares them at every other. Of the token keys the one that signs now must be
 * there (src/signin/token-schedule.ts), of the log's the newest.
 * @param pool of the role that writes the registry, or of the owner
 * @param origin name of the log; left out where none is to be noted
 * @throws StartError naming the keys that differ
 */
export async function checkKeys(pool: Pool, keys: Keys, origin?: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    // Of two first starts at once, one notes its keys and the other compares.
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', [...lockKeys]);
    const other = [
      ...((await isOtherLogKey(client, keys, origin)) ? ['log'] : []),
      ...(await findOthers(client, keys)),
      ...((await isOtherTokenKey(client, keys)) ? ['token'] : []),
    ];
    if (other.length > 0)
      throw new StartError(
        `the key folder holds another ${other.join(', ')} key than this database's hub works with; use the folder that goes with the database (docs/keys.md says how a key is changed)`,
      );
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    client.release(error instanceof StartError ? undefined : true);
    throw error;
  }
}
