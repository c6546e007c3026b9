// Whose payments a caller may see and act on: those of the acting unit, and as its only heir those of a unit that has ended.

import { isOnlyHeir } from '../../../registry/succession.ts';
import type { Registry } from '../../../registry/types.ts';
import type { Caller } from '../../service.ts';

/** Whether a payment of this unit is the acting unit's. */
export type IsOwn = (paymentUnit: string, actingUnit: string) => boolean;

/** Asks the registry as it stands. */
export const createOwnership =
  (registry: Pick<Registry, 'current'>, now: () => Date): IsOwn =>
  (paymentUnit, actingUnit) =>
    paymentUnit === actingUnit || isOnlyHeir(registry.current, paymentUnit, actingUnit, now());

/** Whether the right that is used is for the whole province. */
export const isForProvince = ({ grant }: Caller): boolean => grant.reach === 'province';
