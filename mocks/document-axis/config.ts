// The configuration of the mock of the document axis: its type, its defaults and its check.
// What the reference marks unknown or [assumed] is a setting here, never a constant elsewhere.
import { join } from 'node:path';
import { createReader, type Reader } from '../parts/reader.ts';

/** A client of the axis: a connecting centre or one unit's own software. */
export interface System {
  readonly systemId: string;
  readonly secret: string;
  /** Unit codes it sends and receives for; one `*` at the beginning or the end stands for anything (`G99.*`). */
  readonly codes: readonly string[];
  /** Value of `X-Road-Client` by which the `/r1` face knows it. */
  readonly xRoadClient: string | undefined;
}

/** A unit of the directory, over what is made from the systems' codes. */
export interface UnitSetting {
  readonly code: string;
  readonly name?: string;
  /** The code of the same unit in the old form; messages may be addressed to either. */
  readonly oldCode?: string;
  readonly deleted?: boolean;
  readonly locked?: boolean;
  /** Named in the refusal of a send to a deleted unit. */
  readonly successor?: string;
  /** `yyyy/MM/dd`. */
  readonly modifyDate?: string;
}

/** How a face is spoken. */
export type FaceName = 'adapter' | 'rest' | 'xroad';

/** The configuration with every default filled in. */
export interface Settings {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** Holds the messages and, unless `journalFile` says otherwise, `journal.ndjson`. */
  readonly folder: string;
  readonly journalFile: string;
  /** Part of the addresses for tests; at least 8 letters, digits, `_` or `-`. */
  readonly controlKey: string;
  readonly systems: readonly System[];
  readonly units: readonly UnitSetting[];
  /** Generated units besides: G99.…, H98.… (with an old code 000.00.NN.H98), 000.00.NN.H97. */
  readonly agencies: number;
  /** Adds the closed H11/H16/H36-style codes with successors, and a pair of one unit's old and new code. */
  readonly merger: boolean;
  readonly seed: number;
  readonly faces: readonly FaceName[];
  readonly path: string;
  readonly restPath: string;
  /** The hop that the axis adds to a document; §1.4 shows both ways. */
  readonly traceHeader: 'withOrganId' | 'withoutOrganId' | 'none';
  readonly traceOrganId: string;
  readonly docIdForm: 'uuid' | 'hex24';
  /** Most items of one listing. */
  readonly listMost: number;
  /** Half of the window in which a timestamp is taken; undefined = any (unknown, §3.1). */
  readonly skewMs: number | undefined;
  readonly checkHash: boolean;
  /** `plain401`: as §5.10; `code15`: as §3.3. */
  readonly wrongCredential: 'plain401' | 'code15';
  /** `success`: success/message/data; `status`: status/ErrorCode/ErrorDesc/data. */
  readonly restShape: 'success' | 'status';
  readonly tokenMs: number;
  /** Larger messages are refused with code 10. */
  readonly messageBytes: number;
  /** Larger messages are streamed to disk. */
  readonly memoryBytes: number;
}

/** The configuration as written: everything but the required parts has a default. */
export type DocumentAxisMockConfig = Partial<Omit<Settings, 'systems'>> &
  Pick<Settings, 'folder' | 'controlKey'> & {
    readonly systems: readonly (Omit<System, 'xRoadClient'> & { readonly xRoadClient?: string })[];
  };

const codeForm = /^[\w.#-]{1,60}$/;
const path = /^(\/[\w-]+)+$/;

function parseSystem(reader: Reader): System {
  return {
    systemId: reader.text('systemId', { match: /^[\w.-]{1,60}$/ }),
    secret: reader.text('secret'),
    codes: reader.texts('codes'),
    xRoadClient: reader.optional('xRoadClient'),
  };
}

function parseUnit(reader: Reader): UnitSetting {
  const texts = Object.fromEntries(
    ['name', 'oldCode', 'successor', 'modifyDate'].flatMap((key) => {
      const value = reader.optional(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  return {
    code: reader.text('code', { match: codeForm }),
    deleted: reader.flag('deleted', false),
    locked: reader.flag('locked', false),
    ...texts,
  };
}

function parseFaces(reader: Reader): readonly FaceName[] {
  const known: readonly FaceName[] = ['adapter', 'rest', 'xroad'];
  const named = reader.texts('faces', known);
  return known.filter((face) => named.includes(face));
}

/**
 * Checks a configuration and fills in its defaults.
 * @throws Error with every mistake in one message; no value is repeated
 */
export function parseSettings(json: unknown): Settings {
  const mistakes: string[] = [];
  const reader = createReader(json, 'config', mistakes);
  const folder = reader.text('folder');
  const whole = (key: string, otherwise: number, least: number, most: number) =>
    reader.whole(key, { least, most, otherwise });
  const settings: Settings = {
    host: reader.choice('host', ['127.0.0.1', '::1', 'localhost'], '127.0.0.1'),
    port: whole('port', 0, 0, 65_535),
    folder,
    journalFile: reader.text('journalFile', { otherwise: join(folder, 'journal.ndjson') }),
    controlKey: reader.text('controlKey', { match: /^[\w-]{8,200}$/ }),
    systems: reader.children('systems').map(parseSystem),
    units: reader.children('units', []).map(parseUnit),
    agencies: whole('agencies', 300, 0, 500_000),
    merger: reader.flag('merger', true),
    seed: whole('seed', 1, 0, 0xffff_ffff),
    faces: parseFaces(reader),
    path: reader.text('path', { match: path, otherwise: '/XrdAdapter/adapter' }),
    restPath: reader.text('restPath', { match: path, otherwise: '/v1' }),
    traceHeader: reader.choice('traceHeader', ['withOrganId', 'withoutOrganId', 'none'], 'withOrganId'),
    traceOrganId: reader.text('traceOrganId', { match: codeForm, otherwise: '001.00.99.TT2' }),
    docIdForm: reader.choice('docIdForm', ['uuid', 'hex24'], 'uuid'),
    listMost: whole('listMost', 100, 1, 10_000),
    skewMs: reader.has('skewMs') ? whole('skewMs', 0, 1_000, 86_400_000) : undefined,
    checkHash: reader.flag('checkHash', true),
    wrongCredential: reader.choice('wrongCredential', ['plain401', 'code15'], 'plain401'),
    restShape: reader.choice('restShape', ['success', 'status'], 'success'),
    tokenMs: whole('tokenMs', 1_800_000, 1, 86_400_000),
    messageBytes: whole('messageBytes', 536_870_912, 1_024, 4_294_967_296),
    memoryBytes: whole('memoryBytes', 1_048_576, 0, 16_777_216),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(`document axis mock: ${mistakes.join('; ')}`);
  return settings;
}
