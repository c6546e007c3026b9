// Which keys sign the heads of the log, the same for all processes by the entries that tell of them: a key signs the heads
// above the first signed one that has the notice of its coming, and none above the first that has the notice of its going.
import type { KeyObject } from 'node:crypto';
import type pg from 'pg';
import { toVerifierKey } from './note.ts';

/** A key of the log as the database knows it. */
export interface LogKeyState {
  /** Verifier key. */
  readonly key: string;
  /** `next`: its coming is below no signed head yet. */
  readonly state: 'next' | 'signing' | 'retired';
  readonly notedAt: Date;
  readonly retiredAt: Date | undefined;
  /** It signs the heads of more leaves than `since` and of at most `until`. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** When the keys before it are retired; undefined for the first. */
  readonly aloneFrom: Date | undefined;
  /** Exchanges of its notices. */
  readonly addedIn: string | undefined;
  readonly retiredIn: string | undefined;
}

interface Row {
  readonly key: string;
  readonly noted_at: Date;
  readonly retired_at: Date | null;
  readonly since: bigint | string | null;
  readonly until: bigint | string | null;
  readonly alone_from: Date | null;
  readonly added_in: string | null;
  readonly retired_in: string | null;
}

const toSize = (value: bigint | string | null): number | undefined =>
  value === null ? undefined : Number(value);

function toState({ since, until }: Row): LogKeyState['state'] {
  if (until !== null) return 'retired';
  return since === null ? 'next' : 'signing';
}

/** As the view `log_key_state`, of a log that ended. */
const ofOldLog = `
  SELECT k.*, CASE WHEN k.added_in IS NULL THEN 0 ELSE a.size END AS since, r.size AS until FROM log_key k
  LEFT JOIN LATERAL (SELECT min(c.size) AS size FROM entry e JOIN old_leaf l ON l.entry_id = e.id
    JOIN old_checkpoint c ON c.log = l.log AND c.size > l.leaf_index WHERE e.exchange_id = k.added_in AND l.log = $2) a ON true
  LEFT JOIN LATERAL (SELECT min(c.size) AS size FROM entry e JOIN old_leaf l ON l.entry_id = e.id
    JOIN old_checkpoint c ON c.log = l.log AND c.size > l.leaf_index WHERE e.exchange_id = k.retired_in AND l.log = $2) r ON true
  WHERE split_part(k.key, '+', 1) = $1 ORDER BY k.number`;

/**
 * The keys of the log named `origin`, in the order in which they came.
 * @param old its number, when it ended with a restore
 */
export async function readLogKeys(
  database: pg.Pool | pg.ClientBase,
  origin: string,
  old?: number,
): Promise<readonly LogKeyState[]> {
  const { rows } =
    old === undefined
      ? await database.query<Row>(
          "SELECT * FROM log_key_state WHERE split_part(key, '+', 1) = $1 ORDER BY number",
          [origin],
        )
      : await database.query<Row>(ofOldLog, [origin, old]);
  return rows.map((row) => ({
    key: row.key,
    state: toState(row),
    notedAt: row.noted_at,
    retiredAt: row.retired_at ?? undefined,
    since: toSize(row.since),
    until: toSize(row.until),
    aloneFrom: row.alone_from ?? undefined,
    addedIn: row.added_in ?? undefined,
    retiredIn: row.retired_in ?? undefined,
  }));
}

/** A key that signs, and its verifier form. */
export interface Signer {
  readonly verifierKey: string;
  readonly key: KeyObject;
}

/** The keys that sign now, oldest first, and those of them that this process lacks. */
export interface Signers {
  readonly present: readonly Signer[];
  readonly missing: readonly string[];
}

/** Finds the signing keys among those of the folder, which it reads again when one is missing. */
export interface KeyRing {
  /** A log whose keys the database does not know is signed by `first`. */
  signers(database: pg.Pool | pg.ClientBase): Promise<Signers>;
}

/**
 * @param first the key of `log.json`
 * @param readMore the keys that lie in the folder now
 */
export function createKeyRing(
  origin: string,
  first: KeyObject,
  readMore: () => readonly KeyObject[],
): KeyRing {
  const atHand = new Map<string, KeyObject>();
  const keep = (key: KeyObject): void => void atHand.set(toVerifierKey(origin, key), key);
  keep(first);
  return {
    async signers(database) {
      const known = await readLogKeys(database, origin);
      if (known.length === 0)
        return { present: [{ verifierKey: toVerifierKey(origin, first), key: first }], missing: [] };
      const signing = known.filter(({ state }) => state === 'signing').map(({ key }) => key);
      if (signing.some((key) => !atHand.has(key))) for (const key of readMore()) keep(key);
      return {
        present: signing.flatMap((verifierKey) => {
          const key = atHand.get(verifierKey);
          return key ? [{ verifierKey, key }] : [];
        }),
        missing: signing.filter((key) => !atHand.has(key)),
      };
    },
  };
}
