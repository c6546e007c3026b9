// What a unit says of its dossiers, and the very same as the portal must hold it. Written apart from the hub's adapter.
// Everybody in it is invented. Source: public-service-portal.md §4, §5
import type { components } from '../../../openapi/types/portal.v1.ts';
import type { PlannedDossier, PlannedRecord, PlannedStep } from './plan.ts';

type Schema = components['schemas'];
/** A record of the contract. */
export type NewRecord = Schema['NewRecord'];
type Dossier = Schema['Dossier'];
type Line = Schema['ProgressLine'];

/** Fields of the portal. */
export type Fields = Readonly<Record<string, unknown>>;

/** What makes this day's dossiers differ from every other day's. */
export interface RecordGround {
  /** When the day began, epoch milliseconds. */
  readonly dayMs: number;
  /** Serial of the first dossier; 7 digits. */
  readonly firstSerial: number;
  readonly procedures: readonly { readonly code: string; readonly name: string }[];
}

const hourMs = 3_600_000;
const zoneMs = 7 * hourMs;
const serials = 10_000_000;

const toLocal = (ms: number): string => new Date(ms + zoneMs).toISOString().slice(0, 19);
const toInstant = (ms: number): string => `${toLocal(ms)}+07:00`;
/** `yyyyMMddHHmmss`. §4.4 */
const toMoment = (instant: string | undefined): string | undefined => instant?.replace(/\+07:00$|\D/g, '');

/** Form 5 of a dossier code. Source: units-and-codes.md §2 */
export function toCode({ n, unit }: PlannedDossier, { dayMs, firstSerial }: RecordGround): string {
  const day = toLocal(dayMs).slice(0, 10).replaceAll('-', '');
  const serial = String((firstSerial + n) % serials).padStart(7, '0');
  return `H99.${String(10 + (unit % 90))}-${day}-${serial}`;
}

const names = ['Người Thử Một', 'Người Thử Hai', 'Người Thử Ba', 'Người Thử Bốn'] as const;
const departments = ['Bộ phận tiếp nhận', 'Phòng chuyên môn', 'Văn phòng'] as const;
const texts: Readonly<Record<number, string>> = {
  2: 'Tiếp nhận hồ sơ',
  4: 'Chuyển xử lý',
  5: 'Yêu cầu bổ sung giấy tờ',
  9: 'Xử lý xong',
  10: 'Trả kết quả',
};

/** The state that a step leaves: its own, or that of the step before it. */
const toStatus = (steps: readonly PlannedStep[], step: number): number =>
  steps.slice(0, step + 1).findLast(({ status }) => status !== undefined)?.status ?? 2;

function toSupplements({ n, steps }: PlannedDossier, step: number, atMs: (at: number) => number) {
  const asked = steps.findIndex(({ status }) => status === 5);
  if (asked < 0 || step < asked) return undefined;
  return [
    {
      ...{ id: `BS-${n}`, requestedBy: 'Cán bộ một cửa', content: 'Bổ sung bản sao có chứng thực' },
      requestedAt: toInstant(atMs(asked)),
      ...(step > asked && { receivedBy: 'Cán bộ một cửa', receivedAt: toInstant(atMs(step)), status: 1 }),
    },
  ];
}

/** The whole dossier as it stands after a step. */
function toDossier(dossier: PlannedDossier, step: number, ground: RecordGround): Dossier {
  const { n, steps, procedure } = dossier;
  const status = toStatus(steps, step);
  const atMs = (at: number): number => ground.dayMs - 48 * hourMs + at * hourMs + (n % 3_600) * 1_000;
  const ended = steps.findIndex((one) => one.status === 9);
  const isEnded = ended >= 0 && step >= ended;
  const supplements = toSupplements(dossier, step, atMs);
  const name = `${names[n % names.length]} ${n}`;
  return {
    procedure: ground.procedures[procedure % ground.procedures.length] ?? {},
    ...{ receiptNo: `BN-${n}`, summary: `Hồ sơ thử nghiệm số ${n}`, status },
    owner: {
      ...{ name, kind: n % 5 === 0 ? ('enterprise' as const) : ('citizen' as const) },
      identity: { kind: 'personal-number', number: `9990${String(n % 100_000_000).padStart(8, '0')}` },
    },
    filedAt: toInstant(atMs(0) - hourMs),
    receivedAt: toInstant(atMs(0)),
    dueAt: toInstant(atMs(0) + 240 * hourMs),
    ...{ channel: 'online', form: 1, hasDigitisedParts: true, isVneidVerified: true },
    ...{ onlinePayment: 'portal', databases: ['CSDLDC'], unitName: 'Đơn vị thử nghiệm' },
    papers: [{ id: `TL-${n}`, name: 'Đơn đề nghị.pdf', isDigitised: true, reuse: 0 }],
    fees: [{ code: 'LP01', name: 'Lệ phí thử nghiệm', amount: 10_000 + n }],
    ...(supplements && { supplements }),
    ...(isEnded && {
      finishedAt: toInstant(atMs(ended)),
      results: [
        {
          ...{ id: `KQ-${n}`, code: 'KQ.G15.000031', name: 'Kết quả giải quyết' },
          link: `https://ket-qua.mock.invalid/${n}`,
        },
      ],
    }),
    ...(status === 10 && { returnedAt: toInstant(atMs(step)), returnNote: 'Đã trả trực tuyến' }),
  };
}

