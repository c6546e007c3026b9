// Faults of content as they occur in real traffic: rewrites a whole edXML message so that it carries one. Works on text
// whose every character is a byte (Latin-1). Source: document-axis.md §5, §8.5.
import { crc32 } from 'node:zlib';

/** What each fault of content does to a message. */
export const spoils = {
  contentTypeLie: 'the first attachment becomes a ZIP, its ContentType goes on saying what it was',
  missingAttachment: 'the last Attachment is gone, the manifest still names it',
  wrongDate: 'PromulgationDate is written dd/MM/yyyy',
  code14: 'StatusCode is 14',
  unknownUnit: 'From/OrganId is a malformed code that nobody registered',
  nullOrgan: 'OrganId of the first TraceHeader is the text null',
} as const;

/** The name of a fault of content. */
export type Spoil = keyof typeof spoils;

/** Proves that a text names a fault of content. */
export function isSpoil(name: string): name is Spoil {
  return Object.hasOwn(spoils, name);
}

/** A ZIP with one stored entry. Source: PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.16. */
export function toZip(name: string, content: Buffer): Buffer {
  const nameBytes = Buffer.from(name, 'utf8');
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt32LE(crc32(content), 10);
  shared.writeUInt32LE(content.length, 14);
  shared.writeUInt32LE(content.length, 18);
  shared.writeUInt16LE(nameBytes.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, nameBytes, content]);
  const entry = Buffer.concat([
    Buffer.from('PK\x01\x02\x14\x00', 'latin1'),
    shared,
    Buffer.alloc(14),
    nameBytes,
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entry, end]);
}

function zipFirst(text: string): string {
  return text.replace(
    /(<(?:[\w.-]+:)?ContentTransferEncoded[^>]*>)([^<]*)(<)/,
    (_whole, open: string, payload: string, close: string) =>
      open + toZip('tep-tin.bin', Buffer.from(payload, 'base64')).toString('base64') + close,
  );
}

function dropLast(text: string): string {
  const found = [...text.matchAll(/<((?:[\w.-]+:)?Attachment)>/g)].at(-1);
  if (!found) return text;
  const close = `</${found[1]}>`;
  const end = text.indexOf(close, found.index);
  return end < 0 ? text : text.slice(0, found.index) + text.slice(end + close.length);
}

const rewrite: Readonly<Record<Spoil, (text: string) => string>> = {
  contentTypeLie: zipFirst,
  missingAttachment: dropLast,
  wrongDate: (text) => text.replace(/(PromulgationDate>)(\d{4})\/(\d\d)\/(\d\d)(<)/g, '$1$4/$3/$2$5'),
  code14: (text) => text.replace(/(?<=StatusCode>)[^<]*(?=<)/, '14'),
  unknownUnit: (text) => text.replace(/(?<=From>\s*<(?:[\w.-]+:)?OrganId>)[^<]*/, '000.1199.H98'),
  nullOrgan: (text) => text.replace(/(?<=TraceHeader>\s*<(?:[\w.-]+:)?OrganId>)[^<]*/, 'null'),
};

/** The message with one fault; unchanged when it has no place for it. */
export function spoilMessage(spoil: Spoil, bytes: Buffer): Buffer {
  return Buffer.from(rewrite[spoil](bytes.toString('latin1')), 'latin1');
}
