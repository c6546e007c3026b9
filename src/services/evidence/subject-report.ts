// What a person is told of the processing of their data: which unit asked, by which service, why, when and by which legal
// basis; never who the officer was, what concerns relatives, or what an inquiry holds. Source: NĐ 356/2025/NĐ-CP.
import type { Pool } from 'pg';
import type { components } from '../../../openapi/types/evidence.v1.ts';
import type { PersonAnswer, PersonHit } from '../../evidence/person-search.ts';
import { toLocalDay } from '../../local-day.ts';

/** What a report is made of. */
export interface ReportGround extends PersonAnswer {
  readonly from: Date;
  readonly to: Date;
  readonly at: Date;
  /** Most items of a report. */
  readonly most: number;
}

type Report = components['schemas']['SubjectReport'];
type Item = Report['items'][number];

/** What a person may be in an exchange that is about themselves. Whoever is in another role is somebody's relative. */
const ownRoles: readonly string[] = ['subject', 'payer', 'officer'];
/** Askings of auditors and for reports are no processing by a unit. */
const ofAudit: readonly string[] = ['searched', 'reported'];

interface NameRow {
  readonly id: string;
  readonly text: string;
}

async function readNames(pool: Pool, query: string, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<NameRow>(query, [ids]);
  return new Map(rows.map(({ id, text }) => [id, text]));
}

const toMinute = (at: Date): string => {
  const time = new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(11, 16);
  const [year, month, day] = toLocalDay(at.getTime()).split('-');
  return `${time} ngày ${day}/${month}/${year}`;
};

const toLine = (item: Item, place: number): string =>
  [
    `${place + 1}. ${toMinute(new Date(item.at))}`,
    `   Đơn vị: ${item.unitName ?? item.unit ?? 'không rõ'}`,
    `   Dịch vụ: ${item.service ?? 'không rõ'}${item.operation === undefined ? '' : ` (${item.operation})`}`,
    `   Mục đích: ${item.purpose ?? 'đã xóa theo thời hạn lưu trữ'}`,
    `   Căn cứ pháp lý: ${item.legalBasis ?? 'không rõ'}`,
  ].join('\n');

/** The report as it is printed. */
function toText(report: Omit<Report, 'text'>): string {
  const { withheld, monthsWithoutKey, monthsPurged } = report;
  return [
    'BÁO CÁO VỀ VIỆC XỬ LÝ DỮ LIỆU CÁ NHÂN QUA TRỤC LIÊN THÔNG CỦA TỈNH',
    `Lập lúc ${toMinute(new Date(report.generatedAt))}, theo Nghị định 356/2025/NĐ-CP.`,
    `Kỳ báo cáo: từ ${toMinute(new Date(report.from))} đến trước ${toMinute(new Date(report.to))}.`,
    '',
    report.items.length === 0
      ? 'Không có lần xử lý nào được ghi nhận.'
      : `Số lần xử lý: ${report.items.length}`,
    ...report.items.map(toLine),
    '',
    `Không nêu: ${withheld.relatives} lần liên quan đến người thân, ${withheld.held} lần đang được giữ theo quyết định.`,
    ...(report.more
      ? ['Báo cáo chỉ gồm những lần gần nhất; phần còn lại nằm trong một kỳ báo cáo khác.']
      : []),
    ...(monthsWithoutKey.length === 0
      ? []
      : [`Không còn tra được các tháng đã hết thời hạn lưu trữ: ${monthsWithoutKey.join(', ')}.`]),
    ...(monthsPurged.length === 0
      ? []
      : [`Đã xóa một phần theo thời hạn lưu trữ, phần đó không còn tra được: ${monthsPurged.join(', ')}.`]),
    '',
  ].join('\n');
}

/** The report of one person. */
export async function toReport(pool: Pool, ground: ReportGround): Promise<Report> {
  const hits = ground.hits
    .slice(0, ground.most)
    .filter(({ roles }) => !roles.every((role) => ofAudit.includes(role)));
  const held = hits.filter(({ isHeld }) => isHeld);
  const open = hits.filter(({ isHeld }) => !isHeld);
  const own = open.filter(({ roles }) => roles.some((role) => ownRoles.includes(role)));
  const texts = (pick: (hit: PersonHit) => string | null) => own.flatMap((hit) => pick(hit) ?? []);
  const [units, grants] = await Promise.all([
    readNames(
      pool,
      'SELECT id, name AS text FROM unit WHERE id = ANY ($1)',
      texts((hit) => hit.actingUnit),
    ),
    readNames(
      pool,
      'SELECT id, legal_basis AS text FROM access_grant WHERE id = ANY ($1)',
      texts((hit) => hit.grantId),
    ),
  ]);
  const items = own.map((hit): Item => {
    const unitName = units.get(hit.actingUnit ?? '');
    const legalBasis = grants.get(hit.grantId ?? '');
    return {
      at: hit.at.toISOString(),
      ...(hit.actingUnit !== null && { unit: hit.actingUnit }),
      ...(unitName !== undefined && { unitName }),
      ...(hit.service !== null && { service: hit.service }),
      ...(hit.operation !== null && { operation: hit.operation }),
      ...(hit.purpose !== null && { purpose: hit.purpose }),
      ...(legalBasis !== undefined && { legalBasis }),
    };
  });
  const report = {
    generatedAt: ground.at.toISOString(),
    from: ground.from.toISOString(),
    to: ground.to.toISOString(),
    items,
    more: ground.hits.length > ground.most,
    withheld: { relatives: open.length - own.length, held: held.length },
    ...{ monthsWithoutKey: [...ground.monthsWithoutKey], monthsPurged: [...ground.monthsPurged] },
    upToLeaf: ground.size,
  };
  return { ...report, text: toText(report) };
}
