// Reads an edXML message that streams by: mark-up tag by tag, the content of attachments as raw bytes with flat memory.
// It stores nothing and changes nothing; the caller keeps the same bytes. Source: document-axis.md §1, §2, §5, §9.1-9.6
import { createHash } from 'node:crypto';
import { AttachmentList } from './attachment-list.ts';
import { edxmlNamespace } from './elements.ts';
import { EdxmlError } from './faults.ts';
import { type Element, Markup, type MarkupEvent } from './markup.ts';
import { toMessage } from './message.ts';
import { Payload } from './payload.ts';
import { TraceFinder } from './trace-finder.ts';
import type { EdxmlLimits, EdxmlMessage, EdxmlReader, EdxmlWarning, ReadEdxml } from './types.ts';
import { Warnings } from './warnings.ts';

/** Called with the message when its envelope has closed, before any attachment is decoded; what it throws ends reading. */
export interface ReaderHooks {
  readonly onHeader?: (message: EdxmlMessage, warnings: readonly EdxmlWarning[]) => void | Promise<void>;
}

const lessThan = 0x3c;
const greaterThan = 0x3e;
const bom = Buffer.from([0xef, 0xbb, 0xbf]);

const isAttachment = (element: Element, parent: Element | undefined): boolean =>
  element.name === 'Attachment' && parent?.name === 'AttachmentEncoded';

