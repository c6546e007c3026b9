// Invents the people of the mock: households of four, every odd case among them, and a few fixed, documented people.

import { createRandom, type Random } from '../parts/random.ts';
import { toCase, toPlainCases } from './cases.ts';
import { fixedPeople } from './fixed-people.ts';
import { givenNames, middleNames, surnames } from './names.ts';
import { type Address, type Birth, type Person, toRelative } from './person.ts';
import { newCommunes } from './places.ts';

/** The people, found by number. */
export interface People {
  readonly all: readonly Person[];
  /** By a 12-digit number or a 9-digit one. */
  readonly find: (number: string) => Person | undefined;
}

interface Origin {
  readonly sex: 'male' | 'female';
  readonly year: number;
  readonly surname: string;
  readonly home: Address;
  readonly index: number;
}

const firstSerial = 100_000;
const adultBefore = 2_008;
const oldCardsBefore = 2_000;

function makeBirth(year: number, random: Random): Birth {
  const month = String(random.between(1, 12)).padStart(2, '0');
  const day = String(random.between(1, 28)).padStart(2, '0');
  return { year: String(year), date: `${year}${month}${day}` };
}

/** Structure of the number: units-and-codes.md §3. */
function makeNumber({ sex, year, index }: Origin): string {
  const century = (year >= 2_000 ? 2 : 0) + (sex === 'male' ? 0 : 1);
  return `999${century}${String(year).slice(2)}${firstSerial + index}`;
}

function makePerson(origin: Origin, random: Random): Person {
  const { sex, year, surname, home, index } = origin;
  const hasOldCard = year < oldCardsBefore && random.next() < 0.6;
  return {
    number: makeNumber(origin),
    ...(hasOldCard && { oldNumber: `999${firstSerial + index}` }),
    name: { surname, middle: random.pick(middleNames[sex]), given: random.pick(givenNames[sex]) },
    birth: makeBirth(year, random),
    sex: sex === 'male' ? '1' : '2',
    ethnicity: random.pick(['01', '01', '01', '05', '16', '25']),
    ...(random.next() < 0.3 && { religion: random.pick(['01', '02']) }),
    maritalStatus: '1',
    ...(random.next() < 0.5 && { bloodGroup: random.pick(['A', 'B', 'AB', 'O']) }),
    nationality: 'VN',
    birthRegistration: home,
    origin: home,
    permanent: home,
    current: home,
    ...(random.next() < 0.2 && { taxNumber: `999${String(index).padStart(7, '0')}` }),
    ...(random.next() < 0.2 && { email: `nguoi-thu-${index}@example.vn` }),
    deceased: false,
    cases: [],
  };
}

function makeHome(random: Random): Address {
  const place = random.pick(newCommunes);
  return {
    province: place.province,
    commune: place.commune,
    detail: `Số ${random.between(1, 300)}, tổ ${random.between(1, 40)}, ${place.name}`,
    country: 'VN',
  };
}

/** A grandparent, known by name only. */
function makeParent(sex: 'male' | 'female', surname: string, random: Random) {
  const name = `${surname} ${random.pick(middleNames[sex])} ${random.pick(givenNames[sex])}`;
  return { fullName: name, nationality: 'VN' };
}

function makeHousehold(first: number, random: Random): readonly Person[] {
  const home = makeHome(random);
  const book = `SHK-${String(first).padStart(6, '0')}`;
  const [surname, wifeSurname] = [random.pick(surnames), random.pick(surnames)];
  const husbandYear = random.between(1_945, 1_990);
  const childYear = husbandYear + random.between(20, 32);
  const member = (offset: number, sex: 'male' | 'female', year: number, of: string): Person =>
    toCase(
      makePerson({ sex, year, surname: of, home, index: first + offset }, random),
      random,
      first + offset,
    );

  const husband = member(0, 'male', husbandYear, surname);
  const wife = member(1, 'female', husbandYear + random.between(-4, 5), wifeSurname);
  const head = (relationship: string) => ({ ...toRelative(husband), relationship });
  const married = (person: Person, spouse: Person, family: string) => ({
    ...person,
    maritalStatus: person.maritalStatus === '1' ? '2' : person.maritalStatus,
    father: makeParent('male', family, random),
    mother: makeParent('female', random.pick(surnames), random),
    spouse: toRelative(spouse),
    householdBook: book,
  });
  const child = (offset: number, year: number): Person => ({
    ...member(offset, random.next() < 0.5 ? 'male' : 'female', year, surname),
    father: toRelative(husband),
    mother: toRelative(wife),
    ...(year >= adultBefore && { representative: toRelative(husband) }),
    head: head('Con'),
    householdBook: book,
  });
  return [
    { ...married(husband, wife, surname), head: head('Chủ hộ') },
    { ...married(wife, husband, wifeSurname), head: head('Vợ') },
    child(2, childYear),
    child(3, Math.min(childYear + random.between(1, 6), 2_025)),
  ];
}

/** At least `count` people, the same for the same seed; the fixed ones come first. */
export function createPeople(seed: number, count: number): People {
  const random = createRandom(seed);
  const households = Math.ceil(count / 4);
  const invented = Array.from({ length: households }, (_, index) => makeHousehold(index * 4, random)).flat();
  const all = [...fixedPeople, ...invented].map((person) => ({
    ...person,
    cases: [...person.cases, ...toPlainCases(person)],
  }));
  const byNumber = new Map<string, Person>();
  for (const person of all)
    for (const number of [person.number, person.oldNumber])
      if (number !== undefined) byNumber.set(number, person);
  return { all, find: (number) => byNumber.get(number) };
}
