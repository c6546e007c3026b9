// The sending side of the day: documents in their order, so many at once, each with its idempotency key; some sent twice,
// some broken off.
import { randomUUID } from 'node:crypto';
import type { components } from '../../openapi/types/documents.v1.ts';
import type { Ledger, SentDocument } from './ledger.ts';
import { type PlannedDocument, toSha256 } from './plan.ts';
import type { HubCall, HubSession } from './session.ts';

type Schema = components['schemas'];

/** A unit of ours. */
export interface Unit {
  readonly id: string;
  readonly code: string;
}

/** What the senders work with. */
export interface SendersOptions {
  readonly session: HubSession;
  readonly ledger: Ledger;
  readonly units: readonly Unit[];
  readonly plan: readonly PlannedDocument[];
  readonly contentOf: (document: PlannedDocument, run: string) => readonly Buffer[];
  /** Tells this day's documents from those of every other. */
  readonly run: string;
  /** yyyy-MM-dd */
  readonly day: string;
  readonly atOnce: number;
  /** Whether no further document is to be begun. */
  readonly isEnough: () => boolean;
}

const boundary = 'ngay-lam-viec-cua-tinh';
const notation = 'TN-NGAY';

/** The DocumentId of a document of the plan, whether it was sent or not. Source: document-axis.md §1.3 */
export function toDocumentId({ units, day, run }: SendersOptions, { n, sender }: PlannedDocument): string {
  return `${units[sender]?.code},${day.replaceAll('-', '/')},${n + 1}.${run}/${notation}`;
}

const toCode = (units: readonly Unit[], receiver: PlannedDocument['receivers'][number]): string =>
  receiver.code ?? units[receiver.unit]?.code ?? '';

function toDocument(options: SendersOptions, document: PlannedDocument): Schema['NewDocument'] {
  const { n, updates, receivers, priority } = document;
  const target = updates === undefined ? undefined : options.plan[updates];
  return {
    businessType: target ? 'update' : 'new',
    ...(target && { updates: { documentId: toDocumentId(options, target), isContentChanged: true } }),
    to: receivers.map((receiver) => ({ code: toCode(options.units, receiver) })),
    code: { number: `${n + 1}.${options.run}`, notation },
    promulgationDate: options.day,
    documentType: { name: 'Công văn' },
    subject: `V/v thử nghiệm một ngày của tỉnh, văn bản số ${n + 1}`,
    priority: priority === 3 ? 3 : 0,
    attachments: [{ name: `van-ban-${n + 1}.pdf`, contentType: 'application/pdf' }],
  };
}

function toBody(options: SendersOptions, document: PlannedDocument, content: readonly Buffer[]): Buffer {
  const part = (name: string, more: string, type: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\nContent-Type: ${type}\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(
      `${part('document', '', 'application/json')}${JSON.stringify(toDocument(options, document))}\r\n` +
        part('file', `; filename="van-ban-${document.n + 1}.pdf"`, 'application/pdf'),
    ),
    ...content,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

function toSent(accepted: Schema['Accepted'], { n, updates }: PlannedDocument): SentDocument {
  const { documentId, messageId, deliveries } = accepted;
  return {
    ...{ documentId, messageId },
    deliveries: deliveries.map(({ deliveryId, receiver, route }) => ({
      ...{ deliveryId, n, documentId, messageId },
      ...{ receiver: receiver.code, isOutside: route === 'axis', type: updates === undefined ? '0' : '2' },
    })),
  };
}

async function sendOne(options: SendersOptions, document: PlannedDocument): Promise<void> {
  const { session, ledger, units, run } = options;
  const unitId = units[document.sender]?.id ?? '';
  const content = options.contentOf(document, run);
  const body = toBody(options, document, content);
  ledger.contents.set(toDocumentId(options, document), toSha256(Buffer.concat(content)));
  const toCall = (key: string): HubCall => ({
    ...{ method: 'POST', path: '/documents/v1/documents', body },
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'idempotency-key': key },
  });
  const send = async (key: string): Promise<void> => {
    const { bytes, ms } = await session.call(unitId, toCall(key));
    const accepted: Schema['Accepted'] = JSON.parse(bytes.toString());
    ledger.sendMs.push(ms);
    ledger.noteSent(document.n, toSent(accepted, document));
  };
  const key = randomUUID();
  if (document.isCut) {
    await session.cut(unitId, toCall(key));
    ledger.cuts += 1;
  }
  await send(key);
  if (document.repeat === 'none') return;
  await send(document.repeat === 'same-key' ? key : randomUUID());
  ledger.repeats += 1;
}

/**
 * Sends the plan. Resolves when each was accepted, or given up and told to the ledger.
 * @returns how many were begun
 */
export async function sendAll(options: SendersOptions): Promise<number> {
  const { plan, ledger } = options;
  const endings = new Map<number, Promise<void>>();
  let next = 0;
  async function work(): Promise<void> {
    while (next < plan.length && !options.isEnough()) {
      const document = plan[next];
      next += 1;
      if (!document) return;
      // An update follows the document that it updates.
      if (document.updates !== undefined) await endings.get(document.updates);
      const ending = sendOne(options, document).catch((error: unknown) => ledger.fail(error));
      endings.set(document.n, ending);
      await ending;
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, work));
  return endings.size;
}
