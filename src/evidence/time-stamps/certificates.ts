// Certificates as people keep them: PEM, one or more in a text. Pure.
import { X509Certificate } from 'node:crypto';

/** The certificates of a PEM text. @throws Error when there is none, or one cannot be read */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error('it holds no certificate in PEM');
  return found.map((one) => new X509Certificate(one));
}
