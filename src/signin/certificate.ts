// Client certificates as a proxy that ended TLS hands them on: one value, one certificate, nothing else in it. Whose it
// is says its fingerprint in the registry; no chain is followed.
import { createHash, X509Certificate } from 'node:crypto';
import { isInForce } from '../registry/snapshot.ts';
import type { System } from '../registry/types.ts';

/** A certificate that a caller proved to hold, to the proxy. */
export interface ClientCertificate {
  /** SHA-256 of the DER, base64url. Source: RFC 8705 §3.1. */
  readonly sha256: string;
  readonly pem: string;
  /** Inclusive. */
  readonly from: Date;
  /** Inclusive. Source: RFC 5280 §4.1.2.5. */
  readonly to: Date;
}

const headerChars = 12_000;
const byteSequence = /^:([A-Za-z0-9+/]+={0,2}):$/;
const pemForm =
  /^-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END CERTIFICATE-----(?:\r?\n)?$/;

/** The DER of either form. @throws Error for any other */
function parseDer(value: string): Buffer {
  const bytes = byteSequence.exec(value)?.[1];
  if (bytes !== undefined) return Buffer.from(bytes, 'base64');
  const lines = value.startsWith('-----BEGIN') ? pemForm.exec(decodeURIComponent(value))?.[1] : undefined;
  if (lines === undefined) throw new Error('neither :base64: nor one escaped PEM block');
  return Buffer.from(lines.replace(/\s/g, ''), 'base64');
}

/**
 * Reads the header's value: `:base64 of DER:`, or an URL-escaped PEM block as nginx's `$ssl_client_escaped_cert`.
 * @throws Error when it is anything but exactly one certificate. Source: RFC 9440 §2.1, RFC 8941 §3.3.5.
 */
export function parseCertificate(value: string): ClientCertificate {
  if (value.length > headerChars) throw new Error('too long');
  const der = parseDer(value);
  const certificate = new X509Certificate(der);
  // The library takes PEM where DER is meant, and passes over what follows a certificate.
  if (!certificate.raw.equals(der)) throw new Error('more than one certificate');
  return {
    sha256: createHash('sha256').update(der).digest('base64url'),
    pem: certificate.toString(),
    from: new Date(certificate.validFrom),
    to: new Date(certificate.validTo),
  };
}

/** Whether `at` lies in the certificate's own period. */
export const isCertificateInTime = ({ from, to }: ClientCertificate, at: Date): boolean =>
  from <= at && at <= to;

/** Whether the certificate is one of the system's, in force at `at`; revoked ones are not in the registry's snapshot. */
export const isRegistered = (system: System, { sha256 }: ClientCertificate, at: Date): boolean =>
  system.keys.some((key) => key.certificateSha256 === sha256 && isInForce(key, at));
