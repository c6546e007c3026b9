// docs/test-people.md, made from the mock's people: one for each case, and what a look-up of each gives.
import { createPeople } from '../../mocks/population/people.ts';
import { type Person, toFullName } from '../../mocks/population/person.ts';

/** What a citizen's record must have so that a case is what its words say. */
type Holds = (citizen: Readonly<Record<string, unknown>>, person: TestPerson) => boolean;

/** A person to look up. */
export interface TestPerson {
  /** The 12-digit number, or the 9-digit one of those who have no other. */
  readonly number: string;
  readonly oldNumber: string | undefined;
  readonly fullName: string;
  /** `yyyy-MM-dd`, or the year. */
  readonly birthDate: string;
}

/** A case of the mock, and what to expect of it. */
export interface PeopleCase {
  readonly name: string;
  readonly vi: string;
  readonly en: string;
  readonly holds: Holds;
}

const has =
  (...fields: readonly string[]): Holds =>
  (citizen) =>
    fields.every((field) => citizen[field] !== undefined);
const isSpelt: Holds = ({ fullName }, person) => fullName === person.fullName;
const addressOf = (citizen: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...(typeof citizen['permanentAddress'] === 'object' ? citizen['permanentAddress'] : {}),
});
const hasDistrict: Holds = (citizen) => addressOf(citizen)['districtCode'] !== undefined;
const hasNoDistrict: Holds = (citizen) => addressOf(citizen)['districtCode'] === undefined;
const bornInOld = (code: string, name: string): PeopleCase => ({
  name: `old-province-${code}`,
  vi: `Số mang mã tỉnh cũ ${code} (${name}); nơi đăng ký khai sinh theo tỉnh cũ`,
  en: `The number carries the code ${code} of an old province; so does the place of birth registration`,
  holds: has('birthRegistrationPlace'),
});

/** Every case, in the order of the document. The purpose is `ho-tich`, whose grant gives relatives too. */
export const peopleCases: readonly PeopleCase[] = [
  { name: 'fixed', vi: 'Có sẵn dù mầm ngẫu nhiên nào', en: 'There whatever the seed', holds: isSpelt },
  {
    name: 'split-name',
    vi: 'Nguồn giữ họ, đệm, tên riêng; trả về một chuỗi',
    en: 'The source keeps the name in three parts; it is given as one',
    holds: isSpelt,
  },
  {
    name: 'whole-name',
    vi: 'Nguồn giữ cả họ tên trong `Ten`',
    en: 'The source keeps the whole name in `Ten`',
    holds: isSpelt,
  },
  { name: 'single-word-name', vi: 'Tên chỉ một từ', en: 'A name of one word', holds: isSpelt },
  { name: 'apostrophe-name', vi: 'Tên có dấu nháy', en: 'A name with an apostrophe', holds: isSpelt },
  {
    name: 'nfd-name',
    vi: 'Nguồn gửi dấu tách rời (NFD); trả về NFC',
    en: 'The source sends NFD; it is given as NFC',
    holds: isSpelt,
  },
  {
    name: 'nfd-whole-name',
    vi: 'Như trên, cả họ tên trong `Ten`',
    en: 'The same, whole in `Ten`',
    holds: isSpelt,
  },
  {
    name: 'birth-year-only',
    vi: 'Chỉ có năm sinh; hỏi bằng năm hoặc ngày bất kỳ của năm đó',
    en: 'Only the year is known; ask by the year, or by any day of it',
    holds: ({ birthDate }) => String(birthDate).length === 4,
  },
  {
    name: 'both-numbers',
    vi: 'Có cả số 12 và 9 chữ số; hỏi bằng số nào cũng được',
    en: 'Has both numbers; either may be asked',
    holds: has('personalNumber', 'oldIdentityNumber'),
  },
  {
    name: 'new-number-only',
    vi: 'Chỉ có số 12 chữ số',
    en: 'Has the 12-digit number only',
    holds: ({ oldIdentityNumber }) => oldIdentityNumber === undefined,
  },
  {
    name: 'old-number-only',
    vi: 'Chỉ có số 9 chữ số',
    en: 'Has the 9-digit number only',
    holds: ({ personalNumber }) => personalNumber === undefined,
  },
  bornInOld('060', 'Bình Thuận'),
  bornInOld('067', 'Đắk Nông'),
  bornInOld('068', 'Lâm Đồng'),
  {
    name: 'deceased',
    vi: 'Đã chết: vẫn `found`, `sourceNote` nói điều đó',
    en: 'Has died: still `found`, and `sourceNote` says so',
    holds: has('sourceNote'),
  },
  {
    name: 'foreign-nationality',
    vi: 'Quốc tịch nước ngoài',
    en: 'Another nationality',
    holds: ({ nationality }) => nationality !== 'VN',
  },
  {
    name: 'unknown-sex',
    vi: 'Giới tính `unknown`',
    en: 'Sex is `unknown`',
    holds: ({ sex }) => sex === 'unknown',
  },
  {
    name: 'unknown-codes',
    vi: 'Mã lạ được chuyển nguyên: `code:9`',
    en: 'Codes not known are passed on: `code:9`',
    holds: ({ sex }) => sex === 'code:9',
  },
  {
    name: 'address-with-district',
    vi: 'Địa chỉ ba cấp, còn mã huyện',
    en: 'An address of three levels, with a district',
    holds: hasDistrict,
  },
  {
    name: 'address-without-district',
    vi: 'Địa chỉ hai cấp',
    en: 'An address of two levels',
    holds: hasNoDistrict,
  },
  {
    name: 'old-commune-without-district',
    vi: 'Mã xã cũ, không có mã huyện',
    en: 'An old commune code without a district',
    holds: hasNoDistrict,
  },
  {
    name: 'split-commune',
    vi: 'Xã cũ đã chia cho nhiều xã mới',
    en: 'An old commune that was divided among new ones',
    holds: hasDistrict,
  },
  {
    name: 'with-relatives',
    vi: 'Có cha, mẹ hoặc vợ chồng',
    en: 'Has parents or a spouse',
    holds: (citizen) => ['father', 'mother', 'spouse'].some((name) => citizen[name] !== undefined),
  },
  { name: 'with-household', vi: 'Có chủ hộ', en: 'Has a head of household', holds: has('householdHead') },
  {
    name: 'with-representative',
    vi: 'Có người đại diện',
    en: 'Has a representative',
    holds: has('representative'),
  },
];

