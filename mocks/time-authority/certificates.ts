// The authority's certificates: a root of its own, and one that stamps times. Source: RFC 5280, RFC 3161 §2.3.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { der, objectId, octets, sequence, set, small, toTime } from './der.ts';

/** A key and the DER of its certificate. */
export interface Identity {
  readonly key: KeyObject;
  readonly certificate: Buffer;
}

const dayMs = 86_400_000;
/** ecdsa-with-SHA256 and sha256WithRSAEncryption. */
const signedBy = {
  ec: sequence(objectId('2a8648ce3d040302')),
  rsa: sequence(objectId('2a864886f70d01010b'), der(0x05)),
};

const toName = (commonName: string): Buffer =>
  sequence(set(sequence(objectId('550403'), der(0x0c, Buffer.from(commonName)))));

const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  sequence(objectId(id), ...(isCritical ? [der(0x01, Buffer.of(0xff))] : []), octets(value));

const isAuthority = extension('551d13', true, sequence(der(0x01, Buffer.of(0xff))));
/** keyCertSign; digitalSignature. */
const mayIssue = extension('551d0f', true, der(0x03, Buffer.of(2, 0x04)));
const maySign = extension('551d0f', true, der(0x03, Buffer.of(7, 0x80)));
const purposes = { stamping: '2b06010505070308', serving: '2b06010505070301' };

const makeKeys = (kind: 'ec' | 'rsa') =>
  kind === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });

interface Wanted {
  readonly subject: string;
  readonly kind: 'ec' | 'rsa';
  readonly from: number;
  readonly to: number;
  readonly extensions: readonly Buffer[];
  readonly issuer?: Identity & { readonly name: string };
}

function issue({ subject, kind, from, to, extensions, issuer }: Wanted): Identity {
  const { publicKey, privateKey } = makeKeys(kind);
  const signingKey = issuer?.key ?? privateKey;
  const algorithm = signedBy[signingKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec'];
  const body = sequence(
    der(0xa0, small(2)),
    der(0x02, Buffer.concat([Buffer.of(0x01), randomBytes(15)])),
    algorithm,
    toName(issuer?.name ?? subject),
    sequence(toTime(from), toTime(to)),
    toName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.of(0), sign('sha256', body, signingKey));
  return { key: privateKey, certificate: sequence(body, algorithm, signature) };
}

/** What the mock stamps with. */
export interface Identities {
  readonly root: Identity;
  readonly stamping: Identity;
  /** As good as `stamping`, but its time was over a day ago. */
  readonly expired: Identity;
  /** Of the same root, but for servers. */
  readonly serving: Identity;
}

const rootName = 'Cơ quan cấp dấu thời gian thử nghiệm / Test time authority root';

/** Makes new ones. @param kind of the keys that stamp */
export function makeIdentities(nowMs: number, kind: 'ec' | 'rsa'): Identities {
  const long = { from: nowMs - 400 * dayMs, to: nowMs + 400 * dayMs };
  const root = issue({ subject: rootName, kind: 'ec', ...long, extensions: [isAuthority, mayIssue] });
  const issuer = { ...root, name: rootName };
  const make = (subject: string, to: number, purpose: string): Identity => {
    const usage = extension('551d25', true, sequence(objectId(purpose)));
    return issue({ subject, kind, from: long.from, to, extensions: [maySign, usage], issuer });
  };
  return {
    root,
    stamping: make('Dấu thời gian thử nghiệm / Test stamps', long.to, purposes.stamping),
    expired: make('Dấu thời gian cũ / Old test stamps', nowMs - dayMs, purposes.stamping),
    serving: make('Máy chủ thử nghiệm / Test server', long.to, purposes.serving),
  };
}

/** A certificate as PEM. */
export const toPem = (certificate: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
