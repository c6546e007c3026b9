// The configuration of the population adapter. What population-database.md marks [assumed], [inferred] or unknown is a
// setting here with its default; no secret or value is repeated in a message about a mistake.

import { Reader } from '../reader.ts';
import type { NameForm } from './names.ts';
import { defaultRefusals, type Refusal } from './refusals.ts';

/** Direct or ESB route: user, digest and optional headers. Source: population-database.md §4, first row */
export interface DirectRoute {
  readonly kind: 'direct';
  readonly user: string;
  readonly secret: string;
  /** §4: milliseconds; an older client sends seconds. */
  readonly timestampUnit: 'milliseconds' | 'seconds';
  /** Headers `X-Road-Client` and `ApiKey`, sent when given. §4 */
  readonly xRoadClient: string | undefined;
  readonly apiKey: string | undefined;
}

/** One officer's key at an LGSP. */
export interface OfficerKey {
  readonly unitCode: string;
  /** `toOfficerMark(secretKey, officerNumber)`, so that no personal number stands in a configuration. */
  readonly officer: string;
  readonly keyName: string;
  readonly keyPass: string;
}

/** The token route of the Hậu Giang LGSP. Source: population-database.md §4, third row */
export interface LgspTokenRoute {
  readonly kind: 'lgspToken';
  readonly tokenUrl: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly appName: string;
  readonly partnerCode: string;
  readonly partnerCodeCus: string;
  /** §4 looks them up by agency and officer's e-mail; the hub knows agency and officer. */
  readonly officerKeys: readonly OfficerKey[];
  /** Member of the token answer, and the token's life where the answer states no `expires_in`: not stated in §4. */
  readonly tokenField: string;
  readonly tokenLifeS: number;
}

/** Everything that the adapter must be told. */
export interface PopulationSettings {
  /** Address of the service; the digest takes exactly this string. §4 */
  readonly url: string;
  readonly route: DirectRoute | LgspTokenRoute;
  /** PEM of the authorities to trust; default those of the platform. */
  readonly ca: string | undefined;
  /** §1 */
  readonly requestNamespace: string;
  /** §1: empty; as a header without a value, or with two quotation marks as SOAP 1.1 §6.1.1 writes it. */
  readonly soapAction: 'empty' | 'quoted';
  /** Whether the fields inside the wrapper carry its namespace: not stated in §1. */
  readonly fields: 'qualified' | 'unqualified';
  readonly lookUp: {
    /** Name of the wrapper: not stated in §1. */
    readonly element: string;
    /** `MaTichHop`, in one real system a setting. §2 */
    readonly serviceNumber: string;
    /** Fields of the 2026 client only; `{unitCode}` stands for the acting unit's code. §3 */
    readonly maDonVi: string | undefined;
    readonly taiKhoan: string | undefined;
    readonly soDienThoai: string | undefined;
  };
  readonly confirmation: {
    /** Where it differs from `url`. */
    readonly url: string;
    readonly element: string;
    /** `MaDichVu` 033 [seen in one mock], `MaTichHop` 003 [assumed]. §2 */
    readonly numberElement: 'MaDichVu' | 'MaTichHop';
    readonly serviceNumber: string;
    /** Whether the number that is not used is sent as an empty element or left out: not stated in §2. */
    readonly unusedNumber: 'omitted' | 'empty';
    /** Paths below `Body` at which the boolean may stand. §2: two shapes; what the second holds is not stated. */
    readonly answers: readonly string[];
  };
  /** §10.3 [inferred]: upper case. */
  readonly nameForm: NameForm;
  /** §10.5: every call names its dossier. */
  readonly requireCaseCode: boolean;
  /** Codings of §5 [assumed]; a code that is not listed is passed on as `code:<value>`. */
  readonly codes: {
    readonly sex: Readonly<Record<string, string>>;
    readonly maritalStatus: Readonly<Record<string, string>>;
  };
  /** Prefixes of identifiers besides 001–096 that are no cause for a warning. §5, units-and-codes.md §3 */
  readonly furtherPrefixes: readonly string[];
  /** Code words in faults and error texts, by word. §4 */
  readonly refusals: Readonly<Record<string, Refusal>>;
  readonly limits: {
    readonly connectMs: number;
    /** For one call, from waiting for a connection to the last byte of the answer. */
    readonly callMs: number;
    readonly answerBytes: number;
    readonly answerElements: number;
    readonly answerDepth: number;
    /** Most calls at the source at one time. §10.13 */
    readonly connections: number;
  };
}

