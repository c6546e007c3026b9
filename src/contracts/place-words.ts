// What a contract's check found, in words of both languages: a sentence for each keyword of JSON Schema. Nothing in them
// is of the request; what the contract asks for is named by the title that stands beside its pattern.
import type { Words } from '../problem.ts';
import { type Document, toMembers } from './contract.ts';

/** The titles of a contract's forms, by their pattern. */
export type Forms = ReadonlyMap<string, Words>;

/** Reads every `title: <vi> / <en>` that stands beside a `pattern`. */
export function toForms(document: Document): Forms {
  const forms = new Map<string, Words>();
  const left: unknown[] = [document];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const members = toMembers(next);
    const { pattern, title } = members;
    const [vi, en] = typeof title === 'string' ? title.split(' / ') : [];
    if (typeof pattern === 'string' && vi && en) forms.set(pattern, { vi, en });
    left.push(...Object.values(members).filter((member) => typeof member === 'object' && member !== null));
  }
  return forms;
}

const types: Readonly<Record<string, string>> = {
  string: 'chữ',
  integer: 'số nguyên',
  number: 'số',
  boolean: 'true hoặc false',
  array: 'danh sách',
  object: 'đối tượng',
  null: 'null',
};

const toTypes = (list: string): Words => ({
  vi: `phải là ${list
    .split(',')
    .map((type) => types[type] ?? type)
    .join(' hoặc ')}`,
  en: `must be ${list.split(',').join(' or ')}`,
});

const toAtMost = (most: string, vi: string, en: string): Words => ({
  vi: `không được quá ${most} ${vi}`,
  en: `must not have more than ${most} ${en}`,
});
const toAtLeast = (least: string, vi: string, en: string): Words => ({
  vi: `phải có ít nhất ${least} ${vi}`,
  en: `must have at least ${least} ${en}`,
});

const unknownForm: Words = {
  vi: 'không đúng dạng mà đặc tả yêu cầu',
  en: 'does not have the form that the contract asks for',
};
const undocumented: Words = { vi: 'không có trong đặc tả', en: 'is not in the contract' };
const noMoment: Words = {
  vi: 'không phải thời điểm có thật: lịch không có ngày này, hoặc không có múi giờ này',
  en: 'is no moment: no calendar has this day, or there is no such offset',
};

const toForm = (words: Words | undefined): Words =>
  words ? { vi: `không đúng dạng: ${words.vi}`, en: `does not have the form of ${words.en}` } : unknownForm;

/**
 * The sentences that the validator says and their words; what stands in the parentheses is the contract's. Source: the
 * keywords' messages of ajv 8, and the request validator of express-openapi-validator 5.
 */
const sentences: readonly (readonly [said: RegExp, words: (part: string, forms: Forms) => Words])[] = [
  [/^must be ((?:string|integer|number|boolean|array|object|null|,)+)$/, toTypes],
  [/^must have required property/, () => ({ vi: 'phải có', en: 'must be given' })],
  [/^must NOT have (?:additional|unevaluated) properties/, () => undocumented],
  [/^Unknown query parameter/, () => undocumented],
  [/^Empty value found/, () => ({ vi: 'không được để trống', en: 'must not be empty' })],
  [
    /^Parameter .* must be url encoded/,
    () => ({
      vi: 'phải mã hóa phần trăm các ký tự dành riêng',
      en: 'must have its reserved characters escaped',
    }),
  ],
  [/allowed values: (.*)$/s, (list) => ({ vi: `phải là một trong: ${list}`, en: `must be one of: ${list}` })],
  [
    /^must be equal to constant/,
    () => ({ vi: 'phải đúng giá trị của đặc tả', en: 'must be the value of the contract' }),
  ],
  [/^must match pattern "(.*)"$/s, (pattern, forms) => toForm(forms.get(pattern))],
  [/^must match format "instant"$/, () => noMoment],
  [/^must match format "(.*)"$/, (format) => toForm({ vi: format, en: format })],
  [/^must NOT have fewer than (\d+) characters$/, (least) => toAtLeast(least, 'ký tự', 'characters')],
  [/^must NOT have more than (\d+) characters$/, (most) => toAtMost(most, 'ký tự', 'characters')],
  [/^must NOT have fewer than (\d+) items$/, (least) => toAtLeast(least, 'phần tử', 'items')],
  [/^must NOT have more than (\d+) items$/, (most) => toAtMost(most, 'phần tử', 'items')],
  [/^must NOT have fewer than (\d+) properties$/, (least) => toAtLeast(least, 'thành viên', 'members')],
  [/^must NOT have more than (\d+) properties$/, (most) => toAtMost(most, 'thành viên', 'members')],
  [/^must be >= (\S+)$/, (least) => ({ vi: `phải ít nhất là ${least}`, en: `must be at least ${least}` })],
  [/^must be <= (\S+)$/, (most) => ({ vi: `không được quá ${most}`, en: `must be at most ${most}` })],
  [
    /^must NOT have duplicate items/,
    () => ({ vi: 'không được có hai phần tử như nhau', en: 'must not have two equal items' }),
  ],
  [
    /^must match (?:a|exactly one) schema in/,
    () => ({ vi: 'phải có một trong các dạng của đặc tả', en: 'must have one of the forms of the contract' }),
  ],
];

const misfit: Words = { vi: 'không đúng đặc tả', en: 'does not fit the contract' };

/** Words for a sentence of the validator; a sentence that is not known is never passed on. */
export function toPlaceWords(message: string, forms: Forms): Words {
  for (const [said, words] of sentences) {
    const found = said.exec(message);
    if (found) return words(found[1] ?? '', forms);
  }
  return misfit;
}
