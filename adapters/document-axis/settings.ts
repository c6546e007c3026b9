// The configuration of the document axis. What document-axis.md marks [assumed], [inferred] or unknown is a setting here
// with its default; no secret or value is repeated in a message about a mistake.
import { Reader } from '../reader.ts';

/** Everything that the client of the axis must be told. */
export interface DocumentAxisSettings {
  /** To what the name of an operation is added: `…/XrdAdapter/adapter`, or `…/v1` of the REST facade. */
  readonly url: string;
  /** Which face of the axis stands at `url`. §3, §4.1, §9.17 */
  readonly face: 'xrd' | 'rest';
  readonly systemId: string;
  readonly secret: string;
  /** PEM of the authorities to trust; default those of the platform. */
  readonly ca: string | undefined;
  /** Hex of the file's hash without leading zeros of its bytes, as SDK clients write it, or with. §3.1, §7 */
  readonly hashFile: 'unpadded' | 'padded';
  /** Whether names in `sign-header-key` carry `XroadVnpt-`: not stated. §3.1 */
  readonly signKeyNames: 'plain' | 'prefixed';
  /** By which operation a message is fetched; the REST facade has `getEdoc` only. §3.2 */
  readonly fetchBy: 'downloadEdoc' | 'getEdoc';
  /** Header `level` of getAgenciesListQD20: its values are not stated; left out when undefined. §3.2 */
  readonly agencyLevel: string | undefined;
  /** Whether the multipart body of the REST facade also names sender and addressees: not stated in §4.1. */
  readonly restNamesParties: boolean;
  /** §4.1: the token lives about 30 minutes, clients keep it 29. */
  readonly tokenMinutes: number;
  /** Code that the hub writes as a hop into what it forwards; undefined: it writes none. §6 (6) */
  readonly hopCode: string | undefined;
  readonly pollSeconds: number;
  /** Most addressees of one send: they stand twice in its headers, of which many servers take 8 KiB [assumed]. */
  readonly addressees: number;
  /** §3.2: 1 to 10. */
  readonly connections: number;
  /** For making a connection, TLS included. */
  readonly connectMs: number;
  /** For a short call; in a long one, the longest silence. */
  readonly timeoutMs: number;
  /** For a call that carries a message or a long list, waiting for a connection included. */
  readonly transferMs: number;
  readonly limits: {
    /** Of an answer that is read whole. */
    readonly answerBytes: number;
    /** Of a fetched message. */
    readonly messageBytes: number;
    /** Of a list of agencies or units. */
    readonly directoryBytes: number;
  };
}

const address = /^https?:\/\/[^\s@#?]+$/;
/** What can stand in a header as it is. */
const printable = /^[\x21-\x7e]{1,500}$/;
/** Also with spaces inside: a header of the REST facade. */
const secretForm = /^[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?$/;
const mebibyte = 1_048_576;

function parseLimits(reader: Reader): DocumentAxisSettings['limits'] {
  return {
    answerBytes: reader.whole('answerBytes', 1_024, 64 * mebibyte, 16 * mebibyte),
    messageBytes: reader.whole('messageBytes', 1_024, 4_096 * mebibyte, 1_536 * mebibyte),
    directoryBytes: reader.whole('directoryBytes', 1_024, 1_024 * mebibyte, 256 * mebibyte),
  };
}

/** Checks a configuration and fills in its defaults. @throws Error with all mistakes in one message */
export function parseDocumentAxisSettings(json: unknown): DocumentAxisSettings {
  const mistakes: string[] = [];
  const reader = new Reader(json, 'document-axis', mistakes);
  const settings: DocumentAxisSettings = {
    url: reader.text('url', address).replace(/\/+$/, ''),
    face: reader.choice('face', ['xrd', 'rest'], 'xrd'),
    systemId: reader.text('systemId', printable),
    secret: reader.text('secret', secretForm),
    ca: reader.optional('ca', /-----BEGIN CERTIFICATE-----/),
    hashFile: reader.choice('hashFile', ['unpadded', 'padded'], 'unpadded'),
    signKeyNames: reader.choice('signKeyNames', ['plain', 'prefixed'], 'plain'),
    fetchBy: reader.choice('fetchBy', ['downloadEdoc', 'getEdoc'], 'downloadEdoc'),
    agencyLevel: reader.optional('agencyLevel', printable),
    restNamesParties: reader.flag('restNamesParties', true),
    tokenMinutes: reader.whole('tokenMinutes', 1, 1_440, 29),
    hopCode: reader.optional('hopCode', printable),
    pollSeconds: reader.whole('pollSeconds', 1, 3_600, 30),
    addressees: reader.whole('addressees', 1, 1_000, 100),
    connections: reader.whole('connections', 1, 10, 4),
    connectMs: reader.whole('connectMs', 100, 60_000, 5_000),
    timeoutMs: reader.whole('timeoutMs', 100, 300_000, 30_000),
    transferMs: reader.whole('transferMs', 100, 3_600_000, 600_000),
    limits: parseLimits(reader.child('limits')),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return settings;
}
