// What carries a degree of state secrecy is refused before anything of it is kept: this hub is no place for it. A mark is looked
// for, not the word: "bảo mật", "mật độ", "bảo vệ bí mật nhà nước" are what ordinary documents are about.
// Source: Luật Bảo vệ bí mật nhà nước 2018, Điều 8 (degrees); Nghị định 26/2020/NĐ-CP, Điều 2 (marks)
import { Problem } from '../../../problem.ts';
import type { DocumentRules } from '../rules.ts';

/** A text and where it stands. */
export interface PlacedText {
  readonly where: string;
  readonly text: string | undefined;
}

/** What is looked at. */
export interface SecrecySigns {
  readonly secrecy?: string | undefined;
  /** Number and notation. */
  readonly code: readonly PlacedText[];
  /** Subject, summary, type, names of files, descriptions. */
  readonly texts: readonly PlacedText[];
}

const toFolded = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D');

const toWords = (text: string): readonly string[] => text.match(/\p{L}+/gu) ?? [];

/** Words before and after "MẬT" that make another word of it, where a text is written in capitals. */
const before = new Set('BẢO BÍ CƠ THÂN TỈ TỶ NỘI'.split(' '));
const after = new Set('ĐỘ MÃ KHẨU ONG THIẾT DANH HIỆU THƯ VỤ MÍA'.split(' '));

/** "MẬT" in capitals, as a stamp is copied: "Công văn MẬT", "BÁO CÁO MẬT"; not "BẢO MẬT". */
const hasStamp = (text: string): boolean =>
  toWords(text).some(
    (word, n, words) => word === 'MẬT' && !before.has(words[n - 1] ?? '') && !after.has(words[n + 1] ?? ''),
  );

/** The degree by itself, between marks of punctuation: "(Mật)", "Mật - Báo cáo", "Báo cáo_MẬT.docx". */
const standsAlone = /(?:^|[^\p{L}\p{N}\s])\s*mật\s*(?:$|[^\p{L}\p{N}\s])/iu;
const standsAloneFolded = /(?:^|[^A-Za-z0-9\s])\s*MAT\s*(?:$|[^A-Za-z0-9\s])/;
/** "Độ mật: A". */
const isStated = /độ\s+mật\s*[:=–-]\s*\S/iu;

/** Words of the rules, each beginning and ending where words do; without diacritics only in a text that has none. */
function hasSecretWords(text: string, words: readonly string[]): boolean {
  const isPlain = toFolded(text) === text;
  const toComparable = (one: string): string =>
    ` ${toWords((isPlain ? toFolded(one) : one).normalize('NFC').toLowerCase()).join(' ')} `;
  const comparable = toComparable(text);
  return words.some((word) => comparable.includes(toComparable(word)));
}

function isMarked(given: string, { secretWords }: DocumentRules): boolean {
  const text = given.normalize('NFC');
  return (
    hasStamp(text) ||
    standsAlone.test(text) ||
    standsAloneFolded.test(text) ||
    isStated.test(text) ||
    hasSecretWords(text, secretWords)
  );
}

/** A part of its own: `5-M/UBND`, `TTg-M`, `BC-UBND(Mật)`; not `QĐ-UBND`, nor `BC-TM` of a trade office. */
const isMarkedCode = (text: string, { secretNotations }: DocumentRules): boolean =>
  toWords(text.normalize('NFC').toLowerCase()).some((part) => secretNotations.includes(part));

/** Where the sign is, or undefined. */
export function findSecrecy(
  { secrecy, code, texts }: SecrecySigns,
  rules: DocumentRules,
): string | undefined {
  if (secrecy !== undefined && secrecy !== 'none') return '/body/secrecy';
  const inCode = code.find(({ text }) => text !== undefined && isMarkedCode(text, rules));
  return (inCode ?? texts.find(({ text }) => text !== undefined && isMarked(text, rules)))?.where;
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
