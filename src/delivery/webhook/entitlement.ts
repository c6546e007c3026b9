// Who may be told: a webhook outlives neither the rights of its system nor the mandate of its unit.
import { isInForce } from '../../registry/snapshot.ts';
import type { Registry } from '../../registry/types.ts';

/** Whether a system may be told of deliveries to a unit now. */
export type IsEntitled = (systemId: string, unitId: string) => boolean;

const operation = 'delivery.v1/registerWebhook';
const covering: readonly string[] = [operation, 'delivery.v1/*'];

/** Deny by default: system and unit active, a mandate and a grant in force for registering a webhook. */
export const createEntitlement =
  (registry: Pick<Registry, 'current'>): IsEntitled =>
  (systemId, unitId) => {
    const { current } = registry;
    const at = new Date();
    const isActive = current.system(systemId)?.state === 'active' && current.unit(unitId)?.state === 'active';
    const mandate = current.mandate(systemId, unitId, at);
    return (
      isActive &&
      mandate?.operations.some((name) => covering.includes(name)) === true &&
      current.grants(systemId, operation).some((grant) => grant.state === 'active' && isInForce(grant, at))
    );
  };
