// National systems that call us (`security: [{source: []}]`): known by address, certificate and account, as the settings
// say. Without settings nobody is one. A hub token counts for nothing here.
import { hash, timingSafeEqual } from 'node:crypto';
import { createAddressList } from '../addresses.ts';
import type { Operation } from '../contracts/table.ts';
import { Problem } from '../problem.ts';
import type { SourceCaller } from '../services/service.ts';
import { challenges } from '../signin/challenge.ts';
import { createFailureLimit, type FailureLimit } from '../signin/failure-limit.ts';
import type { CallerLimits, CallerSettings } from './caller-settings.ts';
import { createOutsider, type Outsider } from './outsider.ts';
import { createPlaces, type Places } from './places.ts';
import type { IncomingCall } from './stages.ts';

/** A national system that may call. */
export interface KnownCaller {
  /** How its calls stand in the request path. */
  readonly outsider: Outsider;
  readonly limits: CallerLimits;
  /** Its own, so that it takes none from those who call with a token. */
  readonly places: Places;
  /** @throws Problem source-caller-unknown | source-account-invalid | rate-exceeded | certificate-… */
  check(call: IncomingCall): SourceCaller;
}

/** Finds the caller behind a source; undefined where the settings name none. */
export type FindCaller = (source: string | undefined) => KnownCaller | undefined;

const failuresAMinute = 30;

const toDigest = (bytes: Buffer | string): Buffer => hash('sha256', bytes, 'buffer');

/** The user's name and the secret, with a colon between; undefined where nothing of that kind was sent. Source: RFC 7617 §2. */
function toPresented(authorization: string | undefined): Buffer | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '') ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
}

type CheckAccount = (authorization: string | undefined, address: string) => void;

/** One refusal for all that is wrong. What is no attempt (a client may wait to be asked) is not counted as a failed one. */
function createAccountCheck({ account }: CallerSettings, name: string, failures: FailureLimit): CheckAccount {
  if (!account) return () => undefined;
  const expected = toDigest(`${account.user}:${account.secret}`);
  return (authorization, address) => {
    const key = `${name} ${address}`;
    const retryAfterS = failures.waitS(key);
    if (retryAfterS > 0) throw new Problem('rate-exceeded', { retryAfterS });
    const presented = toPresented(authorization);
    if (presented && timingSafeEqual(toDigest(presented), expected)) return;
    if (authorization !== undefined) failures.count(key);
    throw new Problem('source-account-invalid', { headers: challenges.account });
  };
}

function createCaller(name: string, settings: CallerSettings, failures: FailureLimit): KnownCaller {
  const { networks, certificates, limits } = settings;
  const isFromItsNetwork = networks && createAddressList(networks);
  const checkAccount = createAccountCheck(settings, name, failures);
  return {
    outsider: createOutsider(name),
    limits,
    places: createPlaces(limits, undefined),
    check({ remoteAddress, certificate, headers }) {
      if (isFromItsNetwork && !isFromItsNetwork(remoteAddress)) throw new Problem('source-caller-unknown');
      if (certificates && !certificates.includes(certificate()?.sha256 ?? ''))
        throw new Problem('source-caller-unknown');
      checkAccount(headers['authorization'], remoteAddress);
      return { name, address: remoteAddress };
    },
  };
}

/** Names of the sources that call operations of this hub. */
export const toCallingSources = (
  operations: readonly Pick<Operation, 'scheme' | 'source'>[],
): readonly string[] => [
  ...new Set(operations.flatMap(({ scheme, source }) => (scheme === 'source' ? (source ?? []) : []))),
];

/** @param settings by the names of the sources */
export function createSourceCallers(settings: ReadonlyMap<string, CallerSettings>): FindCaller {
  const failures = createFailureLimit(failuresAMinute);
  const callers = new Map([...settings].map(([name, one]) => [name, createCaller(name, one, failures)]));
  return (source) => (source === undefined ? undefined : callers.get(source));
}
