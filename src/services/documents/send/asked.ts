// What was asked for, as one hash: a repeat of a call is compared with the first by it, whatever its form on the wire.
import { createHash, hash } from 'node:crypto';

/** SHA-256, hex, of a stream. */
export async function hashStream(stream: AsyncIterable<Buffer>): Promise<string> {
  const whole = createHash('sha256');
  for await (const chunk of stream) whole.update(chunk);
  return whole.digest('hex');
}

/** Of a structured document: its JSON part and the contents of its parts `file`, in order; each as SHA-256 in hex. */
export const toAskedSha256 = (
  document: Buffer,
  files: readonly string[],
  caseCode: string | undefined,
): string =>
  hash('sha256', JSON.stringify([hash('sha256', document, 'hex'), files, caseCode ?? null]), 'hex');
