// Walks through a ZIP from its first byte to its central directory, unpacking each entry to count it. Sizes that a ZIP
// states about itself are never trusted; what is inside an entry is never followed. Source: PKWARE APPNOTE 6.3
import { createHash } from 'node:crypto';
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { firstBytesWanted } from './content-type.ts';
import { EdxmlError } from './faults.ts';
import type { EdxmlLimits } from './types.ts';

/** Bounds of one walk. */
export type ZipLimits = Pick<EdxmlLimits, 'zipRatio' | 'zipEntries' | 'zipBytes'>;

/** What a walk found; `entryName`, `bytes`, `sha256` and `first` are of the first entry. */
export interface ZipFound {
  /** `whole`: the central directory was reached; `opaque`: encrypted or packed in a way that is not read here. */
  readonly state: 'whole' | 'opaque' | 'broken';
  readonly entries: number;
  readonly entryName: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly first: Buffer;
}

type State = 'header' | 'deflated' | 'stored' | 'descriptor' | 'whole' | 'opaque' | 'broken';

const noBombBytes = 1_048_576;
const unknownSize = 0xffff_ffff;
const localHeader = 0x04034b50;
const sizesOf = [16, 24, 12, 20] as const;

const isSignature = (bytes: Buffer, at: number): boolean =>
  bytes[at] === 0x50 && bytes[at + 1] === 0x4b && (bytes[at + 2] ?? 0xff) <= 8;

/** Takes the bytes of a ZIP; the same pieces always give the same result. */
export class ZipWalk {
  readonly #limits: ZipLimits;
  readonly #onContent: ((content: Buffer) => void) | undefined;
  readonly #hash = createHash('sha256');
  readonly #first: Buffer[] = [];
  #firstBytes = 0;
  #pending: Buffer = Buffer.alloc(0);
  #state: State = 'header';
  #inflate: InflateRaw | undefined;
  #fault: EdxmlError | undefined;
  #entries = 0;
  #entryName = '';
  #seen = 0;
  #unpacked = 0;
  #bytes = 0;
  #crc = 0;
  #statedCrc: number | undefined;
  #stored = 0;
  #hasDescriptor = false;

  /** @param onContent gets the content of the first entry, in pieces to be used at once */
  constructor(limits: ZipLimits, onContent?: (content: Buffer) => void) {
    this.#limits = limits;
    this.#onContent = onContent;
  }

  /** @throws EdxmlError zip-ratio, zip-too-large, zip-entries */
  async write(bytes: Buffer): Promise<void> {
    this.#seen += bytes.length;
    let rest: Buffer = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#pending = Buffer.alloc(0);
    for (;;) {
      const after = await this.#step(rest);
      if (after === undefined) break;
      rest = after;
    }
  }

  /** What was found, once all bytes are written. */
  end(): ZipFound {
    this.destroy();
    const isCrcRight = this.#statedCrc === undefined || this.#statedCrc === this.#crc;
    const isWhole = this.#state === 'whole' && isCrcRight;
    return {
      state: isWhole ? 'whole' : this.#state === 'opaque' ? 'opaque' : 'broken',
      entries: this.#entries,
      entryName: this.#entryName,
      bytes: this.#bytes,
      sha256: this.#hash.copy().digest('hex'),
      first: Buffer.concat(this.#first),
    };
  }

  /** Gives up what an unfinished walk holds. */
  destroy(): void {
    this.#inflate?.destroy();
    this.#inflate = undefined;
  }

  /** What is left after one part; undefined where more bytes are needed or none matter. */
  async #step(bytes: Buffer): Promise<Buffer | undefined> {
    switch (this.#state) {
      case 'header':
        return this.#readHeader(bytes);
      case 'deflated':
        return bytes.length === 0 ? undefined : this.#unpack(bytes);
      case 'stored':
        return this.#pass(bytes);
      case 'descriptor':
        return this.#readDescriptor(bytes);
      default:
        return undefined;
    }
  }

