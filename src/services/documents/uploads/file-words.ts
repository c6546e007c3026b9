// What a caller may say of its file in Upload-Metadata: the keys `filename` and `filetype`, bounded.
import { Problem } from '../../../problem.ts';
import type { FileWords } from './upload-table.ts';

const maxNameChars = 255;
/** RFC 6838 §4.2, with parameters left out. */
const mediaType = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,62}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,62}$/;
const unnamed = 'application/octet-stream';

const isName = (name: string): boolean =>
  name.length > 0 && name.length <= maxNameChars && !/[\p{Cc}\p{Cs}/\\]/u.test(name);

const refuse = (vi: string, en: string): Problem =>
  new Problem('upload-request-invalid', { errors: [{ where: 'header Upload-Metadata', vi, en }] });

/** @throws Problem upload-request-invalid */
export function toFileWords(metadata: Readonly<Record<string, string | null>> = {}): FileWords {
  const { filename, filetype, ...more } = metadata;
  if (Object.keys(more).length > 0)
    throw refuse('chỉ nhận hai khóa filename và filetype', 'takes the keys filename and filetype only');
  if (typeof filename !== 'string' || !isName(filename))
    throw refuse(
      `filename phải có từ 1 đến ${maxNameChars} ký tự, không có dấu gạch chéo và ký tự điều khiển`,
      `filename must have 1 to ${maxNameChars} characters, no slashes and no control characters`,
    );
  const type = filetype ?? unnamed;
  if (!mediaType.test(type))
    throw refuse('filetype phải là kiểu nội dung (media type)', 'filetype must be a media type');
  return { name: filename, type };
}

/** The same words as the protocol tells them. */
export const toMetadata = ({ name, type }: FileWords): Record<string, string> => ({
  filename: name,
  filetype: type,
});
