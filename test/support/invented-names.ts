// The full names that must appear nowhere: those of the mock's people, folded.
import { createPeople } from '../../mocks/population/people.ts';
import { toFullName } from '../../mocks/population/person.ts';

/** Lower case, without diacritics, every run of other signs one space; JSON escapes are undone first. */
export function foldName(text: string): string {
  return text
    .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^\p{L}]+/gu, ' ')
    .trim();
}

/** Folded full names of two words and more: a single word is no one's full name in a text. */
export function invent(): ReadonlySet<string> {
  const { all } = createPeople(1, 5_000);
  const names = all.flatMap((person) => [
    toFullName(person.name),
    ...[person.father, person.mother, person.spouse, person.representative, person.head].flatMap(
      (relative) => (relative ? [relative.fullName] : []),
    ),
  ]);
  return new Set(names.map(foldName).filter((name) => name.includes(' ')));
}
