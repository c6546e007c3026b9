// A ZIP with one entry, written while its content streams in. No ZIP64: content below 4 GiB. Sizes follow the data.
// Source: PKWARE APPNOTE 6.3; document-axis.md §1.6
import { pipeline, Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';
import { EdxmlError } from './faults.ts';

const version = 20;
/** Bit 3: sizes in a descriptor after the data; bit 11: the name is UTF-8. */
const flags = 0x0808;
const deflated = 8;
/** 1 January 1980, the first day of the format: no clock here. */
const firstDay = 0x0021;
const most = 0xffff_ffff;

interface Sizes {
  crc: number;
  packed: number;
  content: number;
}

function toSizes({ crc, packed, content }: Sizes): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(crc, 0);
  bytes.writeUInt32LE(packed, 4);
  bytes.writeUInt32LE(content, 8);
  return bytes;
}

/** The fields that the local and the central header share. */
function toFields(name: Buffer, sizes: Sizes): Buffer {
  const fields = Buffer.alloc(26);
  for (const [at, value] of [version, flags, deflated, 0, firstDay].entries())
    fields.writeUInt16LE(value, at * 2);
  toSizes(sizes).copy(fields, 10);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

const toLocal = (name: Buffer): Buffer =>
  Buffer.concat([Buffer.from('PK\x03\x04'), toFields(name, { crc: 0, packed: 0, content: 0 }), name]);

function toEnd(name: Buffer, sizes: Sizes): Buffer {
  const versionMadeBy = Buffer.from([version, 0]);
  // Comment length, disk, attributes and the offset of the local header: all zero.
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02'),
    versionMadeBy,
    toFields(name, sizes),
    Buffer.alloc(14),
    name,
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(30 + name.length + sizes.packed + 16, 16);
  return Buffer.concat([Buffer.from('PK\x07\x08'), toSizes(sizes), central, end]);
}

/** @param name of the entry. @throws EdxmlError attachment-too-large from 4 GiB on */
export async function* zipSingleEntry(
  name: string,
  source: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const nameBytes = Buffer.from(name);
  const sizes: Sizes = { crc: 0, packed: 0, content: 0 };
  async function* counted(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of source) {
      sizes.crc = crc32(chunk, sizes.crc);
      sizes.content += chunk.length;
      yield chunk;
    }
  }
  yield toLocal(nameBytes);
  const deflate = createDeflateRaw();
  // An error reaches the loop below through `deflate`.
  pipeline(Readable.from(counted(), { objectMode: false }), deflate, () => undefined);
  for await (const chunk of deflate) {
    const packed: Buffer = chunk;
    sizes.packed += packed.length;
    yield packed;
  }
  if (sizes.content > most || sizes.packed > most) throw new EdxmlError('attachment-too-large', 'Attachment');
  yield toEnd(nameBytes, sizes);
}
