// The content of one attachment while its base64 text streams by: decoded, hashed, counted, and looked into where it is a
// ZIP. Nothing of it is kept but the first bytes. Source: document-axis.md §1.6, §9.3, §9.5
import { createHash } from 'node:crypto';
import { Base64Decoder, toPieces } from './base64.ts';
import { checkDeclaredType, firstBytesWanted, toContentType, toExtension } from './content-type.ts';
import { EdxmlError } from './faults.ts';
import type { AttachmentIndex, EdxmlLimits, ManifestEntry } from './types.ts';
import type { Warnings } from './warnings.ts';
import { type ZipFound, ZipWalk } from './zip-walk.ts';

const where = 'AttachmentEncoded/Attachment/ContentTransferEncoded';
/** A walk gets blocks of this size however the text arrived, so that its verdict does not hang on the pieces. */
const walkBytes = 65_536;
const archives = new Set(['zip', 'jar']);
const offices = new Set('docx xlsx pptx odt ods odp docm xlsm pptm dotx xltx xslx'.split(' '));
const tells = (contentType: string): boolean => /^application\/(x-)?zip/i.test(contentType);

/** What an attachment says of itself. */
export type Declared = ManifestEntry & { readonly no: number };

/** Follows one payload from its first to its last letter. */
export class Payload {
  readonly #limits: EdxmlLimits;
  readonly #offset: number;
  readonly #decoder = new Base64Decoder(where);
  readonly #hash = createHash('sha256');
  #first: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #encodedBytes = 0;
  #walk: ZipWalk | undefined;
  #block: Buffer[] = [];
  #blockBytes = 0;

  /** @param offset of the first letter in the original */
  constructor(limits: EdxmlLimits, offset: number) {
    this.#limits = limits;
    this.#offset = offset;
  }

  /** @throws EdxmlError base64, attachment-too-large, zip-* */
  async write(text: Buffer): Promise<void> {
    this.#encodedBytes += text.length;
    for (const piece of toPieces(text)) await this.#take(this.#decoder.write(piece));
  }

  /** Gives up what it holds, where reading has failed. */
  destroy(): void {
    this.#walk?.destroy();
  }

  /** @throws EdxmlError base64, attachment-too-large, zip-corrupt */
  async end(declared: Declared, warnings: Warnings): Promise<AttachmentIndex> {
    await this.#take(this.#decoder.end());
    if (this.#walk) await this.#walk.write(Buffer.concat(this.#block));
    const found = this.#walk?.end();
    const isZipped = this.#isZipped(declared, found, warnings);
    const content = isZipped && found ? found : this.#toRaw();
    if (content.bytes > this.#limits.attachmentBytes) throw new EdxmlError('attachment-too-large', where);
    const extension = toExtension(declared.name);
    const contentType = isZipped && tells(declared.contentType) ? toContentType(extension) : undefined;
    const type =
      contentType ??
      (isZipped && tells(declared.contentType) ? 'application/octet-stream' : declared.contentType);
    const { detectedType, isRight } = checkDeclaredType(declared.name, type, content.first);
    this.#warn(content, isRight, warnings);
    return {
      no: declared.no,
      contentId: declared.contentId,
      name: declared.name,
      ...(declared.description === undefined ? {} : { description: declared.description }),
      contentType: type,
      detectedType,
      isDeclaredTypeRight: isRight,
      encoding: isZipped ? 'zip' : 'raw',
      offset: this.#offset,
      encodedBytes: this.#encodedBytes,
      hasWhiteSpace: this.#decoder.hasWhiteSpace,
      bytes: content.bytes,
      sha256: content.sha256,
    };
  }

  #toRaw(): Pick<ZipFound, 'bytes' | 'sha256' | 'first'> {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex'), first: this.#first };
  }

  async #take(content: Buffer): Promise<void> {
    if (content.length === 0) return;
    this.#bytes += content.length;
    if (this.#bytes > this.#limits.attachmentBytes) throw new EdxmlError('attachment-too-large', where);
    this.#hash.update(content);
    const known = this.#first.length;
    if (known < firstBytesWanted)
      this.#first = Buffer.concat([this.#first, content.subarray(0, firstBytesWanted - known)]);
    if (known < 4 && this.#first.length >= 4 && this.#first.readUInt32LE(0) === 0x04034b50) {
      this.#walk = new ZipWalk(this.#limits);
      // What came before the fourth byte is in the first bytes too.
      this.#collect(this.#first.subarray(0, known));
    }
    if (!this.#walk) return;
    this.#collect(content);
    await this.#feed(this.#walk);
  }

  #collect(content: Buffer): void {
    this.#block.push(content);
    this.#blockBytes += content.length;
  }

  async #feed(walk: ZipWalk): Promise<void> {
    if (this.#blockBytes < walkBytes) return;
    const held = Buffer.concat(this.#block);
    let at = 0;
    for (; held.length - at >= walkBytes; at += walkBytes)
      await walk.write(held.subarray(at, at + walkBytes));
    this.#block = [held.subarray(at)];
    this.#blockBytes = held.length - at;
  }

  /**
   * §1.6: a ZIP with exactly one entry under a name that is none of a ZIP's; the media type decides nothing. The vendor's
   * clients also pack xlsx, pptx, odt: there one entry that bears the attachment's own extension, or is a ZIP itself,
   * is the document; these formats have several entries of other names.
   */
  #isZipped(declared: Declared, found: ZipFound | undefined, warnings: Warnings): boolean {
    if (!found) return false;
    const extension = toExtension(declared.name);
    if (found.state === 'whole') {
      if (found.entries !== 1 || archives.has(extension)) return false;
      const isDocument = found.first.toString('latin1', 0, 4) === 'PK\x03\x04';
      return !offices.has(extension) || isDocument || toExtension(found.entryName) === extension;
    }
    if (!offices.has(extension) && !archives.has(extension)) throw new EdxmlError('zip-corrupt', where);
    warnings.add('zip-unreadable', where);
    return false;
  }

  #warn(content: Pick<ZipFound, 'bytes' | 'first'>, isRight: boolean, warnings: Warnings): void {
    if (content.bytes === 0) warnings.add('attachment-empty', where);
    else if (!isRight) warnings.add('attachment-type', where);
    // §5.6: binary that went through a UTF-8 text is full of U+FFFD.
    if (content.first.toString('latin1').split('\xef\xbf\xbd').length > 8)
      warnings.add('attachment-damaged', where);
  }
}
