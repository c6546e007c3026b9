// Takes a confirmation in: message, change, exception and outcome in one transaction, and the answer only after its commit.
import { hash } from 'node:crypto';
import type { ClientBase } from 'pg';
import type {
  Confirmation,
  PaymentPlatform,
  WireBody,
} from '../../../../adapters/payment-platform/payment.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import { tellArrived } from '../arrived.ts';
import type { MessageDraft, PaymentMovement, PaymentRooms, PaymentRow } from '../dependencies.ts';
import { decide, isAcknowledged, type LedgerEvent } from '../ledger.ts';
import { readPayment } from '../movement/rows.ts';
import { answerWords, isReference, isStorable, toEvent, toSaid } from './judge.ts';

/** What confirmations stand on. */
export type ConfirmationRooms = Pick<PaymentRooms, 'pool' | 'platforms' | 'engine' | 'onArrival' | 'now'>;

/** A message of the platform as it came. */
export interface Incoming {
  readonly kind: 'confirm' | 'keypay-callback';
  readonly body: unknown;
  readonly exchangeId: string;
}

/** What it is answered with, and a word for the entry. */
export interface Answered {
  readonly wire: WireBody;
  readonly result: string;
}

interface Taking {
  readonly rooms: ConfirmationRooms;
  readonly movement: PaymentMovement;
  readonly platform: PaymentPlatform;
  readonly draft: Pick<MessageDraft, 'direction' | 'kind' | 'sha256' | 'bytes' | 'exchangeId'>;
  readonly text: string;
}

const toAnswer = (
  { platform, rooms }: Taking,
  reference: string,
  words: keyof typeof answerWords,
): WireBody =>
  platform.answerConfirmation({
    ...{ isAccepted: words === 'accepted', words: answerWords[words], reference, at: rooms.now() },
  });

const toDigest = (wire: WireBody): string => hash('sha256', JSON.stringify(wire));

/** Refused for what it is: whatever it says has no effect. */
async function refuse(taking: Taking, reference: string | undefined, why: string): Promise<Answered> {
  const { rooms, movement, draft } = taking;
  const payment = reference === undefined ? undefined : await readPayment(rooms.pool, { reference });
  const wire = toAnswer(taking, reference ?? '', 'refused');
  const about = payment && { paymentId: payment.id };
  await movement.refuse({ ...draft, ...about, outcome: 'refused', answerSha256: toDigest(wire) }, why);
  return { wire, result: `refused ${why}` };
}

/** The platform vouches for a reference that this hub never gave: a person's. */
async function takeUnknown(client: ClientBase, taking: Taking, said: Confirmation): Promise<Answered> {
  const { movement, draft, text } = taking;
  const wire = toAnswer(taking, said.reference, 'unknown');
  const message = { ...draft, ...toSaid(said), body: text, answerSha256: toDigest(wire) };
  const { id } = await movement.write(client, message);
  const named = isReference(said.reference) ? said.reference : hash('sha256', said.reference);
  const key = [said.isPaid ? 'paid' : 'not-confirmed', named, said.transaction ?? ''].join(' ');
  await movement.raise(client, { kind: 'unknown-reference', key, messageId: id });
  return { wire, result: 'unknown-reference' };
}

/** How the same message is answered again: as at first, or better where a person has decided since. */
async function isRepeatAcknowledged(
  client: ClientBase,
  payment: PaymentRow,
  event: LedgerEvent,
  messageId: string,
): Promise<boolean> {
  if (event.kind === 'confirmed') return isAcknowledged(decide(payment, event));
  const { rowCount } = await client.query('SELECT FROM payment_exception WHERE message_id = $1', [messageId]);
  return rowCount === 0;
}

async function takeKnown(
  client: ClientBase,
  taking: Taking,
  said: Confirmation,
  payment: PaymentRow,
): Promise<Answered & { readonly told: readonly string[] }> {
  const { movement, draft, text } = taking;
  const event = toEvent(said);
  const verdict = decide(payment, event);
  const words = isAcknowledged(verdict) ? 'accepted' : 'person';
  const wire = toAnswer(taking, said.reference, words);
  const raises = 'exception' in verdict && verdict.exception !== undefined;
  const written = await movement.write(client, {
    ...{ ...draft, ...toSaid(said), paymentId: payment.id, answerSha256: toDigest(wire) },
    ...(raises && { body: text }),
  });
  if (!written.isNew) {
    const isAccepted = await isRepeatAcknowledged(client, payment, event, written.id);
    const again = toAnswer(taking, said.reference, isAccepted ? 'accepted' : 'person');
    return { wire: again, result: 'repeated', told: [] };
  }
  const cause = { messageId: written.id, ...(draft.exchangeId && { exchangeId: draft.exchangeId }) };
  const { told } = await movement.apply(client, payment, event, cause);
  return { wire, result: raises ? (verdict.exception ?? words) : words, told };
}

/**
 * What makes two messages the same confirmation: what its checksum vouches for, whatever else stands in the body. The older
 * variant states no time.
 */
function toIdentity({ variant }: PaymentPlatform, said: Confirmation): string {
  const { reference, amount, currency, code, transaction = null, bank = null, at } = said;
  const time = variant === 'keypay' ? null : at.toISOString();
  return hash('sha256', JSON.stringify([reference, amount, currency, code, transaction, bank, time]));
}

async function takeVerified(taking: Taking, said: Confirmation): Promise<Answered> {
  const { rooms, movement, platform } = taking;
  const { wire, result, told } = await withRepeatedTransaction(rooms.pool, async (client) => {
    const found = isReference(said.reference)
      ? await movement.lock(client, { reference: said.reference })
      : undefined;
    if (found?.variant !== platform.variant)
      return { ...(await takeUnknown(client, taking, said)), told: [] };
    return takeKnown(client, taking, said, found);
  });
  tellArrived(rooms, told);
  return { wire, result };
}

/** Reads a message, takes it in, and says how it is answered. @throws Error of the database: then it is not answered */
export function takeConfirmation(
  rooms: ConfirmationRooms,
  movement: PaymentMovement,
  platform: PaymentPlatform,
  { kind, body, exchangeId }: Incoming,
): Promise<Answered> {
  const text = JSON.stringify(body);
  const digest = { sha256: hash('sha256', text), bytes: Buffer.byteLength(text) };
  const draft = { direction: 'in', kind, exchangeId, ...digest } as const;
  const taking: Taking = { rooms, movement, platform, draft, text };
  const read = platform.readConfirmation(body);
  if (read.kind === 'refused') return refuse(taking, read.reference, read.why);
  if (!isStorable(read.value)) return refuse(taking, undefined, 'malformed');
  const sha256 = toIdentity(platform, read.value);
  return takeVerified({ ...taking, draft: { ...draft, sha256 } }, read.value);
}
