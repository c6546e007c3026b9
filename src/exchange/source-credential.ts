// Which account a call uses at its source. One that is registered and out of use is refused: the next best would hide
// that from those who must renew it, and let another answer for the unit's calls in the source's own log.
import type { SourceCredential } from '../../adapters/adapter.ts';
import { Problem } from '../problem.ts';
import { isInForce } from '../registry/snapshot.ts';
import { openSecret } from '../registry/source-secret.ts';
import type { Snapshot } from '../registry/types.ts';

/** A credential ready for the adapter, and its id for the entry. */
export interface OpenCredential extends SourceCredential {
  readonly id: string;
}

/**
 * The unit's own credential, else the province's; undefined when there is neither.
 * @throws Problem source-credential-suspended | source-credential-expired (503)
 */
export function openCredential(
  fieldKey: Buffer,
  snapshot: Snapshot,
  source: string,
  { unitId, at }: { readonly unitId: string; readonly at: Date },
): OpenCredential | undefined {
  const row = snapshot.sourceCredential(source, unitId);
  if (!row) return undefined;
  if (row.state !== 'active') throw new Problem('source-credential-suspended', { source });
  if (!isInForce(row, at)) throw new Problem('source-credential-expired', { source });
  const { id, account } = row;
  return { id, account, secret: openSecret(fieldKey, row, row.sealedSecret) };
}
