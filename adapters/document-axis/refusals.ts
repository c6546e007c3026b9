// What the failures that the axis states mean to the hub. Its own words are never repeated: they may hold a document's.
import { SourceError, type SourceErrorKind, type SourceErrorParty, type SourceTrace } from '../adapter.ts';
import { axisName } from './axis.ts';

interface Meaning {
  readonly kind: SourceErrorKind;
  readonly party: SourceErrorParty;
  /** For the log. */
  readonly words: string;
}

const refused = (party: SourceErrorParty, words: string): Meaning => ({ kind: 'refused', party, words });
const passing = (words: string): Meaning => ({ kind: 'unavailable', party: 'source', words });

/**
 * 10 and 22 are the hub's to act on, though a caller may have brought the file: the hub has read it and found it good.
 * 18 and 23 are the caller's, who chose the receiver. 20 and 21 can pass. Source: document-axis.md §3.3, §9.16
 */
const meanings: Readonly<Record<string, Meaning>> = {
  10: refused('hub', 'the file is invalid'),
  15: refused('hub', 'wrong system id or secret'),
  18: refused('caller', 'the receiver does not exist'),
  19: refused('hub', 'the sender is not registered'),
  20: passing('system error'),
  21: passing('error in processing the file'),
  22: refused('hub', 'the form of the edXML is wrong'),
  23: refused('caller', 'the receiver is locked'),
};

const toError = (meaning: Meaning, code: string, trace: SourceTrace): SourceError =>
  new SourceError(meaning.kind, axisName, `${meaning.words}: ${code}`, {
    code,
    party: meaning.party,
    trace,
  });

/** Whether the axis' list has this error code. */
export const isKnownCode = (code: string): boolean => Object.hasOwn(meanings, code);

/** A failure by its error code; one that is not in the list is permanent. */
export function toCodeError(code: string, trace: SourceTrace): SourceError {
  const shown = /^[\w.-]{1,20}$/.test(code) ? code : 'unknown';
  return toError(meanings[code] ?? refused('source', 'refused with a code that is not known'), shown, trace);
}

/** A failure that only an HTTP status tells, among them the plain-text 401 of wrong credentials. §5.10 */
export function toStatusError(status: number, trace: SourceTrace): SourceError {
  const code = `http-${status}`;
  if (status >= 500 || status === 429) return toError(passing('the axis is not available'), code, trace);
  if (status === 401 || status === 403) return toError(refused('hub', 'credentials refused'), code, trace);
  if (status >= 400) return toError(refused('hub', 'refused'), code, trace);
  return toUnreadable(code, trace);
}

/** An answer that cannot be understood: never taken for an empty one. §9.18 */
export const toUnreadable = (code: string, trace: SourceTrace): SourceError =>
  new SourceError('unreadable', axisName, `an answer that cannot be read: ${code}`, { code, trace });

/** What has no form that the axis could be sent; nothing was. */
export const toUnmapped = (code: string, party: SourceErrorParty): SourceError =>
  new SourceError('unmapped', axisName, `it cannot be put to the axis: ${code}`, { code, party });