const address = /^https?:\/\/[^\s@#]+$/;
const printable = /^[\x21-\x7e]+$/;
const elementName = /^[A-Za-z_][\w.-]{0,99}$/;
const serviceNumber = /^\d{1,6}$/;

function parseDirectRoute(reader: Reader): DirectRoute {
  return {
    kind: 'direct',
    user: reader.text('user', /^[\x21-\x39\x3b-\x7e]+$/),
    secret: reader.text('secret'),
    timestampUnit: reader.choice('timestampUnit', ['milliseconds', 'seconds'], 'milliseconds'),
    xRoadClient: reader.optional('xRoadClient', printable),
    apiKey: reader.optional('apiKey', printable),
  };
}

function parseLgspTokenRoute(reader: Reader): LgspTokenRoute {
  return {
    kind: 'lgspToken',
    tokenUrl: reader.text('tokenUrl', address),
    accessKey: reader.text('accessKey'),
    secretKey: reader.text('secretKey'),
    appName: reader.text('appName'),
    partnerCode: reader.text('partnerCode'),
    partnerCodeCus: reader.text('partnerCodeCus'),
    officerKeys: reader.children('officerKeys').map((key) => ({
      unitCode: key.text('unitCode'),
      officer: key.text('officer', /^[0-9a-f]{64}$/),
      keyName: key.text('keyName', /^[^:]+$/),
      keyPass: key.text('keyPass'),
    })),
    tokenField: reader.optional('tokenField') ?? 'access_token',
    tokenLifeS: reader.whole('tokenLifeS', 1, 86_400, 300),
  };
}

function parseRoute(reader: Reader): PopulationSettings['route'] {
  const kind = reader.choice('kind', ['direct', 'lgspToken'], 'direct');
  return kind === 'direct' ? parseDirectRoute(reader) : parseLgspTokenRoute(reader);
}

function parseTable(reader: Reader, otherwise: Readonly<Record<string, string>>): Record<string, string> {
  const names = reader.names();
  return names.length === 0
    ? { ...otherwise }
    : Object.fromEntries(names.map((name) => [name, reader.text(name)]));
}

const kinds = ['refused', 'unavailable', 'unmapped'] as const;
const parties = ['caller', 'hub', 'source'] as const;

function parseRefusals(reader: Reader): Record<string, Refusal> {
  const refusals: Record<string, Refusal> = { ...defaultRefusals };
  for (const word of reader.names()) {
    const entry = reader.child(word);
    refusals[word] = {
      kind: entry.choice('kind', kinds, 'refused'),
      code: entry.text('code', /^[a-z][a-z0-9-]{1,60}$/),
      party: entry.choice('party', parties, 'hub'),
    };
  }
  return refusals;
}

function parseLookUp(reader: Reader): PopulationSettings['lookUp'] {
  return {
    element: reader.optional('element', elementName) ?? 'TraCuuThongTinCongDan',
    serviceNumber: reader.optional('serviceNumber', serviceNumber) ?? '037',
    maDonVi: reader.optional('maDonVi'),
    taiKhoan: reader.optional('taiKhoan'),
    soDienThoai: reader.optional('soDienThoai'),
  };
}

function parseConfirmation(reader: Reader, url: string): PopulationSettings['confirmation'] {
  return {
    url: reader.optional('url', address) ?? url,
    element: reader.optional('element', elementName) ?? 'XacThucThongTinCongDanRequest',
    numberElement: reader.choice('numberElement', ['MaDichVu', 'MaTichHop'], 'MaDichVu'),
    serviceNumber: reader.optional('serviceNumber', serviceNumber) ?? '033',
    unusedNumber: reader.choice('unusedNumber', ['omitted', 'empty'], 'omitted'),
    answers: reader.texts('answers', [
      'KetQuaXacThucResponse/TonTai',
      'KetQuaXacThuc/TonTai',
      'KetQuaXacThuc',
    ]),
  };
}

function parseLimits(reader: Reader): PopulationSettings['limits'] {
  return {
    connectMs: reader.whole('connectMs', 100, 60_000, 3_000),
    callMs: reader.whole('callMs', 100, 120_000, 12_000),
    answerBytes: reader.whole('answerBytes', 1_024, 16_777_216, 1_048_576),
    answerElements: reader.whole('answerElements', 50, 100_000, 5_000),
    answerDepth: reader.whole('answerDepth', 8, 128, 32),
    connections: reader.whole('connections', 1, 1_000, 16),
  };
}

/** Checks a configuration and fills in its defaults. @throws Error with all mistakes in one message */
export function parsePopulationSettings(json: unknown): PopulationSettings {
  const mistakes: string[] = [];
  const reader = new Reader(json, 'population', mistakes);
  const url = reader.text('url', address);
  const codes = reader.child('codes');
  const settings: PopulationSettings = {
    url,
    route: parseRoute(reader.child('route')),
    ca: reader.optional('ca', /-----BEGIN CERTIFICATE-----/),
    requestNamespace: reader.optional('requestNamespace', /^\S+$/) ?? 'http://dancuquocgia.bca',
    soapAction: reader.choice('soapAction', ['empty', 'quoted'], 'empty'),
    fields: reader.choice('fields', ['qualified', 'unqualified'], 'qualified'),
    lookUp: parseLookUp(reader.child('lookUp')),
    confirmation: parseConfirmation(reader.child('confirmation'), url),
    nameForm: reader.choice('nameForm', ['upper', 'asGiven'], 'upper'),
    requireCaseCode: reader.flag('requireCaseCode', true),
    codes: {
      sex: parseTable(codes.child('sex'), { '0': 'unknown', '1': 'male', '2': 'female' }),
      maritalStatus: parseTable(codes.child('maritalStatus'), {
        '0': 'none',
        '1': 'single',
        '2': 'married',
        '3': 'divorcedOrOther',
      }),
    },
    furtherPrefixes: reader.texts('furtherPrefixes', []),
    refusals: parseRefusals(reader.child('refusals')),
    limits: parseLimits(reader.child('limits')),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return settings;
}
