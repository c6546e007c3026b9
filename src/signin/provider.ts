// oidc-provider as we run it: one grant, one way of client authentication, every other feature off, every known gap
// closed. What each rule closes is named where it stands.

import type { JsonWebKey } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Adapter, Configuration, KoaContextWithOIDC, default as Provider } from 'oidc-provider';
import type { Registry, Snapshot } from '../registry/types.ts';
import { toActingScope } from './acting-unit.ts';
import { clockLeewayS, findAssertionFault } from './assertion.ts';
import type { CertificateBinding } from './certificate-binding.ts';
import { toClientRecord } from './client-record.ts';
import type { FailureLimit } from './failure-limit.ts';
import { parseProof } from './proof-check.ts';
import { toTokenJwk } from './public-key.ts';
import { explainRefusedAssertion, type ReadKey } from './refused-assertion.ts';
import type { createReplayClaim } from './replay.ts';
import { tokenLifeS } from './token-profile.ts';
import { toRefusal } from './token-refusal.ts';
import type { SigningKeys, TokenKeys } from './token-schedule.ts';

/** Where the authorisation server answers, below the public address. */
export const tokenPaths = {
  token: '/oauth/token',
  keys: '/oauth/jwks',
  metadata: ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
} as const;

/** What the provider stands on. */
export interface ProviderParts {
  readonly oidc: typeof import('oidc-provider');
  readonly issuer: string;
  readonly audience: string;
  readonly registry: Registry;
  readonly claimOnce: ReturnType<typeof createReplayClaim>;
  readonly readKey: ReadKey;
  readonly limit: FailureLimit;
  readonly networkOf: (request: IncomingMessage) => string;
  readonly binding: CertificateBinding;
  readonly clock: () => number;
}

/** Key of the failure limit: a proven client by its network, all others of a network together. */
export const toLimitKey = (network: string, clientId: string | undefined): string =>
  `${network} ${clientId ?? '?'}`;

const metadataMembers = [
  'issuer',
  'token_endpoint',
  'jwks_uri',
  'grant_types_supported',
  'response_types_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'dpop_signing_alg_values_supported',
  'tls_client_certificate_bound_access_tokens',
];

const off = { enabled: false };
const unused = async (): Promise<never> => {
  throw new Error('the authorisation server stores nothing but replay claims');
};

/** Only systems of the registry are clients; nothing is ever stored here, so an opaque token cannot come into being. */
function createAdapter(
  parts: ProviderParts,
  snapshots: WeakMap<IncomingMessage, Snapshot>,
): (name: string) => Adapter {
  const { oidc, registry, limit, networkOf, binding, clock } = parts;
  const findClient = async (id: string) => {
    const request = oidc.default.ctx?.req;
    if (!request) throw new Error('a client was looked up outside a request');
    const snapshot = registry.current;
    snapshots.set(request, snapshot);
    const system = snapshot.system(id);
    const waitS = limit.waitS(toLimitKey(networkOf(request), system?.id));
    if (waitS > 0) {
      oidc.default.ctx?.set('Retry-After', String(waitS));
      throw toRefusal(oidc.errors, 'slow_down', `too many failed requests; wait ${waitS} s`);
    }
    return system && toClientRecord(system, new Date(clock()), binding.isAsked(request));
  };
  return (name) => ({
    find: name === 'Client' ? findClient : async () => undefined,
    upsert: unused,
    findByUserCode: unused,
    findByUid: unused,
    consume: unused,
    destroy: unused,
    revokeByGrantId: unused,
  });
}

