// What content is by its first bytes, and whether that is what it is declared to be. For uploads too. No full check: a
// scanner's work is not done here.
import type { DetectedType } from './types.ts';

/** How many of the first bytes are looked at; fewer only where the content ends. */
export const firstBytesWanted = 4_096;

const magics: readonly (readonly [string, DetectedType])[] = [
  ['%PDF-', 'pdf'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['\xff\xd8\xff', 'jpeg'],
  ['GIF8', 'gif'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'ole'],
  ['{\\rtf', 'rtf'],
  ['Rar!\x1a\x07', 'rar'],
  ['7z\xbc\xaf\x27\x1c', '7z'],
  ['MZ', 'executable'],
  ['\x7fELF', 'executable'],
  ['BM', 'bmp'],
];

function isText(first: Buffer): boolean {
  if (first.subarray(0, 2).equals(Buffer.from([0xff, 0xfe]))) return true;
  try {
    // As a stream, because the last character may be cut.
    return !new TextDecoder('utf-8', { fatal: true }).decode(first, { stream: true }).includes('\0');
  } catch {
    return false;
  }
}

function toZipKind(first: Buffer): DetectedType {
  const name = first.toString('latin1', 30, 30 + first.readUInt16LE(26));
  if (name === 'mimetype') return 'odf';
  return /^(?:\[Content_Types\]\.xml|_rels\/|docProps\/|word\/|xl\/|ppt\/)/.test(name) ? 'ooxml' : 'zip';
}

/** @param first the first bytes of the content, `firstBytesWanted` of them where there are as many */
export function detectType(first: Buffer): DetectedType {
  if (first.length === 0) return 'empty';
  const start = first.toString('latin1', 0, 16);
  if (start.startsWith('PK\x03\x04') && first.length >= 30) return toZipKind(first);
  if (start.startsWith('PK\x05\x06')) return 'zip';
  const magic = magics.find(([bytes]) => start.startsWith(bytes));
  // Two letters alone can begin a text.
  if (magic && (magic[0].length > 2 || !isText(first))) return magic[1];
  return isText(first) ? 'text' : 'unknown';
}

const zips: readonly DetectedType[] = ['zip', 'ooxml', 'odf'];
const byExtension: Readonly<Record<string, readonly [string, readonly DetectedType[]]>> = {
  pdf: ['application/pdf', ['pdf']],
  doc: ['application/msword', ['ole', 'rtf']],
  xls: ['application/vnd.ms-excel', ['ole']],
  ppt: ['application/vnd.ms-powerpoint', ['ole']],
  docx: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', ['ooxml', 'zip']],
  xlsx: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', ['ooxml', 'zip']],
  pptx: ['application/vnd.openxmlformats-officedocument.presentationml.presentation', ['ooxml', 'zip']],
  odt: ['application/vnd.oasis.opendocument.text', ['odf', 'zip']],
  ods: ['application/vnd.oasis.opendocument.spreadsheet', ['odf', 'zip']],
  zip: ['application/zip', zips],
  jar: ['application/java-archive', zips],
  rar: ['application/vnd.rar', ['rar']],
  '7z': ['application/x-7z-compressed', ['7z']],
  png: ['image/png', ['png']],
  jpg: ['image/jpeg', ['jpeg']],
  jpeg: ['image/jpeg', ['jpeg']],
  gif: ['image/gif', ['gif']],
  bmp: ['image/bmp', ['bmp']],
  tif: ['image/tiff', ['tiff']],
  tiff: ['image/tiff', ['tiff']],
  rtf: ['application/rtf', ['rtf']],
  txt: ['text/plain', ['text']],
  csv: ['text/csv', ['text']],
  xml: ['application/xml', ['text']],
  html: ['text/html', ['text']],
  json: ['application/json', ['text']],
};

/** Lower case, without the dot; empty where there is none. */
export const toExtension = (name: string): string =>
  /\.([^./\\]{1,20})$/.exec(name)?.[1]?.toLowerCase() ?? '';

/** The media type of an extension; undefined for one that is not known. */
export const toContentType = (extension: string): string | undefined =>
  Object.hasOwn(byExtension, extension) ? byExtension[extension]?.[0] : undefined;

/**
 * Whether content is what its name (or, where that has no known extension, its media type) says. Programs never are;
 * otherwise what nobody knows is taken as right.
 */
export function checkDeclaredType(
  name: string,
  contentType: string,
  firstBytes: Buffer,
): { readonly detectedType: DetectedType; readonly isRight: boolean } {
  const detectedType = detectType(firstBytes.subarray(0, firstBytesWanted));
  if (detectedType === 'executable') return { detectedType, isRight: false };
  const extension = toExtension(name);
  const media = contentType.split(';')[0]?.trim().toLowerCase();
  const kinds = Object.hasOwn(byExtension, extension)
    ? byExtension[extension]?.[1]
    : Object.values(byExtension).find(([type]) => type === media)?.[1];
  return { detectedType, isRight: kinds === undefined || kinds.includes(detectedType) };
}
