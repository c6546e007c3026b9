// A dossier that the portal hands over, in the hub's words. Names of fields in any letter case; what has no place in these
// words, or does not fit it, is kept beside them as it came. Source: public-service-portal.md §2, §10.12, §11.8, §11.9
import { isMembers, type Members } from '../members.ts';
import { toOwnerKind } from './owner-kinds.ts';
import type { InboundAnswer, InboundReading, PortalDossier, PortalPaper } from './portal.ts';
import type { PortalSettings } from './settings.ts';
import { toInstant } from './times.ts';

type Further = { name: string; value: string };

/** Takes fields out of a body, one after the other, so that what nobody took is left. */
class Taker {
  readonly #left: Map<string, [string, unknown]>;
  /** Names that differ in their letter case only: which of the two is meant is not known. */
  readonly hasTwins: boolean;

  constructor(body: Members) {
    this.#left = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), [name, value]]));
    this.hasTwins = this.#left.size < Object.keys(body).length;
  }

  peek(name: string): unknown {
    return this.#left.get(name.toLowerCase())?.[1];
  }

  /** Takes a field if `read` makes something of it. */
  take<T>(name: string, read: (value: unknown) => T | undefined): T | undefined {
    const value = this.peek(name);
    const found = value === undefined || value === null ? undefined : read(value);
    if (found !== undefined) this.#left.delete(name.toLowerCase());
    return found;
  }

  /** What nobody took; nulls and empty texts say nothing. */
  rest(): Further[] {
    return [...this.#left.values()].flatMap(([name, value]) => {
      const shown = typeof value === 'string' ? value : JSON.stringify(value);
      return value === null || value === '' ? [] : [{ name, value: shown }];
    });
  }
}

const isControl = (character: string): boolean => character < ' ' || character === '\x7f';

/** A text that is no longer than `most`, without control characters but those that are allowed. */
const bounded =
  (most: number, allowed = '') =>
  (value: unknown): string | undefined => {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || text.trim() === '' || text.length > most) return undefined;
    return [...text].some((one) => isControl(one) && !allowed.includes(one)) ? undefined : text;
  };

const line = bounded(500);
const words = bounded(4_000, '\t\n\r');
const code = (value: unknown): string | undefined => {
  const text = bounded(100)(value);
  return text === undefined || /\s/.test(text) ? undefined : text;
};
const procedureCode = (value: unknown): string | undefined => {
  const text = code(value) ?? '';
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/.test(text) ? text : undefined;
};
const reference = (value: unknown): string | undefined => {
  const text = code(value) ?? '';
  return /^[\x21-\x7e]{1,80}$/.test(text) ? text : undefined;
};

/** A text or a number as a text: anything else means no code, time or number here. */
const toPlain = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const channels: ReadonlyMap<string, NonNullable<PortalDossier['channel']>> = new Map([
  ['1', 'direct'],
  ['2', 'online'],
  ['3', 'postal'],
]);
const toChannel = (value: unknown) => channels.get(toPlain(value));

function toStatus(value: unknown): number | undefined {
  const text = toPlain(value);
  return /^([1-9]|10)$/.test(text) ? Number(text) : undefined;
}

type Identity = NonNullable<NonNullable<PortalDossier['owner']>['identity']>;

function toIdentity(value: unknown): Identity | undefined {
  if (!isMembers(value)) return undefined;
  const taker = new Taker(value);
  const [kind, number] = [taker.take('LoaiDinhDanh', toPlain), taker.take('SoDinhDanh', toPlain) ?? ''];
  // With more in it than these words have, it is kept as it came.
  if (taker.hasTwins || taker.rest().length > 0) return undefined;
  if (kind === '1' && /^\d{12}$/.test(number)) return { kind: 'personal-number', number };
  return kind === '2' && /^\d{9}$/.test(number) ? { kind: 'old-card', number } : undefined;
}

function readOwner(taker: Taker, { ownerKinds }: PortalSettings): PortalDossier['owner'] {
  const name = taker.take('ChuHoSo', line);
  const kind = taker.take('LoaiDoiTuong', (value) => toOwnerKind(toPlain(value), ownerKinds));
  const techId = taker.take('MaDoiTuong', code);
  const identity = taker.take('DinhDanhCHS', toIdentity);
  const owner = {
    ...(name !== undefined && { name }),
    ...(kind !== undefined && { kind }),
    ...(techId !== undefined && { techId }),
    ...(identity !== undefined && { identity }),
  };
  return Object.keys(owner).length === 0 ? undefined : owner;
}

function readCourse(taker: Taker, { dateForm }: PortalSettings): PortalDossier {
  const time = (value: unknown) => toInstant(toPlain(value), dateForm);
  const [status, channel] = [taker.take('TrangThaiHoSo', toStatus), taker.take('KenhThucHien', toChannel)];
  const filedAt = taker.take('NgayNopHoSo', time) ?? taker.take('NgayNop', time);
  const receivedAt = taker.take('NgayTiepNhan', time);
  const dueAt = taker.take('NgayHenTra', time);
  return {
    ...(status !== undefined && { status }),
    ...(channel !== undefined && { channel }),
    ...(filedAt !== undefined && { filedAt }),
    ...(receivedAt !== undefined && { receivedAt }),
    ...(dueAt !== undefined && { dueAt }),
  };
}

