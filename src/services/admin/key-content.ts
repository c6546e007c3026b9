// A new key as it is asked for, checked and brought into the form in which it is proposed or written.
import type { PoolClient } from 'pg';
import type { components } from '../../../openapi/types/admin.v1.ts';
import { parseKeyMaterial } from './key-material.ts';
import { checkPeriod } from './key-period.ts';
import type { KeyContent } from './key-rows.ts';
import { toTime } from './wire.ts';

/** The system's row must be locked. @throws Problem request-invalid with the place | two-keys-already */
export async function toKeyContent(
  client: PoolClient,
  systemId: string,
  body: components['schemas']['NewKey'],
): Promise<KeyContent> {
  const { kid, jwk, certificate } = parseKeyMaterial(body);
  const { validFrom, validTo } = body;
  const { from, to } = await checkPeriod(client, { systemId, validFrom, validTo, within: certificate });
  return {
    systemId,
    kid,
    jwk,
    ...(certificate && { certificate: certificate.pem, certificateSha256: certificate.sha256 }),
    validFrom: toTime(from),
    validTo: toTime(to),
  };
}
