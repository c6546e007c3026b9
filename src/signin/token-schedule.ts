// Which key signs access tokens and which are published, the same for all processes by one table. Every process asks for
// it once a second and switches by itself; a key is published long before it signs, and long after.
import type { KeyObject } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import type { Keys } from '../keys.ts';
import { toTokenJwk } from './public-key.ts';
import { tokenLeewayS, tokenLifeS } from './token-profile.ts';

/** The keys of the authorisation server: one signs, all are published. */
export interface TokenKeys {
  readonly signing: KeyObject;
  /** Keys about to sign or that signed tokens still alive. */
  readonly published?: readonly KeyObject[];
}

/** How long a key stays published after the next one signs: its last token, and a minute for a process that was slow. */
export const overlapS = tokenLifeS + tokenLeewayS + 60;

/** A key that is published now, by the database's clock. */
export interface ScheduledKey {
  readonly kid: string;
  readonly signsFrom: Date;
  readonly hasBegun: boolean;
  readonly retiredAt: Date | undefined;
}

/** Published keys, the one that begins to sign last at the end. */
export async function readSchedule(client: ClientBase | Pool): Promise<readonly ScheduledKey[]> {
  const { rows } = await client.query<{
    kid: string;
    signs_from: Date;
    has_begun: boolean;
    retired_at: Date | null;
  }>(
    `SELECT kid, signs_from, signs_from <= clock_timestamp() AS has_begun, retired_at FROM token_key
     WHERE published_from <= clock_timestamp() AND (retired_at IS NULL OR retired_at > clock_timestamp())
     ORDER BY signs_from, kid`,
  );
  return rows.map((row) => ({
    kid: row.kid,
    signsFrom: row.signs_from,
    hasBegun: row.has_begun,
    retiredAt: row.retired_at ?? undefined,
  }));
}

/** The key that signs: of those that have begun, the last. */
export const toSigningKid = (schedule: readonly ScheduledKey[]): string | undefined =>
  schedule.filter(({ hasBegun }) => hasBegun).at(-1)?.kid;

/** The keys of the schedule out of those at hand; undefined when the one that signs is not among them. */
function toTokenKeys(
  schedule: readonly ScheduledKey[],
  atHand: ReadonlyMap<string, KeyObject>,
): TokenKeys | undefined {
  const signing = atHand.get(toSigningKid(schedule) ?? '');
  return signing && { signing, published: schedule.flatMap(({ kid }) => atHand.get(kid) ?? []) };
}

/** Follows the schedule. */
export interface TokenSchedule {
  readonly current: TokenKeys;
  /** Tells the keys now and at every change. */
  follow(use: (keys: TokenKeys) => void): void;
  close(): Promise<void>;
}

/**
 * Reads the schedule and follows it until `close`. While the database is away, or the folder lacks a key, the last keys
 * stay.
 * @throws Error when the folder lacks the key that signs; src/key-check.ts says so in a sentence before
 */
export async function startTokenSchedule({
  pool,
  keys,
  logger,
  everyMs = 1_000,
}: {
  readonly pool: Pool;
  readonly keys: Pick<Keys, 'tokenKeys'>;
  readonly logger: Logger;
  readonly everyMs?: number;
}): Promise<TokenSchedule> {
  const atHand = new Map<string, KeyObject>();
  const followers: ((keys: TokenKeys) => void)[] = [];
  let said: string | undefined;

  const load = async () => {
    const schedule = await readSchedule(pool);
    if (schedule.some(({ kid }) => !atHand.has(kid)))
      for (const key of keys.tokenKeys()) atHand.set(toTokenJwk(key).kid, key);
    const missing = schedule.filter(({ kid }) => !atHand.has(kid)).map(({ kid }) => kid);
    return {
      state: JSON.stringify([toSigningKid(schedule), schedule.map(({ kid }) => kid), missing]),
      missing,
      loaded: toTokenKeys(schedule, atHand),
    };
  };

  const tell = (state: string, missing: readonly string[], signing: string | undefined): void => {
    said = state;
    if (missing.length > 0)
      logger.error({ missing }, 'KEY_DIR lacks keys that access tokens are signed with');
    else logger.info({ signing }, 'keys of access tokens');
  };

  const first = await load();
  if (!first.loaded) throw new Error('the folder of keys lacks the key that signs access tokens');
  let current = first.loaded;
  tell(first.state, first.missing, toTokenJwk(current.signing).kid);

  const look = async (): Promise<void> => {
    const { state, missing, loaded } = await load();
    if (state === said) return;
    current = loaded ?? current;
    tell(state, missing, toTokenJwk(current.signing).kid);
    for (const use of followers) use(current);
  };

  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // What keeps the database from answering is told by the registry, which asks more often.
    running = running
      .then(look)
      .catch((error) => logger.debug({ err: error }, 'the keys of tokens were not confirmed'));
  }, everyMs);

  return {
    get current() {
      return current;
    },
    follow(use) {
      followers.push(use);
      use(current);
    },
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
