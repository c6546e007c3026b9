// Takes named parts out of a ZIP file within a budget: what they unpack to is bounded while they are unpacked, whatever
// the file says of itself. Source: APPNOTE 6.3.10 §4.3.
import { inflateRawSync } from 'node:zlib';
import { FileError, sheetLimits } from './sheet.ts';

interface Part {
  readonly method: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly offset: number;
}

const endSignature = 0x06054b50;
const endBytes = 22;
const entrySignature = 0x02014b50;
const entryBytes = 46;
const localSignature = 0x04034b50;
const localBytes = 30;
const longestComment = 0xffff;
const stored = 0;
const deflated = 8;

function findEnd(file: Buffer): number {
  const least = Math.max(0, file.length - endBytes - longestComment);
  for (let at = file.length - endBytes; at >= least; at -= 1)
    if (file.readUInt32LE(at) === endSignature) return at;
  throw new FileError('not-xlsx');
}

function readDirectory(file: Buffer): ReadonlyMap<string, Part> {
  const end = findEnd(file);
  const count = file.readUInt16LE(end + 10);
  const parts = new Map<string, Part>();
  if (count > sheetLimits.parts) throw new FileError('too-large');
  let at = file.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (file.readUInt32LE(at) !== entrySignature) throw new FileError('not-xlsx');
    // Bit 0 of the flags: encrypted.
    if ((file.readUInt16LE(at + 8) & 1) === 1) throw new FileError('encrypted');
    const nameEnd = at + entryBytes + file.readUInt16LE(at + 28);
    const name = file.toString('utf8', at + entryBytes, nameEnd);
    // Two parts of one name: readers differ in which one they take.
    if (parts.has(name)) throw new FileError('not-xlsx');
    parts.set(name, {
      method: file.readUInt16LE(at + 10),
      packed: file.readUInt32LE(at + 20),
      unpacked: file.readUInt32LE(at + 24),
      offset: file.readUInt32LE(at + 42),
    });
    at = nameEnd + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return parts;
}

function unpack(file: Buffer, { method, packed, unpacked, offset }: Part): Buffer {
  if (file.readUInt32LE(offset) !== localSignature) throw new FileError('not-xlsx');
  const start = offset + localBytes + file.readUInt16LE(offset + 26) + file.readUInt16LE(offset + 28);
  const bytes = file.subarray(start, start + packed);
  if (method !== stored && method !== deflated) throw new FileError('not-xlsx');
  const whole = method === stored ? bytes : inflateRawSync(bytes, { maxOutputLength: Math.max(1, unpacked) });
  if (whole.length !== unpacked) throw new FileError('not-xlsx');
  return whole;
}

/** The unpacked bytes of a part, or undefined where the file has none of that name. */
export type OpenPart = (name: string) => Buffer | undefined;

/** @throws FileError; the function it gives does too */
export function openZip(file: Buffer): OpenPart {
  const guard = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      // Offsets beyond the end, a stream that is none or unpacks to more than it says.
      throw error instanceof FileError ? error : new FileError('not-xlsx', error);
    }
  };
  const parts = guard(() => readDirectory(file));
  const sum = [...parts.values()].reduce((total, part) => total + part.unpacked, 0);
  if (sum > sheetLimits.unpackedBytes) throw new FileError('too-large');
  return (name) => {
    const part = parts.get(name);
    return part && guard(() => unpack(file, part));
  };
}
