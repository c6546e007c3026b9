// The configuration of the mock of the national public-service portal: its type, its defaults and its check.
// What the reference marks unknown or [assumed] is a setting here, never a constant elsewhere.
import { createReader, type Reader } from '../parts/reader.ts';

/** Who may log in. */
export interface Account {
  readonly username: string;
  readonly password: string;
}

/** A unit that was merged into another: it is known, and refused. */
export interface ClosedUnit {
  readonly code: string;
  readonly successor?: string;
}

/** How the portal is spoken: `A` session and one endpoint, `B` three addresses, `query` the query-string variant. */
export type Generation = 'A' | 'B' | 'query';

/** `error_code` of each kind of refusal; 0 is success. Seen are -1 and 3 or -3, the rest is [assumed]. */
export interface ErrorCodes {
  readonly general: number;
  /** Create of a known dossier. */
  readonly exists: number;
  /** Update of, or progress for, an unknown dossier. */
  readonly unknown: number;
  readonly sessionExpired: number;
  /** Unknown or withdrawn procedure. */
  readonly procedure: number;
  /** Unknown or closed unit. */
  readonly unit: number;
  /** Fields that are missing or wrong. */
  readonly fields: number;
  /** A status that cannot follow. */
  readonly transition: number;
}

/** Longest texts, characters. */
export interface Lengths {
  readonly TrichYeuHoSo: number;
  readonly NguoiXuLy: number;
  readonly TenTepDinhKem: number;
  readonly TenGiayTo: number;
}

/** The configuration with every default filled in. */
export interface Settings {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  readonly journalFile: string;
  /** Part of the addresses for tests; at least 8 letters, digits, `_` or `-`. */
  readonly controlKey: string;
  readonly seed: number;
  readonly accounts: readonly Account[];
  readonly dstcode: string;
  /** Where the header `dstcode` must stand; a wrong one is refused everywhere. */
  readonly dstcodeOn: 'login' | 'every';
  /** Values of `madonvi` that are known; one `*` at the beginning or the end stands for anything. */
  readonly units: readonly string[];
  readonly closedUnits: readonly ClosedUnit[];
  /** Adds closed codes in the style of H11, H16 and H36 with successors. */
  readonly merger: boolean;
  /** Rows of the list of agencies. */
  readonly agencies: number;
  readonly generations: readonly Generation[];
  /** Stands before every address but the query-string variant's. */
  readonly path: string;
  readonly errorCodeForm: ErrorCodeForm;
  readonly codes: ErrorCodes;
  /** `general`: a batch with a failed record answers -1; `zero`: 0, and only the records tell. */
  readonly batchFailure: 'general' | 'zero';
  readonly sessionMs: number;
  /** How much later `TraCuuHoSo` shows what was pushed. */
  readonly lookLagMs: number;
  /** Answer to a look-up of an unknown dossier: 0 with an empty `result`, or an error. */
  readonly lookMiss: 'empty' | 'error';
  /** Case of field names in the answers of `TraCuuHoSo`. */
  readonly answerCase: 'asReceived' | 'lower' | 'upper';
  readonly procedures: number;
  /** A row of the list of procedures holds everything, or codes and names only. */
  readonly listDetail: 'full' | 'short';
  /** Most rows of one answer of a dictionary; 0 = all in one. */
  readonly pageMost: number;
  readonly batchMost: number;
  readonly progressMost: number;
  readonly requiredFields: readonly string[];
  readonly requiredProgress: readonly string[];
  readonly lengths: Lengths;
  /** Values of `LoaiDoiTuong`. */
  readonly ownerKinds: readonly string[];
  /** A withdrawn procedure is refused on creates only, or on updates too. */
  readonly withdrawnOn: 'create' | 'every';
  readonly bodyBytes: number;
  /** Where dossiers filed on the portal go; undefined = an order must name it. */
  readonly gatewayUrl: string | undefined;
  readonly inboundAccount: string;
  readonly inboundSecret: string;
  /** Failed calls in a row before a dossier is given up. */
  readonly inboundTries: number;
  /** Before the first repeat; doubles each time, up to a minute. */
  readonly inboundRetryMs: number;
  readonly inboundTimeoutMs: number;
}

/** How `error_code` is written: 0, "0", "00", or each in turn. */
export type ErrorCodeForm = 'number' | '0' | '00' | 'mixed';

/** The forms, for readers of settings and faults. */
export const errorCodeForms: readonly ErrorCodeForm[] = ['number', '0', '00', 'mixed'];

type Required = 'journalFile' | 'controlKey' | 'accounts' | 'dstcode';

/** The configuration as written: everything but the required parts has a default. */
export type PortalMockConfig = Pick<Settings, Required> &
  Partial<Omit<Settings, Required | 'codes' | 'lengths'>> & {
    readonly codes?: Partial<ErrorCodes>;
    readonly lengths?: Partial<Lengths>;
  };

