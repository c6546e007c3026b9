// The authorisation server: lets exactly four addresses through to the provider, for systems only (RFC 6749 §4.4).
// It must stand before any body parser, and knows nothing of Express.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { toNetwork } from '../addresses.ts';
import type { Registry } from '../registry/types.ts';
import { createCertificateBinding } from './certificate-binding.ts';
import { createFailureLimit } from './failure-limit.ts';
import { loadOidcProvider, loadRequestScope } from './oidc-provider.ts';
import { createToPeer, type ToPeer } from './peer.ts';
import { createProvider, type ProviderParts, toKeySet, tokenPaths, toLimitKey } from './provider.ts';
import { createKeyReader } from './refused-assertion.ts';
import { createReplayClaim } from './replay.ts';
import { toAudience } from './token-check.ts';
import { hasSigningKey, keysStaleMs, type SigningKeys, type TokenKeys } from './token-schedule.ts';

/** What the authorisation server needs. */
export interface AuthorizationServerParts {
  /** Public address of the hub, an origin without path; the issuer. */
  readonly publicUrl: string;
  readonly environment: string;
  readonly registry: Registry;
  readonly keys: TokenKeys;
  /** Age of what is known of the keys; without it they hold until `useKeys`. */
  readonly keysConfirmedMsAgo?: () => number;
  /** Pool of the hub's own role. */
  readonly pool: Pool;
  readonly logger: Logger;
  /** Told of every answer of the token endpoint: `issued`, or the error. */
  readonly onToken?: (outcome: string) => void;
  /** Tells address and certificate of a caller; by default no proxy is trusted. */
  readonly toPeer?: ToPeer;
  /** Failed requests a minute by client and network; 30 by default. */
  readonly failuresAMinute?: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

/** The running server. */
export interface AuthorizationServer {
  /** The addresses that it answers. */
  readonly paths: readonly string[];
  /** Answers its own paths, passes everything else to `next`. */
  readonly handler: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  /** Swaps the keys; when each is published and signs, the schedule says (token-schedule.ts). */
  useKeys(keys: TokenKeys): void;
}

const staleMs = 5_000;
const documentAgeS = 300;

/** @throws Error unless the address is an origin, from which every published address can be built */
function parseIssuer(publicUrl: string): string {
  const url = new URL(publicUrl);
  if (url.origin === 'null' || url.origin !== publicUrl)
    throw new Error(
      `the public address ${publicUrl} must be an origin such as https://lgsp.example.vn, nothing after it`,
    );
  return url.origin;
}

function refuse(
  response: ServerResponse,
  status: number,
  error: string,
  headers: Record<string, string>,
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(JSON.stringify({ error }));
}

/** The key set while there is no key to sign with, and no provider can be made. */
function answerKeySet(response: ServerResponse, keys: TokenKeys): void {
  response.writeHead(200, { 'content-type': 'application/jwk-set+json; charset=utf-8' });
  response.end(JSON.stringify(toKeySet(keys)));
}

function startProvider(
  parts: ProviderParts,
  keys: SigningKeys,
  logger: Logger,
  onToken: (outcome: string) => void,
) {
  const provider = createProvider(parts, keys);
  provider.on('grant.success', (ctx) => {
    onToken('issued');
    const { clientId, scope, jti } = ctx.oidc.entities.ClientCredentials ?? {};
    logger.info({ clientId, scope, jti }, 'token issued');
  });
  provider.on(
    'grant.error',
    (ctx, { statusCode, error, error_description: description, error_detail: detail, cause }) => {
      onToken(error);
      const clientId = ctx.oidc.client?.clientId;
      if (statusCode === 503)
        return logger.error({ clientId, error, description, err: cause }, 'token not issued');
      // Who did not prove to be the client (401) counts with the unknown ones: nobody else's failures stop a client.
      const provenId = statusCode === 401 ? undefined : clientId;
      if (statusCode !== 429) parts.limit.count(toLimitKey(parts.networkOf(ctx.req), provenId));
      logger.info({ clientId, error, description, detail }, 'token refused');
    },
  );
  provider.on('server_error', (_ctx, error) =>
    logger.error({ err: error }, 'the authorisation server failed'),
  );
  provider.onerror = (error) => logger.error({ err: error }, 'the authorisation server failed');
  return provider.callback();
}

/**
 * Starts the authorisation server: metadata, key set, and a token endpoint for `client_credentials` with
 * `private_key_jwt`. Tokens are RFC 9068 JWTs of ten minutes, audience `urn:lgsp:<environment>`, for one acting unit,
 * bound to the caller's key when the request carries a DPoP proof, to its certificate when a trusted proxy presents one.
 * Without a key that signs it answers 503 at the token endpoint, all else as before.
 * @throws Error when `publicUrl` is not an origin, or the token key missing at the start or not P-256
 */
export async function createAuthorizationServer({
  publicUrl,
  environment,
  registry,
  keys,
  keysConfirmedMsAgo = () => 0,
  pool,
  logger,
  onToken = () => undefined,
  toPeer = createToPeer({ trustedProxies: [], certificateHeader: 'client-cert' }),
  failuresAMinute = 30,
  clock = Date.now,
}: AuthorizationServerParts): Promise<AuthorizationServer> {
  const issuer = parseIssuer(publicUrl);
  const parts: ProviderParts = {
    oidc: await loadOidcProvider(),
    issuer,
    audience: toAudience(environment),
    registry,
    claimOnce: createReplayClaim(pool, issuer),
    readKey: createKeyReader(pool),
    limit: createFailureLimit(failuresAMinute, clock),
    binding: createCertificateBinding(toPeer),
    networkOf: (request) => toNetwork(toPeer(request).address),
    clock,
  };
  const inScope = await loadRequestScope();
  if (!hasSigningKey(keys)) throw new Error('there is no key to sign access tokens with');
  let answer = startProvider(parts, keys, logger, onToken);
  let current: TokenKeys = keys;
  const methods = new Map<string, readonly string[]>([
    [tokenPaths.token, ['POST']],
    ...[tokenPaths.keys, ...tokenPaths.metadata].map((path) => [path, ['GET', 'HEAD']] as const),
  ]);
  return {
    paths: [...methods.keys()],
    useKeys(next) {
      current = next;
      if (hasSigningKey(next)) answer = startProvider(parts, next, logger, onToken);
    },
    handler(request, response, next) {
      const path = (request.url ?? '').replace(/\?.*$/s, '');
      const allowed = methods.get(path);
      if (!allowed) return next();
      if (!allowed.includes(request.method ?? ''))
        return refuse(response, 405, 'invalid_request', { allow: allowed.join(', ') });
      if (path !== tokenPaths.token) response.setHeader('cache-control', `public, max-age=${documentAgeS}`);
      else if (
        registry.confirmedMsAgo() > staleMs ||
        keysConfirmedMsAgo() > keysStaleMs ||
        !hasSigningKey(current)
      )
        return refuse(response, 503, 'temporarily_unavailable', { 'retry-after': '1' });
      if (path === tokenPaths.keys && !hasSigningKey(current)) return answerKeySet(response, current);
      void inScope(() => answer(request, response));
    },
  };
}
