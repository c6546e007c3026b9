// The multipart body of a send to the REST facade; made anew for every attempt, since a stream cannot be sent twice.
// Source: document-axis.md §4.1, RFC 7578
import { randomUUID } from 'node:crypto';
import type { AxisMessage } from '../axis.ts';
import { toMessageBody } from '../outgoing.ts';
import { toMessageType } from '../question.ts';
import type { OutgoingBody } from '../wire.ts';

/** Fields before the file; values are ASCII. */
function toFields(message: AxisMessage, namesParties: boolean): readonly (readonly [string, string])[] {
  const type = ['messageType', toMessageType(message.kind)] as const;
  if (!namesParties) return [type];
  const to = message.to.length === 0 ? [] : [['to', JSON.stringify(message.to)] as const];
  return [type, ['from', message.from], ...to];
}

/** Body and its content type. The file's name is a UUID with `.edxml`: §1.1. */
export function toMultipart(
  message: AxisMessage,
  namesParties: boolean,
): { readonly contentType: string; readonly body: OutgoingBody } {
  const boundary = `lgsp-${randomUUID()}`;
  const fields = toFields(message, namesParties).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file =
    `--${boundary}\r\nContent-Disposition: form-data; name="edocFile"; filename="${randomUUID()}.edxml"\r\n` +
    'Content-Type: application/octet-stream\r\n\r\n';
  const head = Buffer.from([...fields, file].join(''), 'latin1');
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1');
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: toMessageBody(message, head, tail),
  };
}
