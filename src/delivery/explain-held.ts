// Tells the sender why a message does not move on: the reason is a step of each of its deliveries.
import type { ClientBase } from 'pg';
import type { PrivateFacts } from '../evidence/types.ts';
import type { ProblemCode } from '../problem-codes.ts';
import { applyChanges, lockHeld, type Recorder, type Step } from './journal.ts';

/** Records the reason in the caller's transaction; the deliveries stay held. @returns how many there were */
export async function explainHeld(
  client: ClientBase,
  subject: string,
  problem: ProblemCode,
  by: PrivateFacts,
  recorder: Recorder,
): Promise<number> {
  const held = await lockHeld(client, subject);
  const steps: readonly Step[] = [{ step: 'held', problem, private: by }];
  await applyChanges(
    client,
    held.map((delivery) => ({ delivery, steps, state: 'held' })),
    recorder,
  );
  return held.length;
}
