// The configuration of the portal's adapter. What public-service-portal.md marks [assumed], [inferred] or unknown is a
// setting here with its default; no secret or value is repeated in a message about a mistake.
import { Reader } from '../reader.ts';
import { toErrorCode } from './codes.ts';
import { type OwnerKinds, ownerKinds, ownerPresets } from './owner-kinds.ts';
import { type DateForm, dateForms } from './times.ts';

/** Generation A: a session, one endpoint for data and one for dictionaries. §1.1 */
export interface SessionFace {
  readonly authUrl: string;
  readonly integrationUrl: string;
  /** Undefined: it has no dictionaries. */
  readonly shareUrl: string | undefined;
  readonly username: string;
  readonly password: string;
}

/** Generation B: an address for each thing, a bare list as the body. §1.2 */
export interface ArrayFace {
  /** Addresses for new and for known dossiers; the query-string variant has one for both. */
  readonly createUrl: string;
  readonly updateUrl: string;
  readonly progressUrl: string;
  /** Names of the parameters for unit and flag; undefined: the address carries neither. */
  readonly query: { readonly unit: string; readonly isUpdating: string } | undefined;
}

/** Everything that the adapter must be told. */
export interface PortalSettings {
  /** By which generation records are pushed. */
  readonly generation: 'A' | 'B';
  /** Also in generation B, where look-ups and dictionaries are had by it; undefined there: neither is. */
  readonly sessionFace: SessionFace | undefined;
  /** Undefined in generation A. */
  readonly arrayFace: ArrayFace | undefined;
  readonly dstcode: string;
  /** The province's own unit, for calls of units without a code of their own and for the dictionaries. */
  readonly madonvi: string;
  /** PEM of the authorities to trust; default those of the platform. */
  readonly ca: string | undefined;
  /** §1.1: clients keep a session 10 minutes. */
  readonly sessionMinutes: number;
  /** Codes that mean an ended session [assumed]. */
  readonly sessionEndedCodes: readonly string[];
  /** A refused log-in is not tried again for so long. */
  readonly loginPauseMs: number;
  /** Which codes mean what: §7 for `exists`, the others are not known. */
  readonly codes: Readonly<
    Record<'exists' | 'unknown' | 'procedure' | 'transition' | 'invalid' | 'unit', readonly string[]>
  >;
  /** Codes by which `TraCuuHoSo` says that it has no such dossier, besides an empty result [assumed]. */
  readonly lookUpMissCodes: readonly string[];
  /** Words by which a text that is no answer is known to speak of maintenance [assumed]. */
  readonly maintenanceWords: readonly string[];
  /** §4.4, §11.13 */
  readonly ownerKinds: OwnerKinds;
  readonly dateForm: DateForm;
  /** Numbers as texts or as such [assumed]. */
  readonly numberForm: 'text' | 'number';
  /** `IsDeleted` as "True" or as "1"; the other flags are 1 and 0 [assumed]. */
  readonly removedForm: 'word' | 'digit';
  /** JSON pointers into a record with a dossier. §4.1 */
  readonly requiredMembers: readonly string[];
  /** The same, by pointer, for dossiers of these statuses only. */
  readonly requiredByStatus: Readonly<Record<string, readonly string[]>>;
  /** JSON pointers into a progress line. */
  readonly requiredLineMembers: readonly string[];
  /** Longest texts, UTF-16 units. §4.4 */
  readonly lengths: Readonly<Record<'summary' | 'officer' | 'fileName' | 'paperName', number>>;
  readonly mostRecords: number;
  /** §4.4 */
  readonly mostLines: number;
  /** Member of the result of `TraCuuHoSo` that lists the lines [assumed]. */
  readonly lookUpShowsProgress: string | undefined;
  /** How dictionaries are read in pages [assumed]; undefined: all in one answer. */
  readonly paging: { readonly page: string; readonly size: string; readonly rows: number } | undefined;
  /** Service for the codes of result papers [assumed]; undefined: the portal has none. */
  readonly resultPaperService: string | undefined;
  readonly limits: {
    readonly connectMs: number;
    /** For one call, waiting for a connection included. §1.1: 60 s */
    readonly callMs: number;
    readonly answerBytes: number;
    readonly requestBytes: number;
    readonly connections: number;
  };
}

