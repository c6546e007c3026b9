// What is known from outside the database that its head does not extend: by the anchor file, and by the witnesses.
import type { KeyObject } from 'node:crypto';
import type pg from 'pg';
import type { WitnessSettings } from '../../config-witnesses.ts';
import { toMessage } from '../../database/start-error.ts';
import { toCheckpointText } from '../checkpoint.ts';
import { findBreak, type KnownHead, type SignedHead } from '../heads.ts';
import { signNote } from '../note.ts';
import { emptyRoot } from '../tree.ts';
import { createWitnessClient } from '../witnesses/client.ts';
import { feed } from '../witnesses/feed.ts';
import { noteTrouble, storeCosignature } from '../witnesses/store.ts';
import { readAnchor } from './anchor-file.ts';

/** A head that is known and that the database does not continue. */
export interface Obstacle {
  /** `anchor-file`, or the name of a witness. */
  readonly source: string;
  /** Undefined where what is known cannot be read. */
  readonly known: KnownHead | undefined;
  /** Name of the log that it is of, where that is another one than the database's. */
  readonly origin?: string;
  /** One sentence. */
  readonly why: string;
}

/** Where heads are known. */
export interface KnownPlaces {
  readonly pool: pg.Pool;
  readonly owner: pg.Pool;
  readonly anchorFile: string | undefined;
  readonly witnesses: readonly WitnessSettings[];
  /** Name of the log, and the key that signs its heads. */
  readonly origin: string;
  readonly key: KeyObject;
  /** For asking one witness; default 3,000. */
  readonly callMs?: number;
}

/** The source of obstacles that the anchor file makes. */
export const anchorSource = 'anchor-file';

/** The head of the log before its first entry, which says nothing that is not so. */
export const toEmptyHead = ({ origin, key }: Pick<KnownPlaces, 'origin' | 'key'>): SignedHead => {
  const head = { size: 0, root: emptyRoot };
  return { ...head, note: signNote(toCheckpointText({ origin, ...head }), origin, key) };
};

/** Whether a person has given this very head up. */
async function isAccepted(pool: pg.Pool, { source, known }: Obstacle): Promise<boolean> {
  if (!known) return false;
  const { rowCount } = await pool.query(
    'SELECT FROM accepted_head WHERE source = $1 AND known_size = $2 AND known_root IS NOT DISTINCT FROM $3',
    [source, known.size, known.root ?? null],
  );
  return (rowCount ?? 0) > 0;
}

async function lookAtFile({ pool, anchorFile, origin }: KnownPlaces): Promise<Obstacle | undefined> {
  if (anchorFile === undefined) return undefined;
  const source = anchorSource;
  const read = await readAnchor(anchorFile).catch((error: unknown) => toMessage(error));
  if (typeof read === 'string')
    return { source, known: undefined, why: `the anchor file cannot be read: ${read}` };
  if (!read) return undefined;
  const known = { size: read.size, root: read.root };
  if (read.origin !== origin)
    return {
      ...{ source, known, origin: read.origin },
      why: `the anchor file is of another log: ${read.origin}, not ${origin}; a restore moves the file that its ANCHOR_FILE names, others are moved by accept-head`,
    };
  const why = await findBreak(pool, known);
  return why === undefined ? undefined : { source, known, why };
}

/** One that cannot be reached says nothing against the database. */
async function ask(places: KnownPlaces, settings: WitnessSettings): Promise<Obstacle | undefined> {
  const { pool, owner, callMs = 3_000 } = places;
  const client = createWitnessClient(settings, callMs);
  try {
    const fed = await feed(client, pool, 0, toEmptyHead(places));
    if (fed.kind === 'cosigned' && fed.head.size > 0)
      await storeCosignature(owner, client.key, fed.head.size, fed);
    if (fed.kind !== 'ahead' && fed.kind !== 'conflict') return undefined;
    await noteTrouble(owner, client.key, 'conflict', fed.said);
    const size = fed.kind === 'ahead' ? fed.size : fed.old;
    return { source: settings.name, known: { size, root: undefined }, why: fed.said };
  } catch {
    return undefined;
  } finally {
    await client.close();
  }
}

async function withoutAccepted(
  pool: pg.Pool,
  found: readonly (Obstacle | undefined)[],
): Promise<readonly Obstacle[]> {
  const there = found.flatMap((obstacle) => obstacle ?? []);
  const accepted = await Promise.all(there.map((obstacle) => isAccepted(pool, obstacle)));
  return there.filter((_, n) => !accepted[n]);
}

/** Looks at the anchor file alone. @throws Error when the database does not answer */
export const findFileObstacles = async (places: KnownPlaces): Promise<readonly Obstacle[]> =>
  withoutAccepted(places.pool, [await lookAtFile(places)]);

/** Looks at the anchor file and asks every witness. @throws Error when the database does not answer */
export async function findObstacles(places: KnownPlaces): Promise<readonly Obstacle[]> {
  const asked = places.witnesses.map((settings) => ask(places, settings));
  return withoutAccepted(places.pool, await Promise.all([lookAtFile(places), ...asked]));
}
