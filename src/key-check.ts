// Whether this process holds the keys that the database's hub works with.
import { createHash, createHmac, createPublicKey, type KeyObject } from 'node:crypto';
import type { Pool } from 'pg';
import { StartError } from './database/start-error.ts';
import type { Keys } from './keys.ts';

const toPublicFingerprint = (key: KeyObject): string =>
  createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('hex');

/** SHA-256 of the public halves; of the field key an HMAC that tells nothing of it. Lower-case hex. */
const toFingerprints = ({ log, token, field }: Keys): readonly (readonly [string, string])[] => [
  ['log', toPublicFingerprint(log)],
  ['token', toPublicFingerprint(token)],
  ['field', createHmac('sha256', field).update('fingerprint of the field key').digest('hex')],
];

/**
 * Notes the keys at the first start and compares them at every other.
 * @param pool the database as its owner
 * @throws StartError naming the keys that differ
 */
export async function checkKeys(pool: Pool, keys: Keys): Promise<void> {
  const own = toFingerprints(keys);
  await pool.query(
    'INSERT INTO hub_key (kind, fingerprint) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
    [own.map(([kind]) => kind), own.map(([, fingerprint]) => fingerprint)],
  );
  const { rows } = await pool.query<{ kind: string; fingerprint: string }>(
    'SELECT kind, fingerprint FROM hub_key',
  );
  const known = new Map(rows.map(({ kind, fingerprint }) => [kind, fingerprint]));
  const other = own.filter(([kind, fingerprint]) => known.get(kind) !== fingerprint).map(([kind]) => kind);
  if (other.length > 0)
    throw new StartError(
      `the key folder holds another ${other.join(', ')} key than this database's hub works with; use the folder that goes with the database (docs/keys.md says how a key is changed)`,
    );
}