function toLines({ n, steps }: PlannedDossier, step: number, { dayMs }: RecordGround): readonly Line[] {
  const status = toStatus(steps, step);
  return Array.from({ length: steps[step]?.lines ?? 0 }, (_, place) => ({
    ...{ officer: `Cán bộ thử ${n % 50}`, position: 'Chuyên viên' },
    department: departments[place % departments.length] ?? '',
    at: toInstant(dayMs - 48 * hourMs + step * hourMs + place * 60_000),
    ...{ content: `${texts[status] ?? ''}, việc ${place + 1}`, status },
  }));
}

/** The record of a step, complete. What is said again is the state alone. */
export function toRecord({ dossier, step, isAgain }: PlannedRecord, ground: RecordGround): NewRecord {
  const lines = isAgain ? [] : toLines(dossier, step, ground);
  return {
    code: toCode(dossier, ground),
    ...(dossier.steps[step]?.status !== undefined && { dossier: toDossier(dossier, step, ground) }),
    ...(lines.length > 0 && { progress: [...lines] }),
  };
}

/** The record as the unit submits it at first: without what it lacks. */
export function toFirstRecord(planned: PlannedRecord, ground: RecordGround): NewRecord {
  const record = toRecord(planned, ground);
  const lacks = planned.dossier.steps[planned.step]?.lacks;
  const { dossier, progress = [] } = record;
  if (lacks === 'content') {
    const [{ content: _content, ...first } = {}, ...others] = progress;
    return { ...record, progress: [first, ...others] };
  }
  if (lacks === undefined || dossier === undefined) return record;
  const { owner, receivedAt, procedure, ...rest } = dossier;
  return {
    ...record,
    dossier: {
      ...rest,
      ...(lacks !== 'owner' && owner && { owner }),
      ...(lacks !== 'received' && receivedAt !== undefined && { receivedAt }),
      ...(lacks !== 'procedure' && procedure && { procedure }),
    },
  };
}

const toYes = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : value ? '1' : '0';
const toText = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

const toHeldSupplement = (one: Schema['Supplement']): Fields => ({
  ...{ HoSoBoSungId: one.id, NguoiYeuCauBoSung: one.requestedBy, NoiDungBoSung: one.content },
  ...{ NgayBoSung: toMoment(one.requestedAt), NguoiTiepNhanBoSung: one.receivedBy },
  ...{ NgayTiepNhanBoSung: toMoment(one.receivedAt), TrangThaiBoSung: toText(one.status) },
});

/** The record of a dossier as the portal must hold it. */
export function toHeldDossier(code: string, said: Dossier): Fields {
  return {
    ...{ MaHoSo: code, MaTTHC: said.procedure?.code, TenTTHC: said.procedure?.name },
    ...{ SoBienNhan: said.receiptNo, ChuHoSo: said.owner?.name },
    LoaiDoiTuong: said.owner?.kind === 'enterprise' ? '2' : '1',
    DinhDanhCHS: { LoaiDinhDanh: '1', SoDinhDanh: said.owner?.identity?.number },
    ...{ TrichYeuHoSo: said.summary, NgayNopHoSo: toMoment(said.filedAt) },
    ...{ NgayTiepNhan: toMoment(said.receivedAt), NgayHenTra: toMoment(said.dueAt) },
    ...{
      TrangThaiHoSo: toText(said.status),
      NgayTra: toMoment(said.returnedAt),
      ThongTinTra: said.returnNote,
    },
    ...{ HinhThuc: toText(said.form), NgayKetThucXuLy: toMoment(said.finishedAt), DonViXuLy: said.unitName },
    ...{ KenhThucHien: '2', HoSoCoThanhPhanSoHoa: toYes(said.hasDigitisedParts) },
    ...{ TaiKhoanDuocXacThucVoiVNeID: toYes(said.isVneidVerified), DuocThanhToanTrucTuyen: '1' },
    TaiLieuNop: said.papers?.map((paper) => ({
      ...{ TepDinhKemId: paper.id, TenTepDinhKem: paper.name, DuocSoHoa: toYes(paper.isDigitised) },
      DuocTaiSuDung: toText(paper.reuse),
    })),
    DanhSachLePhi: said.fees?.map((fee) => ({
      ...{ TenPhiLePhi: fee.name, MaPhiLePhi: fee.code, Gia: toText(fee.amount) },
    })),
    DanhSachHoSoBoSung: said.supplements?.map(toHeldSupplement),
    DanhSachGiayToKetQua: said.results?.map((result) => ({
      ...{ TenGiayTo: result.name, GiayToId: result.id, DuongDanTepTinKetQua: result.link },
      MaGiayToKetQua: result.code,
    })),
    DSKetNoiCSDL: said.databases?.map((MaCSDL) => ({ MaCSDL })),
  };
}

/** A progress line as the portal must hold it. */
export const toHeldLine = (code: string, line: Line): Fields => ({
  ...{ MaHoSo: code, NguoiXuLy: line.officer, ChucDanh: line.position, ThoiDiemXuLy: toMoment(line.at) },
  ...{ PhongBanXuLy: line.department, NoiDungXuLy: line.content, TrangThai: toText(line.status) },
});
