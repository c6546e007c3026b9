// What the source's refusals mean to the hub. A word that is not in the table is never guessed at.
import type { SourceErrorKind, SourceErrorParty } from '../adapter.ts';

/** What a code word of the source means to the hub. */
export interface Refusal {
  readonly kind: SourceErrorKind;
  readonly code: string;
  readonly party: SourceErrorParty;
}

const refused = (code: string, party: Refusal['party']): Refusal => ({ kind: 'refused', code, party });

/**
 * Code words known by default; a configuration adds to them or replaces them.
 * Source: population-database.md §4 for the first five (names [seen], meaning [inferred]); the others are [assumed].
 */
export const defaultRefusals: Readonly<Record<string, Refusal>> = {
  ERROR_NO_MADVC: refused('service-code-missing', 'hub'),
  ERROR_NO_GOV_AGENCY: refused('agency-missing', 'hub'),
  ERROR_NO_STAFF_EMAIL: refused('officer-account-missing', 'caller'),
  ERROR_MAPPING_DVC: refused('service-code-unmapped', 'hub'),
  ERROR_MAPPING_STAFF: refused('officer-unmapped', 'caller'),
  ERROR_OFFICER_INVALID: refused('officer-invalid', 'caller'),
  ERROR_OFFICER_UNKNOWN: refused('officer-unknown', 'caller'),
  ERROR_OFFICER_EXPIRED: refused('officer-expired', 'caller'),
  ERROR_DVC_CLOSED: refused('service-code-expired', 'hub'),
  ERROR_AUTHORIZATION: refused('credentials', 'hub'),
  ERROR_CLIENT: refused('credentials', 'hub'),
  ERROR_TIMESTAMP: refused('clock', 'hub'),
  ERROR_REPLAY: refused('replay', 'hub'),
  ERROR_DUPLICATE_REQUEST: refused('request-code-duplicate', 'hub'),
  ERROR_SERVICE_NUMBER: refused('service-number', 'hub'),
  ERROR_ELEMENT_ORDER: refused('element-order', 'hub'),
  ERROR_INTERNAL: { kind: 'unavailable', code: 'fault-server', party: 'source' },
};

/** The first code word of a text that the table knows. */
export function findRefusal(text: string, table: Readonly<Record<string, Refusal>>): Refusal | undefined {
  for (const [word] of text.matchAll(/[A-Za-z][A-Za-z0-9_.-]{2,63}/g))
    if (Object.hasOwn(table, word)) return table[word];
  return undefined;
}

/** What a SOAP fault means that holds no known word: by who is at fault. Source: SOAP 1.1 §4.4.1 */
export function toFaultRefusal(faultcode: string): Refusal {
  const local = faultcode.slice(faultcode.indexOf(':') + 1);
  if (local === 'Server' || local.startsWith('Server.'))
    return { kind: 'unavailable', code: 'fault-server', party: 'source' };
  if (local === 'Client' || local.startsWith('Client.')) return refused('fault-client', 'hub');
  return refused('fault', 'source');
}

/** What an HTTP status means where the body says nothing that can be understood. */
export function toStatusRefusal(status: number): Refusal {
  const code = `http-${status}`;
  if (status >= 500 || status === 429) return { kind: 'unavailable', code, party: 'source' };
  if (status === 401 || status === 403) return refused('credentials', 'hub');
  if (status >= 400) return refused(code, 'hub');
  return { kind: 'unreadable', code, party: 'source' };
}
