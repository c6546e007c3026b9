// The stamped heads as everybody may read them.
import type pg from 'pg';
import type { StampedHead } from './stamped-head.ts';

/** A stamped head in the list. */
export interface ListedStamp extends StampedHead {
  /** Place in the list, from 1, rising. */
  readonly no: number;
  /** Leaves of the head. */
  readonly size: number;
  /** The time that the authority states. */
  readonly stampedAt: string;
  readonly authority: string;
}

/** Reads the list, newest first. @param before only those with a smaller `no` */
export type ReadStamps = (limit: number, before: number | undefined) => Promise<readonly ListedStamp[]>;

interface Row {
  readonly no: bigint;
  readonly size: bigint;
  readonly note: string;
  readonly token: Buffer;
  readonly stamped_at: Date;
  readonly authority: string;
}

/** Reads through a pool of the hub's own role. */
export const createStampReader =
  (pool: pg.Pool): ReadStamps =>
  async (limit, before) => {
    const { rows } = await pool.query<Row>(
      `SELECT no, size, note, token, stamped_at, authority FROM time_stamp
       WHERE no < $2 ORDER BY no DESC LIMIT $1`,
      [limit, before ?? Number.MAX_SAFE_INTEGER],
    );
    return rows.map(({ no, size, note, token, stamped_at: stampedAt, authority }) => ({
      ...{ no: Number(no), size: Number(size), stampedAt: stampedAt.toISOString(), authority },
      ...{ checkpoint: note, token: token.toString('base64') },
    }));
  };
