// What the provider is told of a system: its public keys that are valid now, and that it proves itself by them alone.
import type { AdapterPayload } from 'oidc-provider';
import type { System, SystemKey } from '../registry/types.ts';
import { toAlgorithm, toPublicJwk } from './public-key.ts';

function toClientKey({ kid, jwk, from, to }: SystemKey, now: Date): Record<string, unknown> | undefined {
  if (from > now || (to !== undefined && to <= now)) return undefined;
  const members = toPublicJwk(jwk);
  const alg = toAlgorithm(jwk);
  return members && alg && { ...members, kid, alg, use: 'sig' };
}

/**
 * The provider's record of a system; undefined for one that is not active or has no valid key.
 * @param toCertificate whether the token of this request is to be bound to the certificate that came with it
 */
export function toClientRecord(system: System, now: Date, toCertificate = false): AdapterPayload | undefined {
  if (system.state !== 'active') return undefined;
  const keys = system.keys.map((key) => toClientKey(key, now)).filter((key) => key !== undefined);
  if (keys.length === 0) return undefined;
  return {
    client_id: system.id,
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    jwks: { keys },
    tls_client_certificate_bound_access_tokens: toCertificate,
  };
}
