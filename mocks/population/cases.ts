// The odd cases of population-database.md §9.8–9.11: how an ordinary person is changed into one of them.

import type { Random } from '../parts/random.ts';
import { apostropheNames, foreignNames, singleNames } from './names.ts';
import { type Address, type Person, type PersonName, toFullName } from './person.ts';
import { oldCommunes, oldProvinces, type Place, splitCommunes } from './places.ts';

type Change = (person: Person, random: Random, count: number) => Person;

const whole = (name: PersonName): PersonName => ({ surname: '', middle: '', given: toFullName(name) });
const decomposed = ({ surname, middle, given }: PersonName): PersonName => ({
  surname: surname.normalize('NFD'),
  middle: middle.normalize('NFD'),
  given: given.normalize('NFD'),
});

function at(place: Place, withDistrict: boolean): Address {
  return {
    province: place.province,
    ...(withDistrict && place.district && { district: place.district }),
    commune: place.commune,
    detail: `Thôn Thử, ${place.name}`,
    country: 'VN',
  };
}

function moved(person: Person, address: Address): Person {
  return { ...person, permanent: address, current: address };
}

function foreign(person: Person, random: Random): Person {
  const { surname, given, nationality } = random.pick(foreignNames);
  return { ...person, name: { surname, middle: '', given }, nationality };
}

function oldNumberOnly({ number, oldNumber, ...rest }: Person): Person {
  return { ...rest, oldNumber: oldNumber ?? `999${number?.slice(-6) ?? ''}` };
}

/** Digits 7–9 of the number carry the old code, as the first three must be the test province's 999. */
function bornIn({ prefix, province, name }: (typeof oldProvinces)[number]): Change {
  return (person, _random, count) => ({
    ...person,
    number: `${person.number?.slice(0, 6) ?? ''}${prefix}${String(count).padStart(3, '0')}`,
    birthRegistration: { province, commune: '', detail: `Tỉnh ${name} (cũ)`, country: 'VN' },
  });
}

const changes: Readonly<Record<string, Change>> = {
  'whole-name': (person) => ({ ...person, name: whole(person.name) }),
  'single-word-name': (person, random) => ({
    ...person,
    name: { surname: '', middle: '', given: random.pick(singleNames) },
  }),
  'apostrophe-name': (person, random) => ({
    ...person,
    name: { surname: '', middle: '', given: random.pick(apostropheNames) },
  }),
  'nfd-name': (person) => ({ ...person, name: decomposed(person.name) }),
  'nfd-whole-name': (person) => ({ ...person, name: decomposed(whole(person.name)) }),
  'birth-year-only': (person) => ({ ...person, birth: { year: person.birth.year } }),
  'foreign-nationality': foreign,
  deceased: (person) => ({ ...person, deceased: true }),
  'old-number-only': oldNumberOnly,
  'old-province-060': bornIn(oldProvinces[0]),
  'old-province-067': bornIn(oldProvinces[1]),
  'old-province-068': bornIn(oldProvinces[2]),
  'address-with-district': (person, random) => moved(person, at(random.pick(oldCommunes), true)),
  'old-commune-without-district': (person, random) => moved(person, at(random.pick(oldCommunes), false)),
  'split-commune': (person, random) => moved(person, at(random.pick(splitCommunes), true)),
  'unknown-sex': (person) => ({ ...person, sex: '0' }),
  'unknown-codes': (person) => ({ ...person, sex: '9', maritalStatus: '8', ethnicity: '99' }),
};

// Every fourth of a hundred people, so that each case falls on the same place of a household: its head.
const cycle = 100;
const step = 4;
const slots = new Map(Object.keys(changes).map((name, index) => [index * step, name]));

/** Person number `index`, changed if its turn is an odd case; every hundred people hold each case once. */
export function toCase(person: Person, random: Random, index: number): Person {
  const name = slots.get(index % cycle);
  const change = name === undefined ? undefined : changes[name];
  if (name === undefined || change === undefined) return person;
  const changed = change(person, random, Math.floor(index / cycle));
  return { ...changed, cases: [...changed.cases, name] };
}

/** The cases that show in the record itself, in addition to those a person was changed into. */
export function toPlainCases(person: Person): readonly string[] {
  const numbers = person.number && person.oldNumber ? 'both-numbers' : 'new-number-only';
  return [
    ...(person.name.surname === '' ? [] : ['split-name']),
    ...(person.number ? [numbers] : []),
    ...((person.father ?? person.mother ?? person.spouse) ? ['with-relatives'] : []),
    ...(person.head ? ['with-household'] : []),
    ...(person.representative ? ['with-representative'] : []),
    ...(person.permanent.district ? [] : ['address-without-district']),
  ];
}
