// The header WWW-Authenticate of refusals: how a caller may prove who it is. Source: RFC 9110 §11.6.1, RFC 9449 §7.1,
// RFC 8705 §3, RFC 7617 §2.

const dpop = 'DPoP algs="ES256 EdDSA"';

/** Headers by what was wrong. */
export const challenges = {
  /** Nothing was presented: both ways are offered. */
  none: { 'www-authenticate': `${dpop}, Bearer` },
  token: { 'www-authenticate': `${dpop}, error="invalid_token", Bearer error="invalid_token"` },
  proof: { 'www-authenticate': `${dpop}, error="invalid_dpop_proof"` },
  /** A token bound to a certificate is a bearer token with the certificate beside it. */
  certificate: { 'www-authenticate': 'Bearer error="invalid_token"' },
  /** A national system that calls us shows its account. */
  account: { 'www-authenticate': 'Basic realm="lgsp", charset="UTF-8"' },
} as const;