  #wait(bytes: Buffer): undefined {
    // A copy: the piece it is cut from may be large.
    this.#pending = Buffer.from(bytes);
    return undefined;
  }

  #stop(state: 'whole' | 'opaque' | 'broken'): undefined {
    this.#state = state;
    return undefined;
  }

  #readHeader(bytes: Buffer): Buffer | undefined {
    if (bytes.length < 4) return this.#wait(bytes);
    if (bytes.readUInt32LE(0) !== localHeader)
      return this.#stop(this.#entries > 0 && isSignature(bytes, 0) ? 'whole' : 'broken');
    const whole = bytes.length < 30 ? 30 : 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
    if (bytes.length < whole) return this.#wait(bytes);
    this.#entries += 1;
    if (this.#entries > this.#limits.zipEntries) throw new EdxmlError('zip-entries', 'Attachment');
    if (this.#entries === 1) this.#entryName = bytes.toString('utf8', 30, 30 + bytes.readUInt16LE(26));
    const flags = bytes.readUInt16LE(6);
    this.#hasDescriptor = (flags & 8) !== 0;
    if (this.#entries === 1 && !this.#hasDescriptor) this.#statedCrc = bytes.readUInt32LE(14);
    this.#stored = bytes.readUInt32LE(18);
    const method = bytes.readUInt16LE(8);
    if (method === 8 && (flags & 1) === 0) this.#startEntry();
    else if (method !== 0 || (flags & 1) !== 0 || this.#hasDescriptor || this.#stored === unknownSize)
      return this.#stop('opaque');
    else this.#state = 'stored';
    return bytes.subarray(whole);
  }

  #startEntry(): void {
    this.#state = 'deflated';
    const inflate = createInflateRaw();
    inflate.on('data', (content: Buffer) => this.#count(content, inflate));
    inflate.on('error', () => this.#stop('broken'));
    this.#inflate = inflate;
  }

  /** Runs inside the event of a stream: it must not throw. */
  #count(content: Buffer, inflate?: InflateRaw): void {
    if (this.#fault) return;
    this.#unpacked += content.length;
    if (this.#unpacked > noBombBytes && this.#unpacked > this.#limits.zipRatio * this.#seen)
      this.#fault = new EdxmlError('zip-ratio', 'Attachment');
    else if (this.#unpacked > this.#limits.zipBytes)
      this.#fault = new EdxmlError('zip-too-large', 'Attachment');
    if (this.#fault) inflate?.destroy();
    else if (this.#entries === 1) this.#take(content);
  }

  #take(content: Buffer): void {
    this.#bytes += content.length;
    this.#crc = crc32(content, this.#crc);
    this.#hash.update(content);
    if (this.#firstBytes < firstBytesWanted) {
      const head = Buffer.from(content.subarray(0, firstBytesWanted - this.#firstBytes));
      this.#first.push(head);
      this.#firstBytes += head.length;
    }
    this.#onContent?.(content);
  }

  async #unpack(bytes: Buffer): Promise<Buffer | undefined> {
    const inflate = this.#inflate;
    if (!inflate) return undefined;
    const before = inflate.bytesWritten;
    await new Promise<void>((resolve) => {
      inflate.once('close', resolve);
      inflate.write(bytes, () => {
        inflate.off('close', resolve);
        resolve();
      });
    });
    if (this.#fault) throw this.#fault;
    if (this.#state === 'broken') return undefined;
    // The data end where the unpacker takes no more.
    const used = inflate.bytesWritten - before;
    if (used === bytes.length) return undefined;
    this.destroy();
    this.#state = this.#hasDescriptor ? 'descriptor' : 'header';
    return bytes.subarray(used);
  }

  #pass(bytes: Buffer): Buffer | undefined {
    const part = bytes.subarray(0, this.#stored);
    this.#stored -= part.length;
    this.#count(part);
    if (this.#fault) throw this.#fault;
    if (this.#stored > 0) return undefined;
    this.#state = 'header';
    return bytes.subarray(part.length);
  }

  /** With or without a signature of its own, with sizes of four or eight bytes: found by what follows it. */
  #readDescriptor(bytes: Buffer): Buffer | undefined {
    if (bytes.length < 28) return this.#wait(bytes);
    const size = sizesOf.find((length) => isSignature(bytes, length));
    if (size === undefined) return this.#stop('broken');
    if (this.#entries === 1) this.#statedCrc = bytes.readUInt32LE(size === 16 || size === 24 ? 4 : 0);
    this.#state = 'header';
    return bytes.subarray(size);
  }
}
