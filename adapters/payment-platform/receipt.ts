// GET_BILL's answer: an address, a PDF as it is, or neither yet. Which it is is seen by its first bytes, whatever the headers
// say. Source: payment-platform.md §1.4, §8.9
import { Readable } from 'node:stream';
import type { ClientAnswer } from './client.ts';
import type { ReceiptOutcome } from './payment.ts';
import { checkAbout } from './query.ts';
import { toUnreadable } from './refusals.ts';
import { readReply, urlOf } from './reply.ts';
import type { PlatformSettings } from './settings.ts';

/** ISO 32000-1 §7.5.5: readers look for the end in the last kilobyte. */
const tailBytes = 1_024;

/**
 * Reads it. Any MaLoi but `00`, and `00` without an address, is "not ready": which codes there are is not stated.
 * @throws SourceError `unreadable`, also where a PDF has no end
 */
export function toReceiptOutcome(
  answer: ClientAnswer,
  reference: string,
  settings: PlatformSettings,
): ReceiptOutcome {
  const { bytes, trace } = answer;
  if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') {
    if (!bytes.subarray(-tailBytes).includes('%%EOF')) throw toUnreadable('pdf-cut', trace);
    return { kind: 'pdf', content: Readable.from([bytes], { objectMode: false }) };
  }
  if (bytes.length > settings.answerBytes) throw toUnreadable('answer-too-large', trace);
  const reply = readReply(answer, settings.replyForm);
  checkAbout(reply, reference, settings);
  const url = reply.code === '00' ? urlOf(reply, 'UrlBienLai') : undefined;
  return url === undefined ? { kind: 'not-ready' } : { kind: 'url', url };
}
