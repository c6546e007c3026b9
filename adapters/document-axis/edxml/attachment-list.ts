// The attachments of a message as they come by, and whether they are the ones that its manifest lists. A missing one is
// an error, never a shorter list. Source: document-axis.md §1.6, §5.6, §9.5
import { EdxmlError } from './faults.ts';
import { Fields } from './fields.ts';
import type { Element } from './markup.ts';
import type { Payload } from './payload.ts';
import { toContentId } from './read-document.ts';
import type { AttachmentIndex, EdxmlLimits, EdxmlMessage, ManifestEntry } from './types.ts';
import type { Warnings } from './warnings.ts';

const where = 'AttachmentEncoded/Attachment';

/** Gathers what was read of each attachment. */
export class AttachmentList {
  readonly #limits: EdxmlLimits;
  readonly #warnings: Warnings;
  readonly #list: AttachmentIndex[] = [];
  #unmatched: ManifestEntry[] = [];
  #count = 0;
  #payload: Payload | undefined;

  constructor(limits: EdxmlLimits, warnings: Warnings) {
    this.#limits = limits;
    this.#warnings = warnings;
  }

  /** The message is known: what its manifest lists must come. */
  expect(message: EdxmlMessage): void {
    this.#unmatched = message.kind === 'document' ? [...message.attachments] : [];
  }

  /** @throws EdxmlError too-many-attachments */
  open(): void {
    this.#count += 1;
    if (this.#count > this.#limits.attachments) throw new EdxmlError('too-many-attachments', where);
    this.#payload = undefined;
  }

  /** @throws EdxmlError attachment-markup for a second one */
  addPayload(payload: Payload): void {
    if (this.#payload) throw new EdxmlError('attachment-markup', where);
    this.#payload = payload;
  }

  /** @throws EdxmlError attachment-missing where it had no content, and what its content throws */
  async close(element: Element): Promise<void> {
    if (!this.#payload) throw new EdxmlError('attachment-missing', where);
    const fields = new Fields(element, ['AttachmentEncoded', 'Attachment'], this.#warnings);
    const contentId = toContentId(fields.text('ContentId') ?? '');
    const ownName = fields.text('AttachmentName');
    const listed = this.#match(contentId, ownName);
    const name = ownName ?? listed?.name ?? contentId;
    if (listed && listed.name !== name) this.#warnings.add('attachment-name', where);
    const description = fields.text('Description') ?? listed?.description;
    const declared = {
      no: this.#count,
      contentId: contentId === '' ? (listed?.contentId ?? '') : contentId,
      name,
      contentType: listed?.contentType ?? fields.text('ContentType') ?? 'application/octet-stream',
      ...(description === undefined ? {} : { description }),
    };
    this.#list.push(await this.#payload.end(declared, this.#warnings));
    this.#payload = undefined;
  }

  /** @throws EdxmlError attachment-missing where the manifest lists more */
  check(message: EdxmlMessage): readonly AttachmentIndex[] {
    if (message.kind === 'document' && this.#unmatched.length > 0)
      throw new EdxmlError('attachment-missing', where);
    return this.#list;
  }

  /** By id, else by name; each line of the manifest once. */
  #match(contentId: string, name: string | undefined): ManifestEntry | undefined {
    const byId = this.#unmatched.findIndex((entry) => entry.contentId === contentId && contentId !== '');
    const at = byId === -1 ? this.#unmatched.findIndex((entry) => entry.name === name) : byId;
    if (at === -1) this.#warnings.add('attachment-unlisted', where);
    else if (byId === -1) this.#warnings.add('content-id', where);
    return at === -1 ? undefined : this.#unmatched.splice(at, 1)[0];
  }
}
