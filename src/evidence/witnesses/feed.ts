// Brings one witness up to the newest signed head, whatever it knew before.
import type pg from 'pg';
import { proveExtension, readSignedHead, type SignedHead } from '../heads.ts';
import type { Submitted, WitnessClient } from './client.ts';

/** What came of it. `ahead`: it knows more leaves than the database has. */
export type Fed =
  | (Exclude<Submitted, { kind: 'knows' }> & { readonly head: SignedHead })
  | { readonly kind: 'ahead'; readonly size: number; readonly said: string }
  | { readonly kind: 'nothing' };

/** Once to learn what it knows, once more if another process was faster. */
const tries = 4;

/**
 * Submits the newest signed head.
 * @param known size of the head that it cosigned last, as far as we know; it says so if that is not so
 * @param fallback what is submitted before the first signed head; default: nothing
 * @throws Error when the witness or the database cannot be reached
 */
export async function feed(
  client: WitnessClient,
  pool: pg.Pool,
  known: number,
  fallback?: SignedHead,
): Promise<Fed> {
  let old = known;
  for (let left = tries; left > 0; left -= 1) {
    // Read after it said what it knows: a head that it cosigned was in the database before.
    const head = (await readSignedHead(pool)) ?? fallback;
    if (!head) return { kind: 'nothing' };
    if (old > head.size && left < tries)
      return {
        kind: 'ahead',
        size: old,
        said: `it has cosigned ${old} leaves; ${head.size} are signed here`,
      };
    const from = Math.min(old, head.size);
    const submitted = await client.submit(head, from, await proveExtension(pool, from, head.size));
    if (submitted.kind !== 'knows') return { ...submitted, head };
    old = submitted.size;
  }
  throw new Error(`the witness ${client.name} says another size each time`);
}
