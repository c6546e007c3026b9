// Takes the database's head though another one is known: an act of a person, recorded in the log that goes on.
import { withTransaction } from '../../database/pool.ts';
import type { MonthKeys } from '../entry.ts';
import { readSignedHead, readTreeHead } from '../heads.ts';
import { recordNotice } from '../notice.ts';
import type { TreeHead } from '../tree.ts';
import { writeAnchor } from './anchor-file.ts';
import { findObstacles, type KnownPlaces, type Obstacle, toEmptyHead } from './obstacles.ts';

/** Who takes the head, and why. */
export interface Acceptance {
  readonly reason: string;
  /** Number of the decision. */
  readonly decision: string;
}

/** What was given up, what was taken, and the entry that says so. */
export interface AcceptedHead {
  readonly obstacles: readonly Obstacle[];
  readonly taken: TreeHead;
  readonly exchangeId: string;
}

const toBase64 = (hash: Buffer | undefined): string | undefined => hash?.toString('base64');

/**
 * Records the notice `head-accepted` and moves the anchor; the hub's processes go on by themselves a second later. `about`
 * of the notice: `oldOrigin`, `knownSize` and `knownRoot` (where it is known) of the highest head given up, `takenSize`,
 * `takenRoot`, and `sources`, who knew.
 * @throws Error in one sentence when there is nothing to accept
 */
export async function acceptHead(
  places: KnownPlaces,
  keys: MonthKeys,
  { reason, decision }: Acceptance,
): Promise<AcceptedHead> {
  const { owner, origin, anchorFile } = places;
  const obstacles = await findObstacles(places);
  if (obstacles.length === 0)
    throw new Error('there is nothing to accept: the head extends everything that is known');
  const taken = await readTreeHead(owner);
  const highest = obstacles.reduce((one, other) =>
    (other.known?.size ?? -1) > (one.known?.size ?? -1) ? other : one,
  );
  const known = highest.known;
  const knownRoot = toBase64(known?.root);
  const about = {
    ...{
      oldOrigin: highest.origin ?? origin,
      takenSize: taken.size,
      takenRoot: taken.root.toString('base64'),
    },
    ...{ sources: obstacles.map(({ source }) => source).join(' ') },
    ...(known && { knownSize: known.size }),
    ...(knownRoot !== undefined && { knownRoot }),
  };
  const exchangeId = await withTransaction(owner, async (client) => {
    const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    const at = new Date();
    const time = { at, databaseAt: rows[0]?.now ?? at };
    const draft = { notice: 'head-accepted', about, private: { reason, fileNumber: decision } } as const;
    const notice = await recordNotice(client, draft, time, keys);
    for (const { source, known: given } of obstacles)
      if (given)
        await client.query(
          `INSERT INTO accepted_head (source, known_size, known_root, taken_size, taken_root, exchange_id)
           VALUES ($1, $2, $3, $4, $5, $6)`,
          [source, given.size, given.root ?? null, taken.size, taken.root, notice.exchangeId],
        );
    return notice.exchangeId;
  });
  const head = (await readSignedHead(owner)) ?? toEmptyHead(places);
  if (anchorFile !== undefined) await writeAnchor(anchorFile, head.note);
  return { obstacles, taken, exchangeId };
}
