// Everything by which callers are known, put together: who is at the other end, the check of tokens and proofs, the
// authorisation server, and the keys that both follow.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Keys } from '../keys.ts';
import type { Registry } from '../registry/types.ts';
import { type AuthorizationServer, createAuthorizationServer } from './authorization-server.ts';
import { createToPeer, type ToPeer } from './peer.ts';
import { createTokenCheck, type TokenCheck, toAudience } from './token-check.ts';
import { keysStaleMs, startTokenSchedule, type TokenKeys } from './token-schedule.ts';

/** What sign-in needs. */
export interface SignInParts {
  readonly config: Pick<Config, 'publicUrl' | 'environment' | 'trustedProxies' | 'certificateHeader'>;
  /** Pool of the hub's own role. */
  readonly pool: Pool;
  readonly registry: Registry;
  readonly keys: Pick<Keys, 'tokenKeys'>;
  readonly logger: Logger;
  /** Told of every answer of the token endpoint: `issued`, or the error. */
  readonly onToken: (outcome: string) => void;
}

/** The parts of a running hub that know callers. */
export interface SignIn {
  readonly toPeer: ToPeer;
  readonly tokens: TokenCheck;
  readonly authorization: AuthorizationServer;
  /** True while tokens can be issued: the key that signs is at hand, and the database confirms that it does. */
  canIssue(): boolean;
  /** Stops following the keys. */
  close(): Promise<void>;
}

const toTrusted = ({ signing, published = [] }: TokenKeys) => [...(signing ? [signing] : []), ...published];

/** Opens sign-in; from then on the keys of tokens change by themselves as the schedule says. */
export async function openSignIn(parts: SignInParts): Promise<SignIn> {
  const { config, pool, registry, keys, logger, onToken } = parts;
  const { publicUrl, environment } = config;
  const schedule = await startTokenSchedule({ pool, keys, logger });
  const { confirmedMsAgo } = schedule;
  const toPeer = createToPeer(config);
  const tokens = createTokenCheck({
    issuer: publicUrl,
    audience: toAudience(environment),
    keys: toTrusted(schedule.current),
    confirmedMsAgo,
  });
  const authorization = await createAuthorizationServer({
    ...{ publicUrl, environment, registry, pool, logger, toPeer, onToken },
    keys: schedule.current,
    keysConfirmedMsAgo: confirmedMsAgo,
  });
  schedule.follow((next) => {
    tokens.useKeys(toTrusted(next));
    authorization.useKeys(next);
  });
  return {
    ...{ toPeer, tokens, authorization },
    canIssue: () => schedule.current.signing !== undefined && confirmedMsAgo() <= keysStaleMs,
    close: () => schedule.close(),
  };
}