/** A unit code, however malformed: it is compared, never read. */
export const unitForm = /^[\w.#*-]{1,60}$/;
const path = /^(\/[\w-]+)+$/;
const longestMs = 86_400_000;

function parseClosed(reader: Reader): ClosedUnit {
  const successor = reader.optional('successor', { match: unitForm });
  return { code: reader.text('code', { match: unitForm }), ...(successor && { successor }) };
}

function parseCodes(reader: Reader): ErrorCodes {
  const code = (key: keyof ErrorCodes, otherwise: number) =>
    reader.whole(key, { least: -999, most: 999, otherwise });
  return {
    general: code('general', -1),
    exists: code('exists', 3),
    unknown: code('unknown', -1),
    sessionExpired: code('sessionExpired', -2),
    procedure: code('procedure', -1),
    unit: code('unit', -1),
    fields: code('fields', -1),
    transition: code('transition', -1),
  };
}

function parseLengths(reader: Reader): Lengths {
  const length = (key: keyof Lengths, otherwise: number) =>
    reader.whole(key, { least: 1, most: 1_000_000, otherwise });
  return {
    TrichYeuHoSo: length('TrichYeuHoSo', 1_000),
    NguoiXuLy: length('NguoiXuLy', 50),
    TenTepDinhKem: length('TenTepDinhKem', 4_000),
    TenGiayTo: length('TenGiayTo', 2_000),
  };
}

function parseGenerations(reader: Reader): readonly Generation[] {
  const known: readonly Generation[] = ['A', 'B', 'query'];
  const named = reader.texts('generations', known);
  return known.filter((generation) => named.includes(generation));
}

type Inbound = Pick<Settings, 'gatewayUrl' | (`inbound${string}` & keyof Settings)>;

function parseInbound(reader: Reader): Inbound {
  const whole = (key: string, otherwise: number, most: number) =>
    reader.whole(key, { least: 1, most, otherwise });
  return {
    gatewayUrl: reader.optional('gatewayUrl', { match: loopbackUrl }),
    inboundAccount: reader.text('inboundAccount', { otherwise: 'cong-dvc-quoc-gia' }),
    inboundSecret: reader.text('inboundSecret', { otherwise: 'mock-inbound-secret' }),
    inboundTries: whole('inboundTries', 5, 100),
    inboundRetryMs: whole('inboundRetryMs', 1_000, longestMs),
    inboundTimeoutMs: whole('inboundTimeoutMs', 30_000, longestMs),
  };
}

/** The mock calls nobody but this machine. */
export const loopbackUrl = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}\/\S*$/;

const requiredFields = ['MaHoSo', 'MaTTHC', 'ChuHoSo', 'LoaiDoiTuong', 'TrangThaiHoSo'];
const requiredProgress = ['MaHoSo', 'NguoiXuLy', 'ThoiDiemXuLy', 'NoiDungXuLy', 'TrangThai'];

function parseDossierRules(reader: Reader) {
  const most = (key: string, otherwise: number) => reader.whole(key, { least: 1, most: 100_000, otherwise });
  return {
    batchMost: most('batchMost', 100),
    progressMost: most('progressMost', 10),
    requiredFields: reader.texts('requiredFields', requiredFields),
    requiredProgress: reader.texts('requiredProgress', requiredProgress),
    lengths: parseLengths(reader.child('lengths')),
    ownerKinds: reader.texts('ownerKinds', ['1', '2', '3', '4']),
    withdrawnOn: reader.choice('withdrawnOn', ['create', 'every'], 'every'),
    batchFailure: reader.choice('batchFailure', ['general', 'zero'], 'general'),
    lookLagMs: reader.whole('lookLagMs', { least: 0, most: 3_600_000, otherwise: 0 }),
    lookMiss: reader.choice('lookMiss', ['empty', 'error'], 'empty'),
    answerCase: reader.choice('answerCase', ['asReceived', 'lower', 'upper'], 'asReceived'),
  } as const;
}

function parseCatalogue(reader: Reader) {
  return {
    agencies: reader.whole('agencies', { least: 0, most: 500_000, otherwise: 300 }),
    procedures: reader.whole('procedures', { least: 1, most: 20_000, otherwise: 2_225 }),
    listDetail: reader.choice('listDetail', ['full', 'short'], 'full'),
    pageMost: reader.whole('pageMost', { least: 0, most: 100_000, otherwise: 0 }),
  } as const;
}

function parseAccess(reader: Reader) {
  const account = (one: Reader): Account => ({
    username: one.text('username', { match: /^[\w.@-]{1,100}$/ }),
    password: one.text('password'),
  });
  return {
    accounts: reader.children('accounts').map(account),
    dstcode: reader.text('dstcode'),
    dstcodeOn: reader.choice('dstcodeOn', ['login', 'every'], 'login'),
    units: reader.texts('units', ['H99*', '*.H99']),
    closedUnits: reader.children('closedUnits', []).map(parseClosed),
    merger: reader.flag('merger', true),
    sessionMs: reader.whole('sessionMs', { least: 1, most: longestMs, otherwise: 600_000 }),
  } as const;
}

/**
 * Checks a configuration and fills in its defaults.
 * @throws Error with every mistake in one message; no value is repeated
 */
export function parseSettings(json: unknown): Settings {
  const mistakes: string[] = [];
  const reader = createReader(json, 'config', mistakes);
  const settings: Settings = {
    host: reader.choice('host', ['127.0.0.1', '::1', 'localhost'], '127.0.0.1'),
    port: reader.whole('port', { least: 0, most: 65_535, otherwise: 0 }),
    journalFile: reader.text('journalFile'),
    controlKey: reader.text('controlKey', { match: /^[\w-]{8,200}$/ }),
    seed: reader.whole('seed', { least: 0, most: 0xffff_ffff, otherwise: 1 }),
    ...parseAccess(reader),
    generations: parseGenerations(reader),
    path: reader.text('path', { match: path, otherwise: '/dvcqg' }),
    errorCodeForm: reader.choice('errorCodeForm', errorCodeForms, 'number'),
    codes: parseCodes(reader.child('codes')),
    ...parseDossierRules(reader),
    ...parseCatalogue(reader),
    bodyBytes: reader.whole('bodyBytes', { least: 1_024, most: 268_435_456, otherwise: 16_777_216 }),
    ...parseInbound(reader),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(`portal mock: ${mistakes.join('; ')}`);
  return settings;
}