/** Rules on the granted token: our audience only, exactly one mandated unit, a proof by the hub's own strict profile. */
function createTokenRules(parts: ProviderParts, snapshots: WeakMap<IncomingMessage, Snapshot>, kid: string) {
  const { oidc, audience, binding, clock } = parts;
  const refuse = toRefusal.bind(undefined, oidc.errors);
  const checkProofProfile = (proof: string): void => {
    try {
      if (proof !== '') parseProof(proof, new Date(clock()));
    } catch (cause) {
      const word = cause instanceof Error ? cause.message : 'unknown';
      throw refuse('invalid_dpop_proof', `the DPoP proof does not fit: ${word}`);
    }
  };
  return {
    enabled: true,
    // Without a default resource the provider would issue an opaque token.
    defaultResource: () => audience,
    useGrantedResource: () => true,
    getResourceServerInfo(ctx: KoaContextWithOIDC, resource: string, client: { readonly clientId: string }) {
      const { params } = ctx.oidc;
      if (resource !== audience || Array.isArray(params?.['resource']))
        throw refuse('invalid_target', `the only resource is ${audience}`);
      checkProofProfile(ctx.get('DPoP'));
      const asked = params?.['scope'];
      const snapshot = snapshots.get(ctx.req) ?? parts.registry.current;
      const fault = binding.findFault(ctx.req, snapshot.system(client.clientId), new Date(clock()));
      if (fault !== undefined) throw refuse('invalid_request', fault);
      const scope =
        asked === undefined || typeof asked === 'string'
          ? toActingScope(snapshot, client.clientId, asked, new Date(clock()))
          : undefined;
      if (!params || scope === undefined)
        throw refuse(
          'invalid_scope',
          'ask for exactly one scope unit:<id> that the system is mandated to act for',
        );
      params['scope'] = scope;
      return {
        scope,
        audience,
        accessTokenTTL: tokenLifeS,
        accessTokenFormat: 'jwt' as const,
        jwt: { sign: { alg: 'ES256' as const, kid } },
      };
    },
  };
}

function toConfiguration(
  parts: ProviderParts,
  keys: SigningKeys,
  snapshots: WeakMap<IncomingMessage, Snapshot>,
): Configuration {
  const { oidc, issuer, binding, clock } = parts;
  const { kid } = toTokenJwk(keys.signing);
  return {
    adapter: createAdapter(parts, snapshots),
    jwks: { keys: [{ ...keys.signing.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }] },
    routes: { token: tokenPaths.token, jwks: tokenPaths.keys },
    clientAuthMethods: ['private_key_jwt'],
    clientDefaults: {
      id_token_signed_response_alg: 'ES256',
      response_types: [],
      grant_types: ['client_credentials'],
    },
    enabledJWA: {
      clientAuthSigningAlgValues: ['ES256', 'PS256', 'EdDSA'],
      dPoPSigningAlgValues: ['ES256', 'EdDSA'],
      idTokenSigningAlgValues: ['ES256'],
    },
    clockTolerance: clockLeewayS,
    responseTypes: [],
    scopes: [],
    claims: {},
    clientBasedCORS: () => false,
    cookies: { keys: [] },
    ttl: { ClientCredentials: tokenLifeS },
    renderError: (ctx, out) => {
      ctx.type = 'json';
      ctx.body = out;
    },
    // The provider alone would accept assertions of an hour, and ones addressed to the token endpoint.
    assertJwtClientAuthClaimsAndHeader: (ctx) => {
      const assertion = String(ctx.oidc.params?.['client_assertion']);
      const fault = findAssertionFault(assertion, issuer, clock() / 1000);
      if (fault !== undefined) throw toRefusal(oidc.errors, 'invalid_client', fault);
    },
    features: {
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        getCertificate: ({ req }) => binding.certificate(req)?.pem,
      },
      resourceIndicators: createTokenRules(parts, snapshots, kid),
      devInteractions: off,
      rpInitiatedLogout: off,
      pushedAuthorizationRequests: off,
      userinfo: off,
      introspection: off,
      revocation: off,
      registration: off,
    },
  };
}

const followMs = 1_000;
const followPollMs = 10;

/**
 * Waits until the registry in memory is as new as the claim, then says whether what was seen of the client still holds:
 * others' changes keep nobody from a token.
 */
