// The units of ours that an item of the queue is for: aliases and successors lead on, what leads elsewhere is named.
// Source: document-axis.md §9.13, §9.15; units-and-codes.md §6
import type { DocumentRooms } from '../dependencies.ts';
import type { Resolution } from '../directory/types.ts';

/** A unit that gets it. */
export interface InsideReceiver {
  /** As the axis wrote it. */
  readonly code: string;
  readonly unitId: string;
}

/** Why a code leads to no unit of ours. */
export type ReceiverFault = 'receiver-unknown' | 'receiver-ended' | 'receiver-several' | 'receiver-outside';

const faults: Readonly<Record<Exclude<Resolution['kind'], 'inside'>, ReceiverFault>> = {
  unknown: 'receiver-unknown',
  closed: 'receiver-ended',
  several: 'receiver-several',
  outside: 'receiver-outside',
};

/** @returns the units, each once; where there is none, why the first code leads to none */
export async function findInside(
  { directory, now }: Pick<DocumentRooms, 'directory' | 'now'>,
  codes: readonly string[],
): Promise<{ readonly receivers: readonly InsideReceiver[]; readonly fault: ReceiverFault }> {
  const receivers = new Map<string, InsideReceiver>();
  let fault: ReceiverFault | undefined;
  for (const code of codes) {
    // What was sent to one that has ended is for the one in its place.
    const led = await directory.resolve(code, now(), 'status');
    if (led.kind !== 'inside') fault ??= faults[led.kind];
    else if (!receivers.has(led.unit.id)) receivers.set(led.unit.id, { code, unitId: led.unit.id });
  }
  return { receivers: [...receivers.values()], fault: fault ?? 'receiver-unknown' };
}
