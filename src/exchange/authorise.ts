// Step 3: the state of the system (the snapshot's, never the token cache's), the mandate and the grant in force now for this system, unit, operation and purpose. Deny by default.
import type { Operation } from '../contracts/table.ts';
import { Problem } from '../problem.ts';
import type { Registry, Snapshot, System, Unit } from '../registry/types.ts';
import { challenges } from '../signin/challenge.ts';
import { type CheckedToken, isBoundToken } from '../signin/token-profile.ts';
import { chooseGrant } from './choose-grant.ts';
import { outsiderGrant } from './outsider.ts';
import { type Authorised, add, type Reasoned } from './stages.ts';

/** A registry not confirmed for longer than this serves no personal data, no effect and no national system. */
const staleAfterMs = 5_000;

/** @throws Problem token-revoked */
export function checkToken(snapshot: Snapshot, system: System, token: CheckedToken | undefined): void {
  if (!token || token.issuedAt < system.tokensValidFrom || snapshot.isTokenRevoked(token.jti))
    throw new Problem('token-revoked', { headers: challenges.token });
}

/** @throws Problem service-off | source-off */
export function checkService(
  snapshot: Snapshot,
  { service, source }: Pick<Operation, 'service' | 'source'>,
): void {
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
  const hasToken = operation.scheme === 'hubToken';
  if (hasToken) checkToken(snapshot, system, token);
  const mustBeFresh = operation.personalData || operation.effect || operation.scheme === 'source';
  if (mustBeFresh && registry.confirmedMsAgo() > staleAfterMs)
    throw new Problem('registry-stale', { retryAfterS: 5 });
  checkService(snapshot, operation);
  if (!hasToken) return add(reasoned, { grant: outsiderGrant });
  checkMandate(snapshot, system, actingUnit, operation, at);
  const grant = chooseGrant(snapshot.grants(system.id, operation.name), {
    environment,
    purpose: reasoned.purpose,
    at,
    isBound: token !== undefined && isBoundToken(token),
    hasCase: reasoned.caseCode !== undefined,
    remoteAddress: reasoned.call.remoteAddress,
  });
  return add(reasoned, { grant });
}
