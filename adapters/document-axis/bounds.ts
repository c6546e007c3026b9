// How long a question may take and how much may come back: short for what is small, long for what carries a message or a
// directory.
import type { AxisQuestion } from './question.ts';
import type { DocumentAxisSettings } from './settings.ts';
import type { WireRequest } from './wire.ts';

/** Room in an answer for JSON and base64 around a message. */
const envelopeShare = 1.4;

/** After a message the axis may be silent for a millisecond more for each of so many bytes: 1 MB a second. §5.8 */
const bytesPerMs = 1_000;

/** The bounds of one question. */
export function toBounds(
  question: AxisQuestion,
  { limits, timeoutMs, transferMs }: DocumentAxisSettings,
): Pick<WireRequest, 'callMs' | 'idleMs' | 'answerBytes'> {
  const long = { callMs: transferMs, idleMs: timeoutMs };
  switch (question.operation) {
    case 'sendEdoc': {
      const idleMs = timeoutMs + Math.ceil(question.message.bytes / bytesPerMs);
      return { ...long, idleMs, answerBytes: limits.answerBytes };
    }
    case 'getEdoc':
      return { ...long, answerBytes: Math.ceil(limits.messageBytes * envelopeShare) };
    case 'getAgenciesList':
    case 'getAgenciesListQD20':
    case 'getSynchronizeUnit':
      return { ...long, answerBytes: limits.directoryBytes };
    default:
      return { callMs: timeoutMs, idleMs: timeoutMs, answerBytes: limits.answerBytes };
  }
}
