// Reads XML piece by piece. No document type, so no entity of a file's own is ever declared, let alone fetched.
import { StringDecoder } from 'node:string_decoder';
import sax from 'sax';
import { FileError } from './sheet.ts';

const deepest = 50;
const pieceBytes = 64 * 1024;

/** What is met; names are without their prefix. */
export interface XmlVisitor {
  open(name: string, attributes: ReadonlyMap<string, string>): void;
  text?(text: string): void;
  close?(name: string): void;
}

const toLocal = (name: string): string => name.slice(name.indexOf(':') + 1);

/** @throws FileError not-xlsx; and what the visitor throws */
export function walkXml(bytes: Buffer, visitor: XmlVisitor): void {
  const reader = sax.parser(true, { position: false });
  const refuse = (cause?: unknown): never => {
    throw new FileError('not-xlsx', cause);
  };
  let depth = 0;
  reader.onerror = refuse;
  reader.ondoctype = refuse;
  reader.onopentag = ({ name, attributes }) => {
    depth += 1;
    if (depth > deepest) refuse();
    const entries = Object.entries(attributes).map(([key, value]): [string, string] => [
      toLocal(key),
      String(value),
    ]);
    visitor.open(toLocal(name), new Map(entries));
  };
  reader.ontext = (text) => visitor.text?.(text);
  reader.oncdata = (text) => visitor.text?.(text);
  reader.onclosetag = (name) => {
    depth -= 1;
    visitor.close?.(toLocal(name));
  };
  const decoder = new StringDecoder('utf8');
  for (let at = 0; at < bytes.length; at += pieceBytes)
    reader.write(decoder.write(bytes.subarray(at, at + pieceBytes)));
  reader.close();
}