async function isStillTrue(
  { oidc, registry, clock }: ProviderParts,
  { clientId, seen, version }: { clientId: string; seen: Snapshot; version: bigint },
): Promise<boolean> {
  const until = performance.now() + followMs;
  while (registry.current.version < version && performance.now() < until) await pause(followPollMs);
  const { current } = registry;
  if (current.version < version) return false;
  const asked = oidc.default.ctx?.oidc.params?.['scope'];
  const scopeIn = (snapshot: Snapshot) =>
    toActingScope(snapshot, clientId, typeof asked === 'string' ? asked : undefined, new Date(clock()));
  return (
    isDeepStrictEqual(current.system(clientId), seen.system(clientId)) && scopeIn(current) === scopeIn(seen)
  );
}

/** Claims durably, in one statement: the provider's own find-then-save would let the same assertion pass three times. */
function createUnique(parts: ProviderParts, snapshots: WeakMap<IncomingMessage, Snapshot>) {
  const { oidc, registry, claimOnce } = parts;
  return async (clientId: string, jti: string, forgetAtS: number): Promise<boolean> => {
    const claim = await claimOnce(clientId, jti, forgetAtS).catch((cause: unknown) => {
      throw toRefusal(
        oidc.errors,
        'temporarily_unavailable',
        'the hub cannot record this request; ask again with a new assertion',
        cause,
      );
    });
    const request = oidc.default.ctx?.req;
    const snapshot = (request && snapshots.get(request)) ?? registry.current;
    // A key revoked a moment ago must not obtain a token dated after its revocation.
    const isCurrent =
      claim.registryVersion === snapshot.version ||
      (await isStillTrue(parts, { clientId, seen: snapshot, version: claim.registryVersion }));
    if (isCurrent) {
      if (request) snapshots.set(request, registry.current);
    } else {
      oidc.default.ctx?.set('Retry-After', '1');
      throw toRefusal(
        oidc.errors,
        'temporarily_unavailable',
        'the registry has just changed; ask again with a new assertion',
      );
    }
    return claim.first;
  };
}

/** The public keys, each once, the signing one first. Source: RFC 7517 §5. */
export function toKeySet({ signing, published = [] }: TokenKeys): { readonly keys: readonly JsonWebKey[] } {
  const keys = new Map<string, JsonWebKey>();
  for (const key of signing ? [signing, ...published] : published) {
    const { kid, jwk } = toTokenJwk(key);
    keys.set(kid, { ...jwk, kid, alg: 'ES256', use: 'sig' });
  }
  return { keys: [...keys.values()] };
}

/** Builds the provider for one set of keys; rotation builds another. */
export function createProvider(parts: ProviderParts, keys: SigningKeys): Provider {
  const snapshots = new WeakMap<IncomingMessage, Snapshot>();
  const provider = new parts.oidc.default(parts.issuer, toConfiguration(parts, keys, snapshots));
  provider.ReplayDetection.unique = createUnique(parts, snapshots);
  // Addresses (discovery, htu) come from the issuer; the provider would build them from the header Host.
  provider.OIDCContext.prototype.urlFor = (name) => provider.urlFor(name);
  const keySet = toKeySet(keys);
  const explain = (assertion: unknown): Promise<string> =>
    explainRefusedAssertion({
      assertion,
      issuer: parts.issuer,
      system: parts.registry.current.system,
      readKey: parts.readKey,
      now: new Date(parts.clock()),
    });
  provider.use(async (ctx, next) => {
    await next();
    const body: unknown = ctx.body;
    if (typeof body !== 'object' || body === null) return;
    if (tokenPaths.metadata.some((path) => path === ctx.path))
      ctx.body = Object.fromEntries(Object.entries(body).filter(([name]) => metadataMembers.includes(name)));
    // The provider publishes only keys that it could sign with; the next and the last one must be found too.
    if (ctx.path === tokenPaths.keys) ctx.body = keySet;
    if ('error_description' in body && body.error_description === 'client authentication failed')
      ctx.body = { ...body, error_description: await explain(ctx['oidc']?.params?.client_assertion) };
    // The only invalid_grant of this grant is a DPoP proof used twice. Source: RFC 9449 §5.
    if ('error' in body && body.error === 'invalid_grant')
      ctx.body = { error: 'invalid_dpop_proof', error_description: 'the DPoP proof was used before' };
  });
  return provider;
}
