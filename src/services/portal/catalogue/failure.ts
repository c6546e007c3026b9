// Why a synchronisation of the catalogue failed, in words for people: the old version stays, and they say why.
import { SourceError } from '../../../../adapters/adapter.ts';
import type { PortalList } from '../../../../adapters/portal/portal.ts';
import { toSourceProblem } from '../../../exchange/dispatch.ts';
import type { Words } from '../../../problem.ts';
import { problemCodes } from '../../../problem-codes.ts';
import { lists, type Progress } from './progress.ts';

/** Ends a run whose lists cannot be trusted. */
export class ListFailure extends Error {
  readonly words: Words;
  constructor(words: Words) {
    super(words.en);
    this.name = 'ListFailure';
    this.words = words;
  }
}

/** Names of the lists. */
export const listNames: Readonly<Record<PortalList, Words>> = {
  procedure: { vi: 'thủ tục', en: 'procedures' },
  field: { vi: 'lĩnh vực', en: 'fields' },
  agency: { vi: 'cơ quan', en: 'agencies' },
  'result-paper': { vi: 'giấy tờ kết quả', en: 'result papers' },
};

/** What is served and what was read of one list, in entries. */
export interface ListCounts {
  readonly served: number;
  readonly staged: number;
  /** Served and not read any more. */
  readonly gone: number;
}

/** So many may always go: a small list moves by large shares. */
const alwaysGone = 10;

function* toReasons(
  list: PortalList,
  { served, staged, gone }: ListCounts,
  { read, total, unreadable }: Progress['lists'][PortalList],
  mostPercent: number,
): Iterable<Words> {
  const { vi, en } = listNames[list];
  if (unreadable > 0)
    yield {
      vi: `danh sách ${vi} có ${unreadable} dòng không đọc được`,
      en: `${unreadable} rows of the list of ${en} cannot be read`,
    };
  if (total !== null && read < total)
    yield {
      vi: `danh sách ${vi} chỉ tới ${read} trên ${total} dòng`,
      en: `only ${read} of ${total} rows of the list of ${en} came`,
    };
  if (staged === 0 && (served > 0 || list === 'procedure'))
    yield { vi: `danh sách ${vi} trống`, en: `the list of ${en} is empty` };
  else if (gone > Math.max(alwaysGone, (served * mostPercent) / 100))
    yield {
      vi: `danh sách ${vi} thiếu ${gone} trên ${served} mã đang dùng`,
      en: `${gone} of ${served} codes in use are missing from the list of ${en}`,
    };
}

/**
 * Why what was read must not become the catalogue.
 * @param mostPercent of a list that may be withdrawn at once
 * @returns undefined where nothing speaks against it
 */
export function toListFailure(
  counts: Readonly<Record<PortalList, ListCounts>>,
  progress: Progress,
  mostPercent: number,
): ListFailure | undefined {
  const reasons = lists.flatMap((list) => [
    ...toReasons(list, counts[list], progress.lists[list], mostPercent),
  ]);
  if (reasons.length === 0) return undefined;
  return new ListFailure({
    vi: `${reasons.map(({ vi }) => vi).join('; ')}; giữ phiên bản cũ`,
    en: `${reasons.map(({ en }) => en).join('; ')}; the old version stays`,
  });
}

const toText = ({ vi, en }: Words): string => `${vi} / ${en}`;

/** The words of what ended a run; never those of the portal. */
export function toFailureText(error: unknown): string {
  if (error instanceof ListFailure) return toText(error.words);
  const code = error instanceof SourceError ? toSourceProblem(error).code : 'internal-error';
  const { vi, en } = problemCodes[code];
  return toText({ vi: `${vi.title}; giữ phiên bản cũ`, en: `${en.title}; the old version stays` });
}

/** Said of a run that ended well but for the contents of some procedures. */
export const toMissingText = (missing: number): string =>
  toText({
    vi: `Cổng không cho đọc nội dung của ${missing} thủ tục`,
    en: `the portal did not show the content of ${missing} procedures`,
  });
