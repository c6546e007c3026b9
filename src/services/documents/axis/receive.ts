// Reads a message of the axis while it comes in, and keeps its bytes whatever they are, but for a state secret: nothing of
// that is kept. Memory stays flat. Source: document-axis.md §5.3, §9.3, §9.4; issue "Documents"
import { EdxmlError } from '../../../../adapters/document-axis/edxml/faults.ts';
import { defaultLimits } from '../../../../adapters/document-axis/edxml/limits.ts';
import { createEdxmlReader } from '../../../../adapters/document-axis/edxml/reader.ts';
import type {
  EdxmlDocument,
  EdxmlMessage,
  EdxmlReader,
  ReadEdxml,
} from '../../../../adapters/document-axis/edxml/types.ts';
import type { BlobStore, BlobWriter } from '../../../blobs/types.ts';
import type { DocumentRules } from '../rules.ts';
import { toSignsOfAttachments, toSignsOfFile } from '../send/file-signs.ts';
import { findSecrecy, type PlacedText, type SecrecySigns } from '../send/secrecy.ts';
import type { StatusMessage } from '../statuses/record.ts';

/** A document, in a blob that is not yet durable. */
export interface ReceivedDocument {
  readonly kind: 'document';
  readonly message: EdxmlDocument;
  readonly read: ReadEdxml;
  readonly blob: BlobWriter;
}

/** What cannot be delivered as it is; its bytes in a blob that is not yet durable. */
export interface ReceivedUnreadable {
  readonly kind: 'unreadable';
  readonly fault: string;
  readonly place: string;
  readonly blob: BlobWriter;
}

/** What came in. */
export type Received =
  | ReceivedDocument
  | ReceivedUnreadable
  | { readonly kind: 'status'; readonly status: StatusMessage }
  | { readonly kind: 'secret' };

/** Held in memory up to here, so that a status, which lies in its row, makes no file. */
const wholeBytes = 262_144;

class SecretError extends Error {}

/** Longest run of a message without a readable header that is looked at. */
const lookedAtBytes = 2_097_152;

/** Texts of a message whose header could not be read, as far as they can be told apart without reading it. */
function toLooseSigns(text: string): SecrecySigns {
  const named = (names: string): readonly PlacedText[] =>
    [...text.matchAll(new RegExp(`<(?:[\\w.-]+:)?(?:${names})(?:\\s[^<>]*)?>([^<]*)`, 'gu'))].map(
      (found) => ({
        where: '',
        text: toPlainText(found[1] ?? ''),
      }),
    );
  return {
    code: named('CodeNumber|CodeNotation'),
    texts: named('Subject|Content|TypeName|AttachmentName|Description'),
  };
}

const toPlainText = (text: string): string =>
  text
    .replace(/&#(x[0-9a-f]{1,6}|\d{1,7});/giu, (whole, code: string) => {
      const point = /^x/i.test(code) ? Number.parseInt(code.slice(1), 16) : Number(code);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    })
    .replace(/&(?:amp|lt|gt|quot|apos);/gu, ' ');

function checkSecret(message: EdxmlMessage, rules: DocumentRules): void {
  if (message.kind === 'status') return;
  if (findSecrecy(toSignsOfFile(message), rules) !== undefined)
    throw new SecretError('it bears a sign of state secrecy');
}

/** Where something is longer than what its column takes. */
function findTooLong(message: EdxmlMessage): string | undefined {
  if (message.from.organId.length > 200) return 'MessageHeader/From/OrganId';
  return message.kind === 'document' && message.documentId.length > 250
    ? 'MessageHeader/DocumentId'
    : undefined;
}

/** The bytes so far: in memory, from some length on in a blob. */
class Keeping {
  readonly #blobs: BlobStore;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #blob: BlobWriter | undefined;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** @param mayStore whether anything may be written to disk by now */
  async add(chunk: Buffer, mayStore: boolean): Promise<void> {
    if (this.#blob) return this.#blob.write(chunk);
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (mayStore && this.#heldBytes > wholeBytes) await this.toBlob();
    return undefined;
  }

  /** How much is in memory. */
  get heldBytes(): number {
    return this.#blob ? 0 : this.#heldBytes;
  }

  /** Undefined: it was too long for that. */
  get whole(): Buffer | undefined {
    return this.#blob ? undefined : Buffer.concat(this.#held);
  }

  async toBlob(): Promise<BlobWriter> {
    this.#blob ??= await this.#blobs.begin();
    for (const chunk of this.#held.splice(0)) await this.#blob.write(chunk);
    return this.#blob;
  }

  async drop(): Promise<void> {
    await this.#blob?.abort();
  }
}

/** Reads on to the end of the bytes; what is wrong with them is found once. */
async function readThrough(
  content: AsyncIterable<Buffer>,
  reader: EdxmlReader,
  keeping: Keeping,
  rules: DocumentRules,
): Promise<ReadEdxml | EdxmlError> {
  let failure: EdxmlError | undefined;
  let isLookedAt = false;
  // Without a header nobody has looked for signs of secrecy yet; nothing is stored before.
  const look = (): void => {
    if (isLookedAt || failure === undefined || reader.message !== undefined) return;
    const text = keeping.whole?.toString('utf8') ?? '';
    if (findSecrecy(toLooseSigns(text), rules) !== undefined)
      throw new SecretError('it bears a sign of state secrecy');
    isLookedAt = true;
  };
  const guard = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return failure ? undefined : await work();
    } catch (error) {
      if (!(error instanceof EdxmlError)) throw error;
      failure = error;
      return undefined;
    }
  };
  for await (const chunk of content) {
    await guard(() => reader.push(chunk));
    await keeping.add(chunk, reader.message !== undefined || isLookedAt);
    if (keeping.heldBytes > lookedAtBytes) look();
  }
  const read = await guard(() => reader.end());
  look();
  return read ?? failure ?? new EdxmlError('truncated');
}

async function toReceived(
  result: ReadEdxml | EdxmlError,
  keeping: Keeping,
  rules: DocumentRules,
): Promise<Received> {
  const refuse = async (fault: string, place = ''): Promise<Received> => ({
    ...{ kind: 'unreadable', fault, place, blob: await keeping.toBlob() },
  });
  if (result instanceof EdxmlError) return refuse(result.fault, result.where);
  const { message, warnings, attachments } = result;
  if (findSecrecy(toSignsOfAttachments(attachments), rules) !== undefined)
    throw new SecretError('an attachment bears a sign of state secrecy');
  const { whole } = keeping;
  const tooLong = findTooLong(message);
  if (tooLong !== undefined) return refuse('too-long', tooLong);
  if (message.kind === 'status')
    return whole
      ? { kind: 'status', status: { message, bytes: whole, warnings } }
      : refuse('message-too-large');
  if (attachments.some(({ detectedType }) => detectedType === 'executable')) return refuse('executable');
  return { kind: 'document', message, read: result, blob: await keeping.toBlob() };
}

/**
 * Reads a message to its end. The caller commits the blob, or aborts it.
 * @throws what `content` fails with; then nothing is left
 */
export async function receive(
  blobs: BlobStore,
  rules: DocumentRules,
  content: AsyncIterable<Buffer>,
): Promise<Received> {
  const limits = { ...defaultLimits, messageBytes: rules.messageBytes };
  const reader = createEdxmlReader(limits, { onHeader: (message) => checkSecret(message, rules) });
  const keeping = new Keeping(blobs);
  try {
    return await toReceived(await readThrough(content, reader, keeping, rules), keeping, rules);
  } catch (error) {
    await keeping.drop();
    if (error instanceof SecretError) return { kind: 'secret' };
    throw error;
  }
}
