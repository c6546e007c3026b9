// What the steps of a delivery sealed, in order.
import type { Bench } from '../bench.ts';

/** The private parts of a delivery's entries. */
export async function readSealed(
  { pool }: Bench,
  deliveryId: string,
): Promise<readonly { readonly sources: readonly { readonly source: string }[] }[]> {
  const { rows } = await pool.query<{ text: string }>(
    'SELECT p.text FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id WHERE e.exchange_id = $1 ORDER BY e.id',
    [deliveryId],
  );
  return rows.map(({ text }) => JSON.parse(text));
}
