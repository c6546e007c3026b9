// Which key signs access tokens and which are published, the same for all processes by one table. Every process asks for
// it once a second and switches by itself; a key is published long before it signs, and long after. Trusted is what stands
// in the table and lies in the folder, never what did so before.
import type { KeyObject } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import type { Keys } from '../keys.ts';
import { toTokenJwk } from './public-key.ts';
import { tokenLeewayS, tokenLifeS } from './token-profile.ts';

/** The keys of the authorisation server: one signs, all are published. */
export interface TokenKeys {
  /** Undefined when the folder lacks it: then no token is issued. */
  readonly signing: KeyObject | undefined;
  /** Keys about to sign or that signed tokens still alive. */
  readonly published?: readonly KeyObject[];
}

/** Keys of which one signs. */
export type SigningKeys = TokenKeys & { readonly signing: KeyObject };

/** Whether tokens can be signed. */
export const hasSigningKey = (keys: TokenKeys): keys is SigningKeys => keys.signing !== undefined;

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

/** The keys of the schedule out of those at hand. */
const toTokenKeys = (
  schedule: readonly ScheduledKey[],
  atHand: ReadonlyMap<string, KeyObject>,
): TokenKeys => ({
  signing: atHand.get(toSigningKid(schedule) ?? ''),
  published: schedule.flatMap(({ kid }) => atHand.get(kid) ?? []),
});

/** How long keys are trusted that the database does not confirm; as the registry (src/exchange/authorise.ts). */
export const keysStaleMs = 5_000;

/** Follows the schedule. */
export interface TokenSchedule {
  readonly current: TokenKeys;
  /** Age of what is known of the schedule. */
  readonly confirmedMsAgo: () => number;
  /** Tells the keys now and at every change. */
  follow(use: (keys: TokenKeys) => void): void;
  close(): Promise<void>;
}

/**
 * Reads the schedule and follows it until `close`. While the database is away the last keys stay and `confirmedMsAgo`
 * grows. A key that the folder lacks is trusted by nobody here and looked for each time.
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

  /** @returns why the folder cannot be read: such a file is as one that is missing, and keeps no retired key alive */
  const readFolder = (): unknown => {
    try {
      for (const key of keys.tokenKeys()) atHand.set(toTokenJwk(key).kid, key);
      return undefined;
    } catch (error) {
      return error;
    }
  };

  const load = async () => {
    const askedAt = performance.now();
    const schedule = await readSchedule(pool);
    const cause = schedule.some(({ kid }) => !atHand.has(kid)) ? readFolder() : undefined;
    const missing = schedule.filter(({ kid }) => !atHand.has(kid)).map(({ kid }) => kid);
    return {
      state: JSON.stringify([toSigningKid(schedule), schedule.map(({ kid }) => kid), missing]),
      ...{ missing, cause, askedAt },
      loaded: toTokenKeys(schedule, atHand),
    };
  };

  const tell = ({ missing, cause, loaded: { signing } }: Awaited<ReturnType<typeof load>>): void => {
    if (!signing)
      logger.error(
        { missing, err: cause },
        'KEY_DIR lacks the key that signs access tokens: none is issued, those of other processes are refused',
      );
    else if (missing.length > 0)
      logger.error({ missing, err: cause }, 'KEY_DIR lacks keys that access tokens are signed with');
    else logger.info({ signing: toTokenJwk(signing).kid }, 'keys of access tokens');
  };

  let last = await load();
  if (!last.loaded.signing) throw new Error('the folder of keys lacks the key that signs access tokens');
  tell(last);

  const look = async (): Promise<void> => {
    const { state } = last;
    last = await load();
    if (last.state === state) return;
    for (const use of followers) use(last.loaded);
    tell(last);
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
      return last.loaded;
    },
    confirmedMsAgo: () => performance.now() - last.askedAt,
    follow(use) {
      followers.push(use);
      use(last.loaded);
    },
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
