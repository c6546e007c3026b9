// Fetches a receipt and stores it once: a PDF as a blob under its digest, an address sealed. Source: payment-platform.md §8.9
import { hash } from 'node:crypto';
import { SourceError } from '../../../../adapters/adapter.ts';
import { paymentPlatformName, type ReceiptOutcome } from '../../../../adapters/payment-platform/payment.ts';
import type { BlobName } from '../../../blobs/types.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import type { AskedReceipt, PaymentMovement, PaymentRooms } from '../dependencies.ts';
import { sealPart } from '../sealed.ts';
import { callPlatform, type PaymentAct, toSent } from './calls.ts';

/** What asking for receipts stands on. */
export type ReceiptRooms = Pick<PaymentRooms, 'pool' | 'keys' | 'blobs' | 'rules' | 'logger' | 'now'>;

interface Fetched extends BlobName {
  readonly form: 'url' | 'pdf';
  readonly url?: string;
}

/** @throws SourceError unreadable where it is larger than this province takes */
async function storePdf(
  { blobs, rules }: Pick<ReceiptRooms, 'blobs' | 'rules'>,
  content: AsyncIterable<Uint8Array>,
): Promise<Fetched> {
  const writer = await blobs.begin();
  let bytes = 0;
  try {
    for await (const chunk of content) {
      bytes += chunk.byteLength;
      if (bytes > rules.receiptBytes)
        throw new SourceError('unreadable', paymentPlatformName, 'a receipt is too large');
      await writer.write(chunk);
    }
    if (bytes === 0) throw new SourceError('unreadable', paymentPlatformName, 'a receipt is empty');
    return { form: 'pdf', ...(await writer.commit()) };
  } finally {
    await writer.abort();
  }
}

async function store(rooms: ReceiptRooms, outcome: ReceiptOutcome): Promise<Fetched | undefined> {
  if (outcome.kind === 'not-ready') return undefined;
  if (outcome.kind === 'pdf') return storePdf(rooms, outcome.content);
  const bytes = Buffer.byteLength(outcome.url);
  return { form: 'url', url: outcome.url, sha256: hash('sha256', outcome.url), bytes };
}

const insert = `INSERT INTO payment_receipt (payment_id, form, sha256, bytes, sealed_url, message_id)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (payment_id) DO NOTHING`;

/** Another that was quicker keeps its own. */
export async function fetchReceipt(
  rooms: ReceiptRooms,
  movement: Pick<PaymentMovement, 'write'>,
  act: PaymentAct,
): Promise<AskedReceipt> {
  const { payment, platform, call } = act;
  const { value, trace, receipt } = await callPlatform(rooms, movement, act, 'get-bill', async () => {
    const answer = await platform.receipt(payment.reference, rooms.now(), call);
    return { ...answer, receipt: await store(rooms, answer.value) };
  });
  const code = value.kind === 'not-ready' ? { code: value.kind } : {};
  const isStored = await withRepeatedTransaction(rooms.pool, async (client) => {
    const { id } = await movement.write(
      client,
      toSent(act, 'get-bill', trace, { outcome: 'verified', ...code }),
    );
    if (!receipt) return false;
    const { form, sha256, bytes, url } = receipt;
    const sealed =
      url === undefined ? undefined : sealPart(rooms.keys.field, 'payment receipt', payment.id, url);
    await client.query(insert, [payment.id, form, sha256, bytes, sealed, id]);
    await client.query('UPDATE payment SET next_receipt_at = NULL WHERE id = $1', [payment.id]);
    return true;
  });
  return { isStored, traces: [trace] };
}
