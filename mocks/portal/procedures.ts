// The invented procedures: the same for the same seed, in the shapes of the portal. Upper-case names as it sends them.
// Source: public-service-portal.md §3.
import { createRandom, type Random } from '../parts/random.ts';
import { type FieldWords, fieldWords } from './procedure-words.ts';

/** A procedure as far as lists and checks need it. */
export interface Procedure {
  /** From 0; everything else of it follows from it and the seed. */
  readonly index: number;
  /** MATTHC. */
  readonly code: string;
  readonly name: string;
  readonly field: FieldWords;
}

/** What a test may have changed. */
export interface ProcedureChanges {
  /** Đồng; in the place of every fee. */
  readonly amount: number | undefined;
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** The seen forms; six digits from 900001 on, which no real procedure has. */
function toCode(index: number): string {
  const number = 900_001 + index;
  if (index % 10 === 7) return `1.${number}.000.00.00.H99`;
  if (index % 10 === 8) return `2.${number}.H99`;
  return `${index % 3 === 0 ? 2 : 1}.${number}`;
}

/** Where a name occurs again, the place of the procedure makes it another. */
const rounds = [
  '',
  ' (cấp tỉnh)',
  ' (cấp xã)',
  ' tại khu công nghiệp',
  ' có yếu tố nước ngoài',
  ' trực tuyến',
];

const combinations: readonly { readonly name: string; readonly field: FieldWords }[] = (() => {
  const byField = fieldWords.map((field) =>
    field.objects.flatMap((object) => field.verbs.map((verb) => ({ name: `${verb} ${object}`, field }))),
  );
  const longest = Math.max(...byField.map((list) => list.length));
  // Every field has its share, however few procedures are asked for.
  return Array.from({ length: longest }, (_, turn) => byField.flatMap((list) => list[turn] ?? [])).flat();
})();

/** The procedure of an index. */
export function toProcedure(index: number): Procedure {
  const combination = combinations[index % combinations.length];
  if (!combination) throw new Error('portal mock: no such procedure');
  const round = Math.floor(index / combinations.length);
  const name = `${combination.name}${rounds[round] ?? ` (trường hợp ${round})`}`;
  return { index, code: toCode(index), name, field: combination.field };
}

/** One that a test adds; its details are those of the index. */
export function toAddedProcedure(code: string, name: string, index: number): Procedure {
  return { ...toProcedure(index), code, name };
}

const cases = ['Trường hợp thông thường', 'Trường hợp nộp qua người đại diện'];
const steps = [
  'Nộp hồ sơ',
  'Kiểm tra, tiếp nhận hồ sơ',
  'Thẩm định hồ sơ',
  'Ký duyệt kết quả',
  'Trả kết quả',
];
const papers = [
  ...['Đơn đề nghị theo mẫu', 'Bản sao giấy tờ tùy thân', 'Giấy ủy quyền', 'Bản vẽ kỹ thuật'],
  ...[
    'Hợp đồng thuê địa điểm',
    'Chứng chỉ chuyên môn',
    'Ảnh chân dung 4x6',
    'Tờ khai lệ phí',
    'Biên bản họp',
  ],
];
const laws = ['Luật', 'Nghị định', 'Thông tư', 'Quyết định'];

function toChannels(random: Random, { amount }: ProcedureChanges): readonly object[] {
  const days = random.between(1, 30);
  const fee = amount ?? random.pick([0, 8_000, 50_000, 150_000, 500_000, 1_500_000]);
  return ['1', '2', '3'].slice(0, random.between(2, 3)).map((channel) => ({
    KENH: channel,
    THOIGIAN: [
      {
        THOIGIANGIAIQUYET: String(days),
        DONVITINH: 'Ngày làm việc',
        MOTA: `${days} ngày làm việc kể từ ngày nhận đủ hồ sơ hợp lệ`,
        PHILEPHI: fee === 0 && amount === undefined ? [] : [{ SOTIEN: String(fee), DONVI: 'Đồng' }],
      },
    ],
  }));
}

function toPapers(random: Random, index: number): readonly object[] {
  return cases.slice(0, random.between(1, 2)).map((name) => ({
    TRUONGHOP: name,
    GIAYTO: Array.from({ length: random.between(1, 4) }, (_, number) => ({
      MAGIAYTO: `TP${pad(index, 5)}.${pad(number + 1, 2)}`,
      TENGIAYTO: random.pick(papers),
      TENMAUDON: number === 0 ? `Mẫu số ${random.between(1, 20)}` : '',
      URL: number === 0 ? `https://portal.mock.invalid/mau-don/${index}` : '',
    })),
  }));
}

/** KETQUATHUCHIEN: codes in both seen forms. */
export function toResults({
  index,
  field,
  name,
}: Procedure): readonly { MAKETQUA: string; TENKETQUA: string }[] {
  const count = index % 5 === 0 ? 2 : 1;
  return Array.from({ length: count }, (_, place) => {
    const number = index * 2 + place + 1;
    const code = index % 2 === 0 ? `KQ.G99.${pad(number, 6)}` : `000.00.00.G99-KQ${pad(number, 6)}`;
    return { MAKETQUA: code, TENKETQUA: `Kết quả ${place + 1}: ${name} (${field.name})` };
  });
}

const toFieldRow = ({ code, name, branch }: FieldWords): object => ({
  MALINHVUC: code,
  TENLINHVUC: name,
  MANGANH: branch,
});

/** Rows of `LayDanhMucLinhVuc`. */
export const fieldRows: readonly object[] = fieldWords.map(toFieldRow);

/** Codes and names only. */
export const toShortRow = ({ code, name, field }: Procedure): object => ({
  MATTHC: code,
  TENTTHC: name,
  LINHVUCTHUCHIEN: [toFieldRow(field)],
  COQUANTHUCHIEN: field.agency,
});

/** The whole procedure. */
export function toFullRow(procedure: Procedure, seed: number, changes: ProcedureChanges): object {
  const { index, field } = procedure;
  const random = createRandom(seed * 1_000_003 + index);
  return {
    ...toShortRow(procedure),
    TRINHTUTHUCHIEN: cases.slice(0, random.between(1, 2)).map((name) => ({
      TRUONGHOP: name,
      TRINHTU: steps.slice(0, random.between(3, 5)).map((step) => ({ TENTRINHTU: step })),
    })),
    CACHTHUCTHUCHIEN: toChannels(random, changes),
    THANHPHANHOSO: toPapers(random, index),
    YEUCAU: random.pick(['Không', 'Đáp ứng điều kiện theo quy định của pháp luật chuyên ngành']),
    KETQUATHUCHIEN: toResults(procedure),
    CANCUPHAPLY: Array.from({ length: random.between(1, 3) }, () => {
      const law = random.pick(laws);
      const number = `${random.between(1, 199)}/${random.between(2014, 2025)}/TN`;
      return { SOVANBAN: number, TENVANBAN: `${law} thử nghiệm số ${number} về ${field.name}` };
    }),
  };
}

/** Row of the service list. MaDVC is MaTTHC + `.01`. */
export const toServiceRow = ({ code, name, field, index }: Procedure): object => ({
  MADVC: `${code}.01`,
  TENDVC: name,
  MATTHC: code,
  TENTTHC: name,
  TENCOQUANBANHANH: field.agency,
  APDUNGDVC: [{ MADONVI: 'H99', MUCDO: index % 2 === 0 ? 'Toàn trình' : 'Một phần' }],
});
