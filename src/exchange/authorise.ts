// Step 3: the state of the system (the snapshot's, never the token cache's), the mandate and the grant in force now for this system, unit, operation and purpose. Deny by default.
import { createAddressList, type IsListed } from '../addresses.ts';
import type { Operation } from '../contracts/table.ts';
import { Problem } from '../problem.ts';
import { isInForce } from '../registry/snapshot.ts';
import type { Grant, Registry, Snapshot, System, Unit } from '../registry/types.ts';
import { type CheckedToken, isBoundToken } from '../signin/token-profile.ts';
import { anyone } from './anyone.ts';
import type { Authorised, Reasoned } from './stages.ts';

/** A registry not confirmed for longer than this serves no personal data and no effect. */
const staleAfterMs = 5_000;

const hourOfDay = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  hourCycle: 'h23',
  timeZone: 'Asia/Ho_Chi_Minh',
});

const addressLists = new WeakMap<Grant, IsListed>();

function isFromGrantedAddress(grant: Grant, remoteAddress: string): boolean {
  if (grant.addresses.length === 0) return true;
  const list = addressLists.get(grant) ?? createAddressList(grant.addresses);
  addressLists.set(grant, list);
  return list(remoteAddress);
}

function isWithinHours(grant: Grant, at: Date): boolean {
  if (!grant.hours) return true;
  const hour = Number(hourOfDay.format(at));
  return grant.hours.from <= hour && hour < grant.hours.to;
}

/** The grant that fits best; the problem names the first part that no grant meets. */
function chooseGrant(reasoned: Reasoned, grants: readonly Grant[]): Grant {
  const { purpose, caseCode, at, call, token } = reasoned;
  const isBound = token !== undefined && isBoundToken(token);
  let left = grants;
  const narrow = (code: ConstructorParameters<typeof Problem>[0], keep: (grant: Grant) => boolean): void => {
    left = left.filter(keep);
    if (left.length === 0) throw new Problem(code);
  };
  narrow('grant-missing', () => true);
  narrow('purpose-not-granted', (grant) => grant.purpose === undefined || grant.purpose === purpose);
  narrow('grant-suspended', (grant) => grant.state === 'active');
  narrow('grant-expired', (grant) => isInForce(grant, at));
  narrow('token-not-bound', (grant) => !grant.isSenderBound || isBound);
  narrow('case-code-missing', (grant) => grant.caseRule === 'optional' || caseCode !== undefined);
  // Officers are asserted by the system: level 1. Levels 2 and 3 need the officer's own sign-in.
  narrow('assurance-too-low', (grant) => grant.leastAssurance <= 1);
  narrow('address-not-granted', (grant) => isFromGrantedAddress(grant, call.remoteAddress));
  narrow('outside-granted-hours', (grant) => isWithinHours(grant, at));
  const [first] = left;
  if (!first) throw new Problem('grant-missing');
  return first;
}

/** @throws Problem token-revoked */
export function checkToken(snapshot: Snapshot, system: System, token: CheckedToken | undefined): void {
  if (!token || token.issuedAt < system.tokensValidFrom || snapshot.isTokenRevoked(token.jti))
    throw new Problem('token-revoked');
}

/** @throws Problem service-off | source-off */
export function checkService(snapshot: Snapshot, { service, source }: Operation): void {
  if (snapshot.service(service)?.state !== 'active') throw new Problem('service-off');
  if (source !== undefined && snapshot.isSourceOff(source)) throw new Problem('source-off', { source });
}

/** @throws Problem unit-inactive | mandate-missing */
export function checkMandate(
  snapshot: Snapshot,
  system: System,
  actingUnit: Unit,
  operation: Pick<Operation, 'name' | 'service'>,
  at: Date,
): void {
  const owner = snapshot.unit(system.unitId);
  if (actingUnit.state !== 'active' || owner?.state !== 'active') throw new Problem('unit-inactive');
  const mandate = snapshot.mandate(system.id, actingUnit.id, at);
  const covered = [operation.name, `${operation.service}/*`];
  if (!mandate?.operations.some((name) => covered.includes(name))) throw new Problem('mandate-missing');
}

/** @throws Problem system-inactive | token-revoked | registry-stale | service-off | mandate-missing | grant-… | purpose-not-granted | … (403, 503) */
export function authorise(registry: Registry, environment: string, reasoned: Reasoned): Authorised {
  const { operation, system, actingUnit, at, token } = reasoned;
  if (system.state !== 'active') throw new Problem('system-inactive');
  const snapshot = registry.current;
  const isPublic = operation.scheme === 'anyone';
  if (!isPublic) checkToken(snapshot, system, token);
  if ((operation.personalData || operation.effect) && registry.confirmedMsAgo() > staleAfterMs)
    throw new Problem('registry-stale', { retryAfterS: 5 });
  checkService(snapshot, operation);
  if (isPublic) return { ...reasoned, grant: anyone.grant };
  checkMandate(snapshot, system, actingUnit, operation, at);
  const grants = snapshot
    .grants(system.id, operation.name)
    .filter((grant) => grant.environment === environment);
  return { ...reasoned, grant: chooseGrant(reasoned, grants) };
}
