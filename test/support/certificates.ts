// Client certificates for tests, in the forms in which proxies hand them on.
import { createHash, X509Certificate } from 'node:crypto';
import type pg from 'pg';
import { makeCertificate } from '../../mocks/population/certificate.ts';
import { toThumbprint } from '../../src/registry/thumbprint.ts';

/** A certificate as it may be presented. */
export interface TestCertificate {
  readonly pem: string;
  /** As RFC 9440 writes it. */
  readonly header: string;
  /** As nginx's `$ssl_client_escaped_cert`. */
  readonly escaped: string;
  readonly sha256: string;
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** A certificate valid for a year from the day before `nowMs`. */
export function makeClientCertificate(nowMs = Date.now()): TestCertificate {
  const pem = makeCertificate(nowMs).certificate;
  const { raw, publicKey } = new X509Certificate(pem);
  return {
    pem,
    header: `:${raw.toString('base64')}:`,
    escaped: encodeURIComponent(pem),
    sha256: createHash('sha256').update(raw).digest('base64url'),
    jwk: { ...publicKey.export({ format: 'jwk' }) },
  };
}

/** Registers a certificate for a system, from a day ago. */
export async function registerCertificate(
  owner: pg.Pool,
  systemId: string,
  { jwk, sha256 }: TestCertificate,
): Promise<void> {
  const kid = toThumbprint(jwk);
  await owner.query(
    `INSERT INTO system_key (kid, system_id, jwk, certificate_sha256, valid_from)
     VALUES ($1, $2, $3, $4, now() - interval '1 day')`,
    [kid, systemId, JSON.stringify({ ...jwk, kid, alg: 'ES256' }), sha256],
  );
}
