// Open while the database's head extends every head that is known from outside; closed, nothing is recorded, signed or sent.
// It keeps the anchor file, and opens by itself when the obstacles are gone or were accepted.
import type { Logger } from 'pino';
import { readSignedHead } from '../heads.ts';
import { type Loop, startLoop } from '../loop.ts';
import { readAnchor, writeAnchor } from './anchor-file.ts';
import { findFileObstacles, findObstacles, type KnownPlaces, type Obstacle } from './obstacles.ts';

/** The gate of one process. */
export interface HeadGate {
  readonly isOpen: boolean;
  /** Why it is closed; empty: it is open. */
  readonly obstacles: readonly Obstacle[];
  /** Runs `work` once it is open, at once if it is; not if it is stopped before. */
  whenOpen(work: () => void): void;
  /** Writes the anchor once more, then stops. Never throws. */
  stop(): Promise<void>;
}

/** What the gate works with. */
export interface HeadGateOptions extends KnownPlaces {
  readonly logger: Logger;
  /** How often the anchor is written, and obstacles are looked at again; default 1,000. */
  readonly intervalMs?: number;
}

/** Says that there was no file: at the first start that is as it must be, later someone took it away. */
async function greet({ anchorFile, pool, logger }: HeadGateOptions): Promise<void> {
  if (anchorFile === undefined || (await readAnchor(anchorFile).catch(() => 'unreadable'))) return;
  const head = await readSignedHead(pool);
  if (!head || head.size === 0) logger.info({ anchorFile }, 'the anchor file is begun');
  else
    logger.error(
      { anchorFile, size: head.size },
      'there is no anchor file, though heads were signed: unless ANCHOR_FILE is new, it was lost, and what it held is not checked',
    );
}

/** Looks at everything that is known, then keeps watch. @throws Error when the database does not answer */
export async function startHeadGate(options: HeadGateOptions): Promise<HeadGate> {
  const { pool, anchorFile, logger, intervalMs = 1_000 } = options;
  let obstacles: readonly Obstacle[] = [];
  let waiting: (() => void)[] = [];
  let written = -1;
  let isTold = false;

  function set(next: readonly Obstacle[]): void {
    const wasClosed = obstacles.length > 0;
    obstacles = next;
    if (next.length > 0) {
      if (!wasClosed)
        for (const { source, why } of next)
          logger.error(
            { source, why },
            'the hub is read-only: the log does not continue what is known of it',
          );
      return;
    }
    if (wasClosed)
      logger.warn('the log continues what is known of it, or its head was accepted: the hub runs');
    for (const work of waiting.splice(0)) work();
  }

  /** Only after what lies there was found to be extended. */
  async function keep(): Promise<void> {
    const head = anchorFile === undefined ? undefined : await readSignedHead(pool);
    if (anchorFile === undefined || !head || head.size === written) return;
    const found = await findFileObstacles(options);
    if (found.length > 0) return set(found);
    if (written >= 0 && !(await readAnchor(anchorFile)))
      logger.error(
        { anchorFile, size: written },
        'the anchor file was taken away; it is written again, and what it held is not checked',
      );
    await writeAnchor(anchorFile, head.note);
    written = head.size;
  }

  async function look(): Promise<void> {
    try {
      if (obstacles.length > 0) set(await findObstacles(options));
      if (obstacles.length === 0) await keep();
      isTold = false;
    } catch (err) {
      if (!isTold) logger.error({ err, anchorFile }, 'the anchor is not kept; tried again');
      isTold = true;
    }
  }

  await greet(options);
  set(await findObstacles(options));
  await look();
  const loop: Loop = startLoop(look, intervalMs);
  return {
    get isOpen() {
      return obstacles.length === 0;
    },
    get obstacles() {
      return obstacles;
    },
    whenOpen(work) {
      if (obstacles.length === 0) work();
      else waiting.push(work);
    },
    async stop() {
      waiting = [];
      await loop.stop();
      await look();
    },
  };
}
