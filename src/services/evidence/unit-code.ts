// Unit codes, old or new, as conditions name them.
import type { Snapshot } from '../../registry/types.ts';

/** Units that ever held the code, in whatever code system. */
export const toHolders = (registry: Pick<Snapshot, 'units'>, code: string): readonly string[] =>
  registry
    .units()
    .filter(({ codes }) => codes.some((one) => one.code === code))
    .map(({ id }) => id);
