// Whose steps of a delivery are whose: what a unit sees sealed parts of. Who may see the province is said by the grant.

/** Steps that the receiver makes: their officer is the receiver's. */
export const receiverSteps: readonly string[] = ['taken', 'acknowledged', 'refused'];

/** Steps that people of the hub make: their officer and reason are neither end's. */
export const administratorSteps: readonly string[] = ['released', 'replayed', 'abandoned'];
