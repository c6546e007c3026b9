// The configuration of the mock of the population database: its type, its defaults and its check.
// What the reference marks [assumed] or unknown is a setting here, never a constant elsewhere.

import { createReader, type Reader } from '../parts/reader.ts';
import { type AnswerShape, defaultShape, parseShape } from './shape.ts';

/** An account that may ask; the digest of `Authorization` is made with its secret. Dates are `yyyy-MM-dd`, inclusive. */
export interface Account {
  readonly user: string;
  readonly secret: string;
  readonly from?: string;
  /** Past: the source has closed the account. */
  readonly to?: string;
}

/** A public-service code (`MaDVC`) that the source knows. Dates are `yyyy-MM-dd`, inclusive. */
export interface UnitCode {
  readonly code: string;
  /** False: the code is known but no agency stands behind it (ERROR_NO_GOV_AGENCY). Default true. */
  readonly hasAgency?: boolean;
  readonly from?: string;
  readonly to?: string;
}

/** An officer who may ask. Dates are `yyyy-MM-dd`, inclusive. */
export interface Officer {
  /** The officer's own 12-digit personal number. */
  readonly number: string;
  readonly from?: string;
  readonly to?: string;
  /** False: registered without an e-mail address (ERROR_NO_STAFF_EMAIL). Default true. */
  readonly hasEmail?: boolean;
  /** The unit codes for which the officer is mapped; absent = every code. */
  readonly unitCodes?: readonly string[];
}

/** Names and numbers of the wire that no public material fixes (population-database.md §1, §2). */
export interface Wire {
  /** Elements that may wrap the request fields of each operation. */
  readonly lookUpElements: readonly string[];
  readonly confirmElements: readonly string[];
  readonly relativesElements: readonly string[];
  /** The confirmation's element for the service number: `MaDichVu` [seen] or `MaTichHop` [assumed]. */
  readonly confirmNumberElement: 'MaDichVu' | 'MaTichHop';
  /** Whether the fields inside the wrapper carry its namespace. */
  readonly fields: 'qualified' | 'unqualified' | 'either';
  /** The note in `GhiChu` for a deceased person [assumed]: the reference does not say how death is shown. */
  readonly deceasedNote: string;
}

/** Service numbers, three digits each. */
export interface ServiceNumbers {
  readonly lookUp: string;
  /** 033 [seen in one mock], 003 in another [assumed]. */
  readonly confirm: string;
  /** Unknown: undefined accepts any three digits. */
  readonly relatives: string | undefined;
}

/** The configuration with every default filled in. */
export interface Settings {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** Port of a second, TLS face with a certificate made at start; 0 = a free one; undefined = none. */
  readonly tlsPort: number | undefined;
  readonly path: string;
  /** The exact string of the digest; undefined = the address of the face that was called. */
  readonly url: string | undefined;
  readonly seed: number;
  readonly peopleCount: number;
  readonly accounts: readonly Account[];
  /** Half of the window around the mock's clock in which a `Timestamp` is taken. */
  readonly skewMs: number;
  /** `message`: the same timestamp and MaYeuCau; `header`: no two requests may share a timestamp. */
  readonly replay: 'message' | 'header';
  /** When set, the headers `X-Road-Client` and `ApiKey` must hold these values. */
  readonly xRoadClient: string | undefined;
  readonly apiKey: string | undefined;
  /** Whether MaDonVi must be sent, as the 2026 client does (otherwise ERROR_NO_GOV_AGENCY). */
  readonly unitRequired: boolean;
  readonly unitCodes: readonly UnitCode[];
  readonly officers: readonly Officer[];
  readonly serviceNumbers: ServiceNumbers;
  readonly wire: Wire;
  readonly answers: AnswerShape;
  /** Replaces the `faultstring` of a refusal, by its name in refusals.ts [assumed codes]. */
  readonly refusalCodes: Readonly<Record<string, string>>;
  /** HTTP status of a SOAP fault; 500 by SOAP 1.1 §6.2. */
  readonly faultStatus: number;
  readonly requestBytes: number;
  readonly journalFile: string;
  /** Part of the addresses for tests, which are no one's without it; at least 8 letters, digits, `_` or `-`. */
  readonly controlKey: string;
}

/** The configuration as written: everything but the required parts has a default. */
export type PopulationMockConfig = Partial<
  Omit<Settings, 'wire' | 'serviceNumbers' | 'answers' | 'accounts'>