class Reading implements EdxmlReader {
  message: EdxmlMessage | undefined;
  readonly #limits: EdxmlLimits;
  readonly #hooks: ReaderHooks;
  readonly #markup: Markup;
  readonly #warnings = new Warnings();
  readonly #hash = createHash('sha256');
  readonly #attachments: AttachmentList;
  readonly #trace = new TraceFinder();
  #bytes = 0;
  #markupBytes = 0;
  #segment: Buffer[] = [];
  #isFirst = true;
  #payload: Payload | undefined;
  /** The text of the payload has ended; only its end tag may follow. */
  #isPayloadRead = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(limits: EdxmlLimits, hooks: ReaderHooks) {
    this.#limits = limits;
    this.#hooks = hooks;
    this.#markup = new Markup(limits);
    this.#attachments = new AttachmentList(limits, this.#warnings);
  }

  async push(chunk: Buffer): Promise<void> {
    await this.#guard(async () => {
      const start = this.#bytes;
      this.#bytes += chunk.length;
      if (this.#bytes > this.#limits.messageBytes) throw new EdxmlError('message-too-large');
      this.#hash.update(chunk);
      await this.#consume(chunk, start);
    });
  }

  async end(): Promise<ReadEdxml> {
    return this.#guard(async () => {
      if (this.#payload) throw new EdxmlError('truncated', this.#markup.where);
      const rest = Buffer.concat(this.#segment);
      if (this.#isFirst) this.#checkStart(rest);
      if (!this.#markup.isRootClosed) throw new EdxmlError('truncated', this.#markup.where);
      this.#markup.write(rest);
      this.#markup.end();
      const { message } = this;
      if (!message) throw new EdxmlError('required-element', 'edXML/edXMLEnvelope');
      return {
        message,
        attachments: this.#attachments.check(message),
        warnings: this.#warnings.list,
        trace: message.kind === 'status' ? null : this.#trace.place,
        bytes: this.#bytes,
        sha256: this.#hash.digest('hex'),
      };
    });
  }

  /** After a failure every call fails with the same. */
  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure) throw this.#failure.error;
    try {
      return await work();
    } catch (error) {
      this.#failure = { error };
      this.#payload?.destroy();
      throw error;
    }
  }

  async #consume(chunk: Buffer, start: number): Promise<void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payload && !this.#isPayloadRead) {
        const tag = chunk.indexOf(lessThan, at);
        const stop = tag === -1 ? chunk.length : tag;
        await this.#payload.write(chunk.subarray(at, stop));
        this.#isPayloadRead = tag !== -1;
        at = stop;
        continue;
      }
      const tagEnd = chunk.indexOf(greaterThan, at);
      const stop = tagEnd === -1 ? chunk.length : tagEnd + 1;
      const part = chunk.subarray(at, stop);
      this.#countMarkup(part);
      // A copy: the caller may use its buffer again.
      if (tagEnd === -1) this.#segment.push(Buffer.from(part));
      else await this.#readSegment(this.#takeSegment(part), start + stop);
      at = stop;
    }
  }

  #countMarkup(part: Buffer): void {
    this.#markupBytes += part.length;
    if (this.#markupBytes > this.#limits.headerBytes)
      throw new EdxmlError('header-too-large', this.#markup.where);
  }

  #takeSegment(last: Buffer): Buffer {
    if (this.#segment.length === 0) return last;
    const segment = Buffer.concat([...this.#segment, last]);
    this.#segment = [];
    return segment;
  }

  async #readSegment(segment: Buffer, offset: number): Promise<void> {
    const events = this.#markup.write(this.#isFirst ? this.#checkStart(segment) : segment);
    for (const event of events) {
      this.#trace.take(event, offset);
      if (event.kind === 'open') this.#open(event, offset);
      // Nothing deeper is waited for: most tags are.
      else if (event.depth < 5) await this.#close(event);
    }
    if (this.#isPayloadRead && this.#payload && !events.some(({ kind }) => kind === 'close'))
      throw new EdxmlError('attachment-markup', this.#markup.where);
  }

  /** §5.17; a byte order mark is let pass. */
  #checkStart(segment: Buffer): Buffer {
    this.#isFirst = false;
    const hasBom = segment.subarray(0, 3).equals(bom);
    if (hasBom) this.#warnings.add('bom', '');
    const start = hasBom ? segment.subarray(3) : segment;
    if (start.length === 0) throw new EdxmlError('truncated');
    if (/^(?:\xff\xfe|\xfe\xff|.?\0)/s.test(start.toString('latin1', 0, 2)))
      throw new EdxmlError('not-utf-8');
    const text = start.toString('latin1');
    const isStray = text[0] !== '<' && (/<\?xml\s/.test(text) || !/^\s+</.test(text));
    if (isStray)
      throw new EdxmlError(/<(?:\?xml|(?:\w+:)?edXML)\b/.test(text) ? 'stray-before-prolog' : 'not-xml');
    const encoding = /^<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) throw new EdxmlError('not-utf-8');
    return start;
  }

  #open({ element, parent, depth }: MarkupEvent, offset: number): void {
    if (depth === 1) {
      if (element.name !== 'edXML') throw new EdxmlError('root');
      if (element.namespace !== undefined && element.namespace !== edxmlNamespace)
        throw new EdxmlError('namespace', 'edXML');
      if (element.namespace === undefined) this.#warnings.add('namespace', 'edXML');
    }
    if (depth === 2 && element.name === 'AttachmentEncoded' && !this.message)
      throw new EdxmlError('attachments-before-envelope', this.#markup.where);
    if (depth === 3 && isAttachment(element, parent)) this.#attachments.open();
    if (depth !== 4 || element.name !== 'ContentTransferEncoded' || parent?.name !== 'Attachment') return;
    this.#payload = new Payload(this.#limits, offset);
    this.#isPayloadRead = false;
    this.#attachments.addPayload(this.#payload);
  }

  async #close({ element, parent, depth }: MarkupEvent): Promise<void> {
    if (this.#payload && element.name === 'ContentTransferEncoded') {
      this.#payload = undefined;
      this.#isPayloadRead = false;
    }
    if (depth === 3 && isAttachment(element, parent)) await this.#attachments.close(element);
    if (depth !== 2 || element.name !== 'edXMLEnvelope') return;
    if (this.message) throw new EdxmlError('not-xml', this.#markup.where);
    this.message = toMessage(element, this.#limits, this.#warnings);
    this.#attachments.expect(this.message);
    this.#markupBytes = 0;
    await this.#hooks.onHeader?.(this.message, this.#warnings.list);
  }
}

/** A reader of one message. Push its bytes in pieces of any size, then end it. */
export const createEdxmlReader = (limits: EdxmlLimits, hooks: ReaderHooks = {}): EdxmlReader =>
  new Reading(limits, hooks);
