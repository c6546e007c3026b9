// How the mock answers where public material shows several ways or none (population-database.md §2, §3, §5).
import type { Reader } from '../parts/reader.ts';

/** The switches of the answers. */
export interface AnswerShape {
  /** `empty`: no `CongDan`; `nullName`: a `CongDan` whose `Ten` is null. */
  readonly notFoundShape: 'empty' | 'nullName';
  /**
   * `response`: `KetQuaXacThucResponse/TonTai` [seen]. The second mock answers `KetQuaXacThuc` [seen] whose content is
   * not stated: `result` puts `TonTai` in it, `resultText` the boolean itself [assumed].
   */
  readonly confirmationShape: 'response' | 'result' | 'resultText';
  /** Whether records hold parents, spouse, representative and household. */
  readonly includeRelatives: boolean;
  /**
   * How names are compared (unknown, §3): `exact` by code point; `folded` NFC, case and runs of spaces ignored;
   * `unaccented` diacritics and all spaces ignored as well.
   */
  readonly nameComparison: 'exact' | 'folded' | 'unaccented';
  /** True: a known number is answered whatever name and birth date were sent. */
  readonly ignoreName: boolean;
}

/** What the mock does unless configured or switched otherwise. */
export const defaultShape: AnswerShape = {
  notFoundShape: 'empty',
  confirmationShape: 'response',
  includeRelatives: true,
  nameComparison: 'folded',
  ignoreName: false,
};

/** The switches that a JSON object names; mistakes go to the reader's list. */
export function parseShape(reader: Reader): Partial<AnswerShape> {
  return {
    ...(reader.has('notFoundShape') && {
      notFoundShape: reader.choice('notFoundShape', ['empty', 'nullName']),
    }),
    ...(reader.has('confirmationShape') && {
      confirmationShape: reader.choice('confirmationShape', ['response', 'result', 'resultText']),
    }),
    ...(reader.has('includeRelatives') && { includeRelatives: reader.flag('includeRelatives', true) }),
    ...(reader.has('nameComparison') && {
      nameComparison: reader.choice('nameComparison', ['exact', 'folded', 'unaccented']),
    }),
    ...(reader.has('ignoreName') && { ignoreName: reader.flag('ignoreName', false) }),
  };
}
