// Where each receiver of a document leads. A code is never guessed and never rewritten: what has no mapping is refused by
// name. Source: document-axis.md §9.14, §9.15; units-and-codes.md §6
import type { ProblemPlace } from '../../../problem.ts';
import type { ProblemCode } from '../../../problem-codes.ts';
import { toResolutionCode, toResolutionPlace } from '../directory/place.ts';
import type { Directory, Resolution } from '../directory/types.ts';

/** A receiver that something can be delivered to. */
export interface Receiver {
  /** As written. */
  readonly code: string;
  readonly name: string;
  /** The unit of ours; undefined: outside, over the axis. */
  readonly unitId: string | undefined;
  /** What stands for it in `document_received`. */
  readonly key: string;
}

/** What came of looking receivers up. */
export interface Resolved {
  readonly resolutions: readonly Resolution[];
  /** Those that can be delivered to, each unit once. */
  readonly receivers: readonly Receiver[];
  /** Why the others cannot, and by which code. */
  readonly places: readonly (ProblemPlace & { readonly code: ProblemCode })[];
  /** The code of the first that cannot. */
  readonly refusal: ProblemCode;
}

function toReceiver(resolution: Resolution): Receiver | undefined {
  if (resolution.kind === 'inside') {
    const { code, unit } = resolution;
    return { code, name: unit.name, unitId: unit.id, key: unit.id };
  }
  if (resolution.kind === 'outside')
    return { code: resolution.code, name: resolution.name, unitId: undefined, key: resolution.agencyId };
  return undefined;
}

/** Looks all codes up as of now. @param where of the list, e.g. `/body/to` */
export async function resolveReceivers(
  directory: Directory,
  codes: readonly string[],
  at: Date,
  where: string,
): Promise<Resolved> {
  const resolutions = await Promise.all(codes.map((code) => directory.resolve(code, at)));
  const receivers = new Map<string, Receiver>();
  const places: (ProblemPlace & { readonly code: ProblemCode })[] = [];
  resolutions.forEach((resolution, n) => {
    const receiver = toReceiver(resolution);
    const place = toResolutionPlace(resolution, `${where}/${n}`);
    if (place) places.push({ ...place, code: toResolutionCode(resolution) ?? 'receiver-unknown' });
    else if (receiver && !receivers.has(receiver.key)) receivers.set(receiver.key, receiver);
  });
  const [refusal = 'receiver-unknown'] = resolutions.flatMap((one) => toResolutionCode(one) ?? []);
  return { resolutions, receivers: [...receivers.values()], places, refusal };
}
