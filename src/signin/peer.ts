// Who is at the other end: address and certificate, from the connection, or from the headers of a proxy that is listed as
// trusted. From anyone else these headers prove nothing: the address is the connection's, a certificate is refused.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { createAddressList, toPlainAddress } from '../addresses.ts';
import { Problem } from '../problem.ts';
import { BoundedMap } from './bounded-map.ts';
import { type ClientCertificate, isCertificateInTime, parseCertificate } from './certificate.ts';
import { challenges } from './challenge.ts';
import { parseForwarded } from './forwarded.ts';

/** The other end of a connection. */
export interface Peer {
  /** Of the caller; empty where the proxies' headers do not say which one it is. */
  readonly address: string;
  /**
   * The certificate that it presented, if any.
   * @throws Problem certificate-not-trusted | certificate-unreadable | certificate-expired
   */
  certificate(): ClientCertificate | undefined;
}

/** Tells the other end of a request's connection. */
export type ToPeer = (request: IncomingMessage) => Peer;

const cachedCertificates = 2_000;
const maxHops = 20;

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`; undefined for all else. */
function toAddress(text: string): string | undefined {
  const [, inBrackets] = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text) ?? [];
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  const address = inBrackets ?? beforePort ?? text;
  return isIP(address) === 0 ? undefined : toPlainAddress(address);
}

/**
 * Makes the function that tells the other end.
 * @param trustedProxies blocks of the proxies that replace or extend these headers themselves
 * @param certificateHeader lower case
 * @param clock milliseconds since 1970
 *   Source: RFC 9440 §4, RFC 7239 §8.1.
 */
export function createToPeer({
  trustedProxies,
  certificateHeader,
  clock = Date.now,
}: {
  readonly trustedProxies: readonly string[];
  readonly certificateHeader: string;
  readonly clock?: () => number;
}): ToPeer {
  const isTrusted = trustedProxies.length === 0 ? () => false : createAddressList(trustedProxies);
  const seen = new BoundedMap<string, ClientCertificate>(cachedCertificates);

  /** The nearest hop that is no proxy of ours; the farthest when all are; undefined when one on the way cannot be read. */
  const toCaller = (hops: readonly (string | undefined)[]): string | undefined => {
    for (const hop of hops.slice(-maxHops).reverse()) {
      if (hop === undefined) return undefined;
      if (!isTrusted(hop)) return hop;
    }
    return hops.length > maxHops ? undefined : hops[0];
  };

  /** A proxy sets one of the two headers and may pass on the other as a caller made it up, so they must agree. */
  const toForwardedAddress = ({ headersDistinct }: IncomingMessage, own: string): string => {
    const forwarded = headersDistinct['forwarded'];
    const list = headersDistinct['x-forwarded-for']?.join(',');
    const callers = [
      ...(forwarded === undefined ? [] : [toCaller(forwarded.flatMap(parseForwarded))]),
      ...(list === undefined ? [] : [toCaller(list.split(',').map((hop) => toAddress(hop.trim())))]),
    ];
    const [first = ''] = callers;
    if (callers.length === 0) return own;
    return callers.every((caller) => caller === first) ? first : '';
  };

  const read = (value: string): ClientCertificate => {
    const known = seen.get(value);
    if (known) return known;
    const certificate = parseCertificate(value);
    seen.set(value, certificate);
    return certificate;
  };

  const toCertificate = (request: IncomingMessage, isProxy: boolean): ClientCertificate | undefined => {
    const values = request.headersDistinct[certificateHeader] ?? [];
    const [value = ''] = values;
    if (values.every((each) => each === '')) return undefined;
    if (!isProxy) throw new Problem('certificate-not-trusted');
    if (values.length > 1) throw new Problem('certificate-unreadable', { cause: new Error('two values') });
    let certificate: ClientCertificate;
    try {
      certificate = read(value);
    } catch (cause) {
      throw new Problem('certificate-unreadable', { cause });
    }
    if (!isCertificateInTime(certificate, new Date(clock())))
      throw new Problem('certificate-expired', { headers: challenges.certificate });
    return certificate;
  };

  return (request) => {
    const own = toPlainAddress(request.socket.remoteAddress ?? '');
    const isProxy = isTrusted(own);
    return {
      address: isProxy ? toForwardedAddress(request, own) : own,
      certificate: () => toCertificate(request, isProxy),
    };
  };
}
