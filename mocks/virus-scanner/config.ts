// The configuration of the test scanner: its type, its defaults and its check.
import { createReader } from '../parts/reader.ts';

/** What the scanner finds: a text that it looks for, byte by byte as UTF-8, and the name that it gives it. */
export interface Signature {
  readonly name: string;
  readonly text: string;
}

/** The configuration with every default filled in. */
export interface Settings {
  readonly host: string;
  /** 0 = a free one. clamd's protocol and the control addresses share it. */
  readonly port: number;
  /** Part of the control addresses: whoever knows it may use them. */
  readonly controlKey: string;
  readonly journalFile: string;
  /** Besides the EICAR test string. */
  readonly signatures: readonly Signature[];
  /** As `StreamMaxLength` of clamd. */
  readonly streamMaxBytes: number;
  /** What it answers to VERSION. */
  readonly version: string;
}

/** The EICAR test string, in two parts so that no scanner takes this file for it. Source: eicar.org, test file */
export const eicar: Signature = {
  name: 'Eicar-Test-Signature',
  text: ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join(''),
};

/** Checks a configuration and fills in its defaults. @throws Error with every mistake */
export function parseSettings(json: unknown): Settings {
  const mistakes: string[] = [];
  const reader = createReader(json, 'virus scanner mock', mistakes);
  const settings: Settings = {
    host: reader.text('host', { otherwise: '127.0.0.1' }),
    port: reader.whole('port', { least: 0, most: 65_535, otherwise: 0 }),
    controlKey: reader.text('controlKey', { match: /^[\w-]{8,100}$/ }),
    journalFile: reader.text('journalFile'),
    signatures: reader.children('signatures', []).map((one) => ({
      name: one.text('name', { match: /^[!-~]{1,100}$/ }),
      text: one.text('text', { match: /^[\s\S]{4,1000}$/ }),
    })),
    streamMaxBytes: reader.whole('streamMaxBytes', {
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      otherwise: 209_715_200,
    }),
    version: reader.text('version', { match: /^[ -~]{1,200}$/, otherwise: 'ClamAV 0.0.0/1/test scanner' }),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return settings;
}
