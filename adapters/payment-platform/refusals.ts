// Why a call came to nothing, in the hub's words. The platform's own words are never repeated: they may name a payer.
import { SourceError, type SourceErrorParty, type SourceTrace } from '../adapter.ts';
import { toWireCode, wasSent } from '../undici-axios.ts';
import { paymentPlatformName as source } from './payment.ts';

/** What cannot be put to the platform exactly; nothing was sent. `what` names a member of ours or of the message. */
export const toUnmapped = (what: string, why: string, party: SourceErrorParty): SourceError =>
  new SourceError('unmapped', source, `it cannot be put to the platform: ${what} ${why}`, {
    code: `${why.replaceAll(' ', '-')}-${what}`,
    party,
  });

/** What the variant has no message for; nothing was sent. */
export const toUnsupported = (message: string): SourceError =>
  new SourceError('unmapped', source, `the variant has no message for it: ${message}`, {
    code: `no-${message}`,
    party: 'hub',
  });

/** An answer that cannot be understood, and so says nothing. `where` is for the log. */
export const toUnreadable = (code: string, trace: SourceTrace, where = ''): SourceError =>
  new SourceError('unreadable', source, `an answer that cannot be read: ${code}${where}`, { code, trace });

/** What an HTTP status tells; undefined for 2xx. */
export function toStatusError(status: number, trace: SourceTrace): SourceError | undefined {
  const code = `http-${status}`;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 500 || status === 429)
    return new SourceError('unavailable', source, `the platform is not available: ${code}`, { code, trace });
  if (status >= 400)
    return new SourceError('refused', source, `refused: ${code}`, { code, party: 'hub', trace });
  return toUnreadable(code, trace);
}

/** `unreachable` only where it is certain that nothing of the request was sent. */
export function toWireError(error: unknown, trace: SourceTrace): SourceError {
  const wireCode = toWireCode(error);
  const code = wireCode.toLowerCase().replaceAll('_', '-');
  if (wireCode === 'ANSWER_TOO_LARGE')
    return new SourceError('unreadable', source, 'the answer is too large', { code, trace });
  if (!wasSent(error))
    return new SourceError('unreachable', source, `no connection: ${wireCode}`, { code, trace });
  return new SourceError('timeout', source, `sent, but no whole answer came: ${wireCode}`, { code, trace });
}
