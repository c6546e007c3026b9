// Says of a code that cannot be sent to why not, in both languages and without repeating the code: the place names it.
import { toLocalDay } from '../../../local-day.ts';
import type { ProblemPlace, Words } from '../../../problem.ts';
import type { ProblemCode } from '../../../problem-codes.ts';
import { toFlaw } from './forms.ts';
import type { NamedCode, Resolution, UnknownResolution } from './types.ts';

const toList = (codes: readonly NamedCode[]): string =>
  codes.map(({ code, name }) => `${code} (${name})`).join('; ');

const toDay = (at: Date): string => toLocalDay(at.getTime());

function toUnknownWords({ code, form, known }: UnknownResolution): Words {
  if (form === 'malformed') {
    const flaw = toFlaw(code);
    return { vi: `không phải một mã định danh: ${flaw.vi}`, en: `is no agency code: ${flaw.en}` };
  }
  if (known.from)
    return {
      vi: `mã chỉ có hiệu lực từ ${toDay(known.from)}`,
      en: `the code is in force only from ${toDay(known.from)}`,
    };
  const vi = ['không có trong danh mục trong và ngoài tỉnh'];
  const en = ['is in the directory neither inside nor outside the province'];
  if (form === 'opaque') {
    vi.push('mã không theo dạng đã biết');
    en.push('its form is none of those known');
  }
  if (known.above) {
    vi.push(`cấp trên đã biết: ${toList([known.above])}`);
    en.push(`known above it: ${toList([known.above])}`);
  }
  if (known.similar.length > 0) {
    vi.push(`mã gần giống: ${toList(known.similar)}`);
    en.push(`codes almost like it: ${toList(known.similar)}`);
  }
  return { vi: vi.join('; '), en: en.join('; ') };
}

/** The problem of a resolution that nothing can be sent to; undefined where something can. */
export function toResolutionCode({ kind }: Resolution): ProblemCode | undefined {
  switch (kind) {
    case 'inside':
    case 'outside':
      return undefined;
    case 'closed':
      return 'receiver-closed';
    case 'several':
      return 'receiver-ambiguous';
    case 'unknown':
      return 'receiver-unknown';
  }
}

function toWords(resolution: Exclude<Resolution, { kind: 'inside' | 'outside' }>): Words {
  switch (resolution.kind) {
    case 'unknown':
      return toUnknownWords(resolution);
    case 'several':
      return {
        vi: `${resolution.name} ứng với nhiều cơ quan, người gửi phải chọn: ${toList(resolution.candidates)}`,
        en: `several stand for ${resolution.name}, the sender has to choose: ${toList(resolution.candidates)}`,
      };
    case 'closed': {
      const { name, since, successors } = resolution;
      const day = since && toDay(since);
      const heirs = toList(successors);
      return {
        vi: `${name} đã kết thúc${day ? ` từ ${day}` : ''}; ${heirs ? `kế thừa: ${heirs}` : 'chưa biết cơ quan kế thừa'}`,
        en: `${name} has ended${day ? ` on ${day}` : ''}; ${heirs ? `successor: ${heirs}` : 'no successor is known'}`,
      };
    }
  }
}

/**
 * Why a receiver cannot be sent to.
 * @param where of the code in the request, e.g. `/to/0`
 * @returns undefined where it can
 */
export function toResolutionPlace(resolution: Resolution, where: string): ProblemPlace | undefined {
  if (resolution.kind === 'inside' || resolution.kind === 'outside') return undefined;
  return { where, ...toWords(resolution) };
}
