// The errors of the token endpoint that oidc-provider has no words for (RFC 6749 §5.2): status, code, one plain sentence.
import type { errors } from 'oidc-provider';

/** The constructors that `toRefusal` needs, from the loaded provider. */
export type OidcErrors = typeof errors;

/** Codes of RFC 6749, RFC 8707 and RFC 9449 that we raise ourselves. */
export type RefusalCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_dpop_proof'
  | 'slow_down'
  | 'temporarily_unavailable';

const statuses: Readonly<Record<RefusalCode, number>> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_dpop_proof: 400,
  slow_down: 429,
  temporarily_unavailable: 503,
};

/** An error that the provider sends as JSON; `cause` is for the log only. */
export function toRefusal(
  { OIDCProviderError }: OidcErrors,
  code: RefusalCode,
  description: string,
  cause?: unknown,
): InstanceType<OidcErrors['OIDCProviderError']> {
  const error = new OIDCProviderError(statuses[code], code, cause === undefined ? undefined : { cause });
  error.error_description = description;
  error.expose = true;
  return error;
}
