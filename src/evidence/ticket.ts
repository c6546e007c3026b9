// Tickets: the signed promise, handed out with an answer, that the leaf of its entry is in the tree. Made and checked here,
// pure: no network, no database.
import { type KeyObject, sign, verify } from 'node:crypto';
import { parseHash } from './bytes.ts';
import { parseVerifierKey, toVerifierKey, type VerifierKey } from './note.ts';

/** An entry that is durable, and the database's time when that was known. */
export interface Recorded {
  readonly exchangeId: string;
  readonly leafHash: Buffer;
  readonly at: Date;
}

/** What a ticket says. */
export interface Ticket {
  /** Origin of the log. */
  readonly log: string;
  /** Exchange id. */
  readonly exchange: string;
  /** Base64 of the leaf's hash. */
  readonly leaf: string;
  /** ISO 8601 with milliseconds and Z: the database's time when the entry was known to be durable. */
  readonly at: string;
}

/** Makes the ticket of a recorded entry: a compact JWS. */
export type SignTicket = (recorded: Recorded) => string;

/** `typ` of the JWS: no other statement of a log key has it. */
const type = 'exchange-ticket';
const mostCharacters = 2_048;
const signatureBytes = 64;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Signs tickets of the log `origin` with the key that signs its heads at that moment; about 40 µs of CPU each.
 * Source: RFC 7515 §3.1 (compact JWS), RFC 8037 §3.1 (EdDSA with Ed25519), RFC 8725 §3.11 (`typ`).
 */
export function createTicketSigner(origin: string, signingKey: () => KeyObject): SignTicket {
  let known: { readonly key: KeyObject; readonly header: string } | undefined;
  return ({ exchangeId, leafHash, at }) => {
    const key = signingKey();
    if (known?.key !== key) {
      const kid = toKid(parseVerifierKey(toVerifierKey(origin, key)));
      known = { key, header: encode({ alg: 'EdDSA', kid, typ: type }) };
    }
    const { header } = known;
    const ticket: Ticket = {
      ...{ log: origin, exchange: exchangeId },
      ...{ leaf: leafHash.toString('base64'), at: at.toISOString() },
    };
    const signed = `${header}.${encode(ticket)}`;
    return `${signed}.${sign(null, Buffer.from(signed, 'latin1'), key).toString('base64url')}`;
  };
}

const toKid = ({ id }: VerifierKey): string => id.toString('hex');

/** What was found of a ticket. */
export type TicketVerdict =
  | { readonly ok: true; readonly ticket: Ticket; readonly key: VerifierKey }
  | { readonly ok: false; readonly reason: string };

/**
 * Checks a ticket against the keys of the log, each `<name>+<key id>+<key>` and obtained from elsewhere than the ticket.
 * Any altered byte is found. Never throws.
 */
export function verifyTicket(text: string, verifierKeys: readonly string[]): TicketVerdict {
  try {
    return {
      ok: true,
      ...check(
        text,
        verifierKeys.map((text) => parseVerifierKey(text)),
      ),
    };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function check(text: string, keys: readonly VerifierKey[]): { ticket: Ticket; key: VerifierKey } {
  const parts = text.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (text.length > mostCharacters || parts.length !== 3) throw new Error('it is no compact JWS');
  const { alg, kid, typ } = parseObject(header, ['alg', 'kid', 'typ'], 'header');
  if (alg !== 'EdDSA' || typ !== type) throw new Error(`it is no ${type} signed by EdDSA`);
  const key = keys.find((one) => toKid(one) === kid);
  if (!key) throw new Error('it is signed by a key that is not the one of this log');
  const bytes = decode(signature, 'signature');
  if (bytes.length !== signatureBytes || !verify(null, Buffer.from(`${header}.${payload}`), key.key, bytes))
    throw new Error('the signature does not fit');
  const ticket = parseTicket(payload);
  if (ticket.log !== key.name) throw new Error('it is a ticket of another log than the key is of');
  return { ticket, key };
}

/** Base64url has several spellings of the same bytes; only the canonical one is taken. */
function decode(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new Error(`its ${what} is not canonical base64url`);
  return bytes;
}

function parseObject(
  text: string,
  members: readonly string[],
  what: string,
): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(decode(text, what).toString('utf8'));
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length !== members.length || !members.every((name) => entries.some(([one]) => one === name)))
    throw new Error(`its ${what} does not have the members of a ticket`);
  return Object.fromEntries(entries);
}

const isTime = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u.test(value);

function parseTicket(payload: string): Ticket {
  const { log, exchange, leaf, at } = parseObject(payload, ['log', 'exchange', 'leaf', 'at'], 'payload');
  if (typeof log !== 'string' || typeof exchange !== 'string' || typeof leaf !== 'string' || !isTime(at))
    throw new Error('its payload does not have the members of a ticket');
  parseHash(leaf);
  return { log, exchange, leaf, at };
}