function toTestPerson({ number, oldNumber, name, birth: { year, date } }: Person): TestPerson {
  return {
    number: number ?? oldNumber ?? '',
    oldNumber: number === undefined ? undefined : oldNumber,
    fullName: toFullName(name).normalize('NFC'),
    birthDate: date === undefined ? year : `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`,
  };
}

const { all } = createPeople(1, 5_000);

/** The cases that the mock has. */
export const casesOfMock = (): ReadonlySet<string> => new Set(all.flatMap(({ cases }) => cases));

/** Whom the document names for a case: all the fixed ones, else the first. */
export function peopleOf(name: string): readonly TestPerson[] {
  const chosen = all.filter(({ cases }) => cases.includes(name));
  return (name === 'fixed' ? chosen : chosen.slice(0, 1)).map(toTestPerson);
}

const toRow = (
  { name, vi, en }: PeopleCase,
  { number, oldNumber, fullName, birthDate }: TestPerson,
): string =>
  `| \`${name}\` | ${number}${oldNumber === undefined ? '' : `<br>${oldNumber}`} | ${fullName} | ${birthDate} | ${vi}.<br>${en}. |`;

/** The document's text. */
export const toTestPeopleDocument = (): string => `# Người thử nghiệm / Test people

Mọi người ở đây đều không có thật; số bắt đầu bằng 999. Bảng này được tạo từ nguồn giả và được kiểm tra với trục:
\`test/services/test-people.test.ts\`. Chạy \`WRITE_DOCS=1 npx mocha test/services/test-people.test.ts\` để tạo lại. Toàn bộ 5.000 người:
địa chỉ \`peopleUrl\` trong \`var/sandbox/sandbox.json\`, \`?case=<trường hợp>\` để chọn.

All of them are invented; numbers begin with 999. This table is made from the mock and checked through the hub by
\`test/services/test-people.test.ts\`; \`WRITE_DOCS=1 npx mocha test/services/test-people.test.ts\` makes it anew. All 5,000: the address
\`peopleUrl\` in \`var/sandbox/sandbox.json\`, with \`?case=<case>\` to choose.

Hỏi với \`Purpose: ho-tich\` để thấy đủ các trường; \`giai-quyet-tthc\` không có người thân. Dòng nào cũng trả \`found\`.
Ask with \`Purpose: ho-tich\` to see every field; \`giai-quyet-tthc\` has no relatives. Every row is \`found\`.

| Trường hợp / Case | Số / Number | Họ tên / Name | Ngày sinh / Birth | Kết quả / What to expect |
|---|---|---|---|---|
${peopleCases.flatMap((one) => peopleOf(one.name).map((person) => toRow(one, person))).join('\n')}

## Không xác nhận / Not confirmed

\`notConfirmed\`, không nói vì sao: số không có (999199999999); họ tên khác hoặc thiếu dấu (Nguyen Thi Thu Nghiem); ngày sinh khác.
\`notConfirmed\`, without a reason: a number that does not exist (999199999999); another name, or one without its diacritics (Nguyen
Thi Thu Nghiem); another birth date.
`;
