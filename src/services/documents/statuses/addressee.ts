// Where a status goes: to the unit of ours that now has the place of its addressee, else over the axis. A code that is
// closed still takes statuses about documents of its time. Source: document-axis.md §4.3, §9.15
import type { Directory } from '../directory/types.ts';

/** Who a status is for. */
export interface Addressee {
  /** As it is written in the status. */
  readonly code: string;
  /** Of ours; undefined: outside. */
  readonly unitId: string | undefined;
  /** What the axis is told: another code where the one written has ended outside. */
  readonly address: string;
}

/**
 * @param unitId the unit of ours that the code stood for when the document was accepted
 * @param writtenAt when that was
 */
export async function toAddressee(
  directory: Directory,
  code: string,
  unitId: string | undefined,
  at: Date,
  writtenAt: Date,
): Promise<Addressee> {
  const led = await directory.resolve(code, at, 'status', writtenAt);
  if (led.kind === 'inside') return { code, unitId: led.unit.id, address: code };
  if (unitId !== undefined) return { code, unitId, address: code };
  return { code, unitId: undefined, address: led.kind === 'outside' ? led.address : code };
}