> &
  Pick<Settings, 'journalFile' | 'controlKey' | 'unitCodes' | 'officers'> & {
    readonly account: Account;
    /** Further clients, each with request codes of its own. */
    readonly moreAccounts?: readonly Account[];
    readonly serviceNumbers?: Partial<ServiceNumbers>;
    readonly wire?: Partial<Wire>;
    readonly answers?: Partial<AnswerShape>;
  };

const day = /^\d{4}-\d{2}-\d{2}$/;

function parsePeriod(reader: Reader): { from?: string; to?: string } {
  const from = reader.optional('from', { match: day });
  const to = reader.optional('to', { match: day });
  return { ...(from && { from }), ...(to && { to }) };
}

function parseAccount(reader: Reader): Account {
  return {
    user: reader.text('user', { match: /^[^:\s]{1,100}$/ }),
    secret: reader.text('secret'),
    ...parsePeriod(reader),
  };
}

function parseUnitCode(reader: Reader): UnitCode {
  return {
    code: reader.text('code', { match: /^[\w.-]{1,40}$/ }),
    hasAgency: reader.flag('hasAgency', true),
    ...parsePeriod(reader),
  };
}

function parseOfficer(reader: Reader): Officer {
  const unitCodes = reader.has('unitCodes') ? reader.texts('unitCodes') : undefined;
  return {
    number: reader.text('number', { match: /^999\d{9}$/ }),
    hasEmail: reader.flag('hasEmail', true),
    ...parsePeriod(reader),
    ...(unitCodes && { unitCodes }),
  };
}

function parseServiceNumbers(reader: Reader): ServiceNumbers {
  const match = /^\d{3}$/;
  return {
    lookUp: reader.text('lookUp', { match, otherwise: '037' }),
    confirm: reader.text('confirm', { match, otherwise: '033' }),
    relatives: reader.optional('relatives', { match }),
  };
}

function parseWire(reader: Reader): Wire {
  return {
    lookUpElements: reader.texts('lookUpElements', ['TraCuuThongTinCongDan', 'TraCuuThongTinCongDanRequest']),
    confirmElements: reader.texts('confirmElements', ['XacThucThongTinCongDanRequest']),
    relativesElements: reader.texts('relativesElements', [
      'XacMinhThongTinNhanThan',
      'XacMinhThongTinNhanThanRequest',
    ]),
    confirmNumberElement: reader.choice('confirmNumberElement', ['MaDichVu', 'MaTichHop'], 'MaDichVu'),
    fields: reader.choice('fields', ['qualified', 'unqualified', 'either'], 'either'),
    deceasedNote: reader.text('deceasedNote', { otherwise: 'Công dân đã chết' }),
  };
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
    tlsPort: reader.has('tlsPort') ? reader.whole('tlsPort', { least: 0, most: 65_535 }) : undefined,
    path: reader.text('path', { match: /^(\/[\w-]+)+$/, otherwise: '/mock/population' }),
    url: reader.optional('url', { match: /^https?:\/\// }),
    seed: reader.whole('seed', { least: 0, most: 0xffff_ffff, otherwise: 1 }),
    peopleCount: reader.whole('peopleCount', { least: 5_000, most: 90_000, otherwise: 5_000 }),
    accounts: [
      parseAccount(reader.child('account')),
      ...reader.children('moreAccounts', []).map(parseAccount),
    ],
    skewMs: reader.whole('skewMs', { least: 1_000, most: 86_400_000, otherwise: 300_000 }),
    replay: reader.choice('replay', ['message', 'header'], 'message'),
    xRoadClient: reader.optional('xRoadClient'),
    apiKey: reader.optional('apiKey'),
    unitRequired: reader.flag('unitRequired', false),
    unitCodes: reader.children('unitCodes').map(parseUnitCode),
    officers: reader.children('officers').map(parseOfficer),
    serviceNumbers: parseServiceNumbers(reader.child('serviceNumbers')),
    wire: parseWire(reader.child('wire')),
    answers: { ...defaultShape, ...parseShape(reader.child('answers')) },
    refusalCodes: reader.textTable('refusalCodes'),
    faultStatus: reader.whole('faultStatus', { least: 200, most: 599, otherwise: 500 }),
    requestBytes: reader.whole('requestBytes', { least: 1_024, most: 4_194_304, otherwise: 65_536 }),
    journalFile: reader.text('journalFile'),
    controlKey: reader.text('controlKey', { match: /^[\w-]{8,200}$/ }),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(`population mock: ${mistakes.join('; ')}`);
  return settings;
}