const address = /^https?:\/\/[^\s@#]+$/;
const printable = /^[\x21-\x7e]{1,200}$/;
const name = /^\w{1,60}$/;
const pointer = /^(\/\w+)+$/;
const mebibyte = 1_048_576;

function parseSessionFace(reader: Reader, isRequired: boolean): SessionFace | undefined {
  const [authUrl, integrationUrl] = [
    reader.optional('authUrl', address),
    reader.optional('integrationUrl', address),
  ];
  const shareUrl = reader.optional('shareUrl', address);
  if (!isRequired && authUrl === undefined && integrationUrl === undefined && shareUrl === undefined) {
    reader.optional('username');
    reader.optional('password');
    return undefined;
  }
  return {
    authUrl: reader.text('authUrl', address),
    integrationUrl: reader.text('integrationUrl', address),
    shareUrl,
    username: reader.text('username'),
    password: reader.text('password'),
  };
}

function parseArrayFace(reader: Reader, isRequired: boolean): ArrayFace | undefined {
  const queryUrl = reader.optional('queryUrl', address);
  const unit = reader.optional('queryUnit', name) ?? 'MaDinhDanhDV';
  const isUpdating = reader.optional('queryUpdating', name) ?? 'isUpdating';
  const read = (key: string) =>
    (isRequired ? reader.text(key, address) : reader.optional(key, address)) ?? '';
  const progressUrl = read('progressUrl');
  if (queryUrl !== undefined) {
    reader.optional('createUrl', address);
    reader.optional('updateUrl', address);
    return { createUrl: queryUrl, updateUrl: queryUrl, progressUrl, query: { unit, isUpdating } };
  }
  const face = { createUrl: read('createUrl'), updateUrl: read('updateUrl'), progressUrl, query: undefined };
  return isRequired ? face : undefined;
}

const toCodes = (reader: Reader, key: string, otherwise: readonly string[]): readonly string[] =>
  reader.texts(key, otherwise).map((code) => toErrorCode(code) ?? code);

function parseCodes(reader: Reader, mistakes: string[]): PortalSettings['codes'] {
  const codes = {
    exists: toCodes(reader, 'existsCodes', ['3', '-3']),
    unknown: toCodes(reader, 'unknownCodes', []),
    procedure: toCodes(reader, 'procedureCodes', []),
    transition: toCodes(reader, 'transitionCodes', []),
    invalid: toCodes(reader, 'invalidCodes', []),
    unit: toCodes(reader, 'unitCodes', []),
  };
  const all = ['0', ...Object.values(codes).flat()];
  if (new Set(all).size !== all.length)
    mistakes.push('portal: a code means success or two things in existsCodes, unknownCodes and their like');
  return codes;
}

function parseOwnerKinds(reader: Reader, mistakes: string[]): OwnerKinds {
  const preset = reader.choice('ownerKinds', ['provincial', 'ministry', 'own'], 'provincial');
  const table = reader.child('ownKinds');
  const own = Object.fromEntries(
    ownerKinds.flatMap((kind) => {
      const code = table.optional(kind, printable);
      return code === undefined ? [] : [[kind, code]];
    }),
  );
  if (preset === 'own' && Object.keys(own).length === 0) mistakes.push('portal.ownKinds is empty');
  if (new Set(Object.values(own)).size !== Object.keys(own).length)
    mistakes.push('portal.ownKinds has a code twice');
  return preset === 'own' ? own : ownerPresets[preset];
}

const defaultRequired = ['/code', '/dossier/procedure/code', '/dossier/status', '/dossier/owner/name'];
const receivedStatuses = ['2', '4', '5', '6', '8', '9', '10'];

function parseRules(reader: Reader, mistakes: string[]) {
  const byStatus = reader.child('requiredByStatus');
  const pointers = byStatus.names();
  const required = {
    requiredMembers: reader.texts('requiredMembers', defaultRequired),
    requiredByStatus:
      pointers.length === 0
        ? { '/dossier/receivedAt': receivedStatuses }
        : Object.fromEntries(pointers.map((key) => [key, byStatus.texts(key, [])])),
    requiredLineMembers: reader.texts('requiredLineMembers', ['/at', '/content', '/status']),
  };
  const { requiredMembers, requiredLineMembers } = required;
  if (![...requiredMembers, ...pointers, ...requiredLineMembers].every((one) => pointer.test(one)))
    mistakes.push('portal: a required member is no JSON pointer');
  const lengths = reader.child('lengths');
  const most = (key: string, otherwise: number) => lengths.whole(key, 1, 1_000_000, otherwise);
  return {
    ...required,
    lengths: {
      summary: most('summary', 1_000),
      officer: most('officer', 50),
      fileName: most('fileName', 4_000),
      paperName: most('paperName', 2_000),
    },
  };
}

function parseReading(reader: Reader) {
  const isPaged = reader.flag('isPaged', true);
  const paging = {
    page: reader.optional('pageParameter', name) ?? 'pageIndex',
    size: reader.optional('pageSizeParameter', name) ?? 'pageSize',
    rows: reader.whole('pageSize', 1, 10_000, 500),
  };
  const showsProgress = reader.flag('showsProgress', true);
  const lines = reader.optional('lookUpShowsProgress', name) ?? 'DanhSachTienDo';
  const hasResultPapers = reader.flag('hasResultPapers', true);
  const service = reader.optional('resultPaperService', name) ?? 'LayDanhMucKetQua';
  return {
    lookUpMissCodes: toCodes(reader, 'lookUpMissCodes', []),
    lookUpShowsProgress: showsProgress ? lines : undefined,
    paging: isPaged ? paging : undefined,
    resultPaperService: hasResultPapers ? service : undefined,
  };
}

const maintenanceWords = ['đang bảo trì', 'tạm ngừng phục vụ', 'under maintenance'];

/** Checks a configuration and fills in its defaults. @throws Error with all mistakes in one message */
export function parsePortalSettings(json: unknown): PortalSettings {
  const mistakes: string[] = [];
  const reader = new Reader(json, 'portal', mistakes);
  const limits = reader.child('limits');
  const generation = reader.choice('generation', ['A', 'B'], 'A');
  const settings: PortalSettings = {
    generation,
    sessionFace: parseSessionFace(reader, generation === 'A'),
    arrayFace: parseArrayFace(reader, generation === 'B'),
    dstcode: reader.text('dstcode', printable),
    madonvi: reader.text('madonvi', printable),
    ca: reader.optional('ca', /-----BEGIN CERTIFICATE-----/),
    sessionMinutes: reader.whole('sessionMinutes', 1, 1_440, 10),
    sessionEndedCodes: toCodes(reader, 'sessionEndedCodes', ['-2']),
    loginPauseMs: reader.whole('loginPauseMs', 0, 3_600_000, 60_000),
    codes: parseCodes(reader, mistakes),
    maintenanceWords: reader.texts('maintenanceWords', maintenanceWords),
    ownerKinds: parseOwnerKinds(reader, mistakes),
    dateForm: reader.choice('dateForm', dateForms, 'yyyyMMddHHmmss'),
    numberForm: reader.choice('numberForm', ['text', 'number'], 'text'),
    removedForm: reader.choice('removedForm', ['word', 'digit'], 'word'),
    ...parseRules(reader, mistakes),
    ...parseReading(reader),
    mostRecords: reader.whole('mostRecords', 1, 200, 20),
    mostLines: reader.whole('mostLines', 1, 50, 10),
    limits: {
      connectMs: reader.whole('connectMs', 100, 60_000, 5_000),
      callMs: reader.whole('timeoutMs', 100, 300_000, 60_000),
      answerBytes: limits.whole('answerBytes', 1_024, 1_024 * mebibyte, 64 * mebibyte),
      requestBytes: limits.whole('requestBytes', 65_536, 256 * mebibyte, 16 * mebibyte),
      connections: reader.whole('connections', 1, 50, 4),
    },
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return settings;
}