function readDossier(taker: Taker, settings: PortalSettings): PortalDossier {
  const procedure = [taker.take('MaTTHC', procedureCode), taker.take('TenTTHC', words)] as const;
  const field = [taker.take('MaLinhVuc', code), taker.take('TenLinhVuc', line)] as const;
  const toNamed = <C, N>([first, second]: readonly [C | undefined, N | undefined]) => ({
    ...(first !== undefined && { code: first }),
    ...(second !== undefined && { name: second }),
  });
  const owner = readOwner(taker, settings);
  const [email, phone, fax] = [
    taker.take('Email', line),
    taker.take('SoDienThoai', line),
    taker.take('Fax', line),
  ];
  const [summary, otherInformation, note] = [
    taker.take('TrichYeuHoSo', words),
    taker.take('ThongTinKhac', words),
    taker.take('GhiChu', words),
  ];
  const filingPlace = taker.take('NoiNopHoSo', line);
  return {
    ...(procedure.some((one) => one !== undefined) && { procedure: toNamed(procedure) }),
    ...(field.some((one) => one !== undefined) && { field: toNamed(field) }),
    ...(owner !== undefined && { owner }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(fax !== undefined && { fax }),
    ...(summary !== undefined && { summary }),
    ...(otherInformation !== undefined && { otherInformation }),
    ...(note !== undefined && { note }),
    ...(filingPlace !== undefined && { filingPlace }),
    ...readCourse(taker, settings),
  };
}

/** The bytes of a base64 text, line ends allowed; undefined when it is none. */
function toBytes(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replace(/[\r\n]/g, '');
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

/** What is wrong, and what has no place in these words. */
interface Aside {
  readonly mistakes: string[];
  readonly further: Further[];
}

function readPaper(value: unknown, place: string, { mistakes, further }: Aside): PortalPaper | undefined {
  const taker = new Taker(isMembers(value) ? value : {});
  const name = taker.take('TenTepDinhKem', words);
  const bytes = taker.take('Base64', toBytes);
  if (taker.hasTwins) mistakes.push(`${place} has a field twice`);
  if (name === undefined) mistakes.push(`${place}.TenTepDinhKem is missing or no name`);
  if (bytes === undefined) mistakes.push(`${place}.Base64 is missing, empty or no base64`);
  if (name === undefined || !bytes) return undefined;
  further.push(...taker.rest().map((one) => ({ name: `${place}.${one.name}`, value: one.value })));
  return { name, bytes };
}

const mostPapers = 200;

/** The papers of both places in which they come. §2 */
function readPapers(taker: Taker, aside: Aside): readonly PortalPaper[] {
  const { mistakes } = aside;
  const form = taker.take('TepDonDangKy', (value) => (isMembers(value) ? value : undefined));
  const listed = taker.take('TaiLieuNop', (value) => (Array.isArray(value) ? value : undefined));
  const odd = taker.peek('TaiLieuNop');
  if (odd !== undefined && odd !== null && odd !== '') mistakes.push('TaiLieuNop is no list');
  if ((listed?.length ?? 0) > mostPapers) {
    mistakes.push(`TaiLieuNop has more than ${mostPapers} papers`);
    return [];
  }
  const papers = [
    ...(form ? [readPaper(form, 'TepDonDangKy', aside)] : []),
    ...(listed ?? []).map((paper, place) => readPaper(paper, `TaiLieuNop[${place}]`, aside)),
  ];
  return papers.filter((paper) => paper !== undefined);
}

/** What is nested deeper cannot be written as a text again. */
const mostDepth = 100;

function isTooDeep(body: Members): boolean {
  const left: [unknown, number][] = [[body, 1]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [value, depth] = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > mostDepth) return true;
    for (const inside of Object.values(value)) left.push([inside, depth + 1]);
  }
  return false;
}

/** Reads what the portal handed over; mistakes name fields and repeat no value. */
export function readInbound(body: Members, settings: PortalSettings): InboundReading {
  if (isTooDeep(body)) return { isRead: false, mistakes: [`more than ${mostDepth} levels of fields`] };
  const taker = new Taker(body);
  const mistakes = taker.hasTwins ? ['a field is there twice'] : [];
  const further: Further[] = [];
  const shown = taker.take('MaHoSo', reference);
  const unitCode = taker.take('MaDonVi', code);
  if (shown === undefined) mistakes.push('MaHoSo is missing or no code');
  if (unitCode === undefined) mistakes.push('MaDonVi is missing or no code');
  const papers = readPapers(taker, { mistakes, further });
  if (shown === undefined || unitCode === undefined || mistakes.length > 0)
    return { isRead: false, mistakes };
  const dossier = readDossier(taker, settings);
  return {
    isRead: true,
    reference: shown,
    unitCode,
    dossier,
    papers,
    further: [...further, ...taker.rest()],
  };
}

const answers = {
  taken: { error_code: '0', message: 'Đã nhận / taken' },
  repeated: { error_code: '1', message: 'Đã nhận trước đó / taken before' },
  failed: { error_code: '-1', message: 'Chưa nhận được / not taken' },
} as const;

/** What the portal is answered. §2, §11.9 */
export const answerInbound = (outcome: keyof typeof answers): InboundAnswer => answers[outcome];
