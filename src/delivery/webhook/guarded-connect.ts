// Connections to allowed networks only. A name is resolved once, here, and the connection goes to an address that was
// found allowed in that very answer: a name that resolves otherwise a moment later changes nothing.
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { createAddressList, type IsListed } from '../../addresses.ts';
import { isHostAllowed } from './address.ts';

/** Resolves a name to all of its addresses. */
export type ResolveAll = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** No address of the host lies in an allowed network. */
export class AddressRefused extends Error {
  constructor() {
    super('the address lies outside the networks that webhooks may lead to');
    this.name = 'AddressRefused';
  }
}

const resolveBySystem: ResolveAll = (hostname, done) => {
  systemLookup(hostname, { all: true }, (error, addresses) => done(error, addresses));
};

/** The form of `dns.lookup` that sockets take, giving allowed addresses only. */
function toGuardedLookup(resolveAll: ResolveAll, isAllowed: IsListed): LookupFunction {
  return (hostname, options, done) => {
    resolveAll(hostname, (error, found) => {
      if (error) return done(error, '');
      const allowed = found.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (!first) return done(new AddressRefused(), '');
      if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
}

/**
 * A connector of undici.
 * @param networks blocks that may be connected to
 * @param connectMs longest time until the connection stands, TLS included
 * @param resolveAll default: the system's resolver
 */
export function createGuardedConnect(
  networks: readonly string[],
  connectMs: number,
  resolveAll: ResolveAll = resolveBySystem,
): buildConnector.connector {
  const isAllowed = createAddressList(networks);
  const connect = buildConnector({ timeout: connectMs, lookup: toGuardedLookup(resolveAll, isAllowed) });
  return (options, done) => {
    // A socket asks no resolver about what is an address already.
    const host = options.hostname.replace(/^\[(.*)\]$/, '$1');
    if (!isHostAllowed(host, isAllowed)) return done(new AddressRefused(), null);
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error || isAllowed(socket.remoteAddress ?? '')) return done(...result);
      socket.destroy();
      done(new AddressRefused(), null);
    });
  };
}
