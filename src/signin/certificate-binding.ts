// Tokens bound to a certificate at the token endpoint (RFC 8705 §3): whoever presents one through a trusted proxy, and no
// DPoP proof, gets a token that is worth nothing without it. Only certificates registered for the system are taken.
import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem.ts';
import { problemCodes } from '../problem-codes.ts';
import type { System } from '../registry/types.ts';
import { type ClientCertificate, isRegistered } from './certificate.ts';
import type { ToPeer } from './peer.ts';

/** What the token request's connection says of a certificate. */
export interface CertificateBinding {
  /** True when the token is to be bound: a certificate is presented, in whatever state, and no proof. */
  isAsked(request: IncomingMessage): boolean;
  /** The certificate that the token is to be bound to; only where `isAsked`. */
  certificate(request: IncomingMessage): ClientCertificate | undefined;
  /** A sentence for the authenticated client on why its certificate is not taken; undefined when it is, or none is asked. */
  findFault(request: IncomingMessage, system: System | undefined, now: Date): string | undefined;
}

/** Reads bindings of token requests; DPoP goes before a certificate. */
export function createCertificateBinding(toPeer: ToPeer): CertificateBinding {
  const read = (request: IncomingMessage): ClientCertificate | Problem | undefined => {
    // The provider would refuse a token bound to both; a proxy may present its certificate for every connection.
    if (request.headers['dpop'] !== undefined) return undefined;
    try {
      return toPeer(request).certificate();
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  };
  const toSentence = ({ code }: Problem): string => problemCodes[code].en.title;
  return {
    isAsked: (request) => read(request) !== undefined,
    certificate(request) {
      const found = read(request);
      return found instanceof Problem ? undefined : found;
    },
    findFault(request, system, now) {
      const found = read(request);
      if (found === undefined) return undefined;
      if (found instanceof Problem) return toSentence(found);
      if (system && isRegistered(system, found, now)) return undefined;
      return toSentence(new Problem('certificate-not-registered'));
    },
  };
}
