// What carries a degree of state secrecy is refused before anything of it is kept: this hub is no place for it.
// Source: Luật Bảo vệ bí mật nhà nước 2018, Điều 8 (degrees); issue "Documents"
import { Problem } from '../../../problem.ts';
import type { DocumentRules } from '../rules.ts';

/** What is looked at. */
export interface SecrecySigns {
  readonly secrecy?: string | undefined;
  readonly notation: string;
  /** Subject, summary, type, names of files, descriptions. */
  readonly texts: readonly string[];
}

/** Lower case without diacritics, every run of other characters one blank. */
const toFolded = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

/** A word of secrecy stands alone, as in "(MẬT)" or "Tối mật - về việc …". */
const hasWord = (text: string, words: readonly string[]): boolean => {
  const folded = ` ${toFolded(text)} `;
  return words.some((word) => folded.includes(` ${word} `));
};

/** The mark itself, in capitals or brackets: "MẬT", "[Mật]"; not the word in a sentence ("bảo mật"). */
const standsMarked = (text: string): boolean =>
  /(?:^|[^\p{L}])MẬT(?:$|[^\p{L}])/u.test(text.normalize('NFC')) && !/BẢO MẬT/u.test(text.normalize('NFC'));

/** Where the sign is, or undefined. */
export function findSecrecy(signs: SecrecySigns, rules: DocumentRules): string | undefined {
  if (signs.secrecy !== undefined && signs.secrecy !== 'none') return '/body/secrecy';
  const parts = signs.notation.split(/[/-]/).map((part) => toFolded(part).replaceAll(' ', ''));
  if (parts.some((part) => rules.secretNotations.includes(part))) return '/body/code/notation';
  const isMarked = (text: string): boolean => hasWord(text, rules.secretWords) || standsMarked(text);
  return signs.texts.some(isMarked) ? '/body/subject' : undefined;
}

/** @throws Problem state-secret */
export function checkSecrecy(signs: SecrecySigns, rules: DocumentRules): void {
  const where = findSecrecy(signs, rules);
  if (where === undefined) return;
  const { vi, en } = rules.secrecyContact;
  throw new Problem('state-secret', {
    errors: [{ where, vi: 'có dấu hiệu độ mật', en: 'bears a sign of a degree of secrecy' }],
    detail: {
      vi: `Không có gì của văn bản này được giữ lại. Hãy hỏi ${vi}.`,
      en: `Nothing of this document was kept. Ask ${en}.`,
    },
  });
}
