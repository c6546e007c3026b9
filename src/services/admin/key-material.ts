// A system's new key as it comes in, JWK, JWKS or certificate, turned into the one form that is stored. What is not a
// public key of a kind that the hub takes is refused with its place.
import { createHash, createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { components } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import { hasPrivateMember, toAlgorithm, toThumbprint } from '../../signin/public-key.ts';

type Jwk = components['schemas']['Jwk'];
type NewKey = components['schemas']['NewKey'];

/** A public key in the form in which it is stored. */
export interface KeyMaterial {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  /** Public members, `kid`, `alg` and `use`. */
  readonly jwk: Jwk;
  readonly certificate?: {
    readonly pem: string;
    /** RFC 8705 x5t#S256. */
    readonly sha256: string;
    /** Its own period, both inclusive. */
    readonly from: Date;
    readonly to: Date;
  };
}

const leastModulusBits = 2048;
const mostModulusBits = 8192;
const leastExponent = 65_537n;

const refuse = (where: string, vi: string, en: string): Problem =>
  new Problem('request-invalid', { errors: [{ where, vi, en }] });

const refusePrivate = (where: string): Problem =>
  refuse(
    where,
    'là khóa bí mật: nó không còn bí mật nữa. Tạo cặp khóa mới rồi đăng ký nửa công khai của cặp đó',
    'is a private key: it is no longer secret. Make a new pair, and register the public half of that',
  );

/**
 * The key in its one canonical form, so that another spelling of the same numbers has no other thumbprint: a revoked key
 * must not come back as a new one.
 */
function toMaterial(key: KeyObject, where: string): KeyMaterial {
  const members: JsonWebKey = key.asymmetricKeyType === 'rsa-pss' ? {} : key.export({ format: 'jwk' });
  const alg = toAlgorithm({ ...members });
  const kid = alg && toThumbprint({ ...members });
  if (!alg || kid === undefined)
    throw refuse(
      where,
      'phải là khóa công khai P-256, Ed25519 hoặc RSA',
      'must be a P-256, Ed25519 or RSA public key',
    );
  const { modulusLength, publicExponent = leastExponent } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && (modulusLength < leastModulusBits || modulusLength > mostModulusBits))
    throw refuse(
      where,
      `khóa RSA phải có từ ${leastModulusBits} đến ${mostModulusBits} bit`,
      `an RSA key must have ${leastModulusBits} to ${mostModulusBits} bits`,
    );
  if (publicExponent < leastExponent)
    throw refuse(
      where,
      'khóa RSA phải có số mũ ít nhất là 65537',
      'an RSA key must have an exponent of at least 65537',
    );
  const { kty, crv, x, y, n, e } = members;
  const present = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  // Every kind that toAlgorithm knows has a kty of the contract, and only these members.
  return { kid, jwk: { ...Object.fromEntries(present), kid, alg, use: 'sig' } as Jwk };
}

function parseJwk(jwk: Jwk, where: string): KeyMaterial {
  if (hasPrivateMember({ ...jwk })) throw refusePrivate(where);
  const { kty, crv, x, y, n, e } = jwk;
  const present = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  let key: KeyObject;
  try {
    key = createPublicKey({ format: 'jwk', key: Object.fromEntries(present) });
  } catch {
    throw refuse(
      where,
      'phải là khóa công khai P-256, Ed25519 hoặc RSA',
      'must be a P-256, Ed25519 or RSA public key',
    );
  }
  const material = toMaterial(key, where);
  if (jwk.alg !== undefined && jwk.alg !== material.jwk.alg)
    throw refuse(
      `${where}/alg`,
      `phải là ${material.jwk.alg} với khóa này, hoặc bỏ đi`,
      `must be ${material.jwk.alg} for this key, or left out`,
    );
  if (jwk.kid !== undefined && jwk.kid !== material.kid)
    throw refuse(
      `${where}/kid`,
      'phải là dấu vân RFC 7638 của khóa, hoặc bỏ đi',
      'must be the RFC 7638 thumbprint of the key, or left out',
    );
  return material;
}

/** No chain is followed: the administrator vouches for whose certificate it is. */
function parseCertificate(pem: string, where: string): KeyMaterial {
  if (pem.includes('PRIVATE KEY')) throw refusePrivate(where);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw refuse(where, 'phải là một chứng thư X.509 dạng PEM', 'must be one X.509 certificate in PEM');
  }
  return {
    ...toMaterial(certificate.publicKey, where),
    certificate: {
      pem: certificate.toString(),
      sha256: createHash('sha256').update(certificate.raw).digest('base64url'),
      from: new Date(certificate.validFrom),
      to: new Date(certificate.validTo),
    },
  };
}

/** @throws Problem request-invalid with the place */
export function parseKeyMaterial({ jwk, jwks, certificate }: NewKey): KeyMaterial {
  if ([jwk, jwks, certificate].filter((form) => form !== undefined).length !== 1)
    throw refuse(
      '/body',
      'phải có đúng một trong jwk, jwks, certificate',
      'must have exactly one of jwk, jwks, certificate',
    );
  if (certificate !== undefined) return parseCertificate(certificate, '/body/certificate');
  if (jwk) return parseJwk(jwk, '/body/jwk');
  const [only] = jwks?.keys ?? [];
  if (!only) throw refuse('/body/jwks/keys', 'phải có một khóa', 'must hold one key');
  return parseJwk(only, '/body/jwks/keys/0');
}
