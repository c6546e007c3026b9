// Makes a self-signed certificate for the loopback addresses, without any tool. Source: RFC 5280, X.690 (DER).
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

const dayMs = 86_400_000;

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...items: readonly Buffer[]): Buffer => der(0x30, ...items);
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'));

function toName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(commonName)))));
}

/** GeneralizedTime, `YYYYMMDDHHMMSSZ`. */
function toTime(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return der(0x18, Buffer.from(digits));
}

/** Names 127.0.0.1, ::1 and localhost (subjectAltName, RFC 5280 §4.2.1.6), and that it may sign itself. */
function makeExtensions(): Buffer {
  const names = sequence(
    der(0x87, Buffer.from([127, 0, 0, 1])),
    der(0x87, Buffer.from('00000000000000000000000000000001', 'hex')),
    der(0x82, Buffer.from('localhost')),
  );
  const isAuthority = sequence(der(0x01, Buffer.from([0xff])));
  return der(
    0xa3,
    sequence(
      sequence(objectId('551d11'), der(0x04, names)),
      sequence(objectId('551d13'), der(0x01, Buffer.from([0xff])), der(0x04, isAuthority)),
    ),
  );
}

/** A P-256 certificate for the loopback addresses, valid from a day ago for a year. */
export function makeCertificate(nowMs: number): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)]);
  const name = toName('population-mock');
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    name,
    sequence(toTime(nowMs - dayMs), toTime(nowMs + 365 * dayMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    makeExtensions(),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
