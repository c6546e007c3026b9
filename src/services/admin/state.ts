// Active, suspended, revoked: which changes of state there are.
import { Problem } from '../../problem.ts';

/** A state of units, systems, mandates, officers and grants. */
export type State = 'active' | 'suspended' | 'revoked';

/** @throws Problem revoked-for-good | state-unchanged */
export function checkStateChange(from: State, to: State): void {
  if (from === to) throw new Problem('state-unchanged');
  if (from === 'revoked') throw new Problem('revoked-for-good');
}
