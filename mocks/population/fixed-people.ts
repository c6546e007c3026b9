// The people that exist whatever the seed, so that examples and documents can name them. All of them are invented.
import { type Address, type Person, toRelative } from './person.ts';

const home: Address = {
  province: '68',
  commune: '24781',
  detail: 'Số 1, đường Thử Nghiệm, Phường Xuân Hương - Đà Lạt',
  country: 'VN',
};

const ordinary = {
  ethnicity: '01',
  nationality: 'VN',
  birthRegistration: home,
  origin: home,
  permanent: home,
  current: home,
  deceased: false,
  cases: ['fixed'],
} as const;

const father: Person = {
  ...ordinary,
  number: '999060000005',
  oldNumber: '999000005',
  name: { surname: 'Nguyễn', middle: 'Văn', given: 'Kiểm Mẫu' },
  birth: { year: '1960', date: '19600410' },
  sex: '1',
  maritalStatus: '2',
};

const mother: Person = {
  ...ordinary,
  number: '999162000006',
  name: { surname: 'Lê', middle: 'Thị', given: 'Mẫu Thử' },
  birth: { year: '1962', date: '19620922' },
  sex: '2',
  maritalStatus: '2',
};

const husband: Person = {
  ...ordinary,
  number: '999088000004',
  name: { surname: 'Trần', middle: 'Văn', given: 'Mẫu Thử' },
  birth: { year: '1988', date: '19880730' },
  sex: '1',
  maritalStatus: '2',
};

const head = { ...toRelative(husband), relationship: 'Vợ' };

/** 999190000002: a woman with both numbers, parents, husband and household; her relatives have records too. */
const woman: Person = {
  ...ordinary,
  number: '999190000002',
  oldNumber: '999000002',
  name: { surname: 'Nguyễn', middle: 'Thị', given: 'Thử Nghiệm' },
  birth: { year: '1990', date: '19900215' },
  sex: '2',
  religion: '01',
  maritalStatus: '2',
  bloodGroup: 'O',
  father: toRelative(father),
  mother: toRelative(mother),
  spouse: toRelative(husband),
  head,
  householdBook: 'SHK-990001',
  taxNumber: '9990000002',
  email: 'thu-nghiem@example.vn',
};

/** 999085000001: a man born in 1985, whose number also serves as an officer's in examples. */
const man: Person = {
  ...ordinary,
  number: '999085000001',
  name: { surname: 'Trần', middle: 'Văn', given: 'Thử Nghiệm' },
  birth: { year: '1985', date: '19850601' },
  sex: '1',
  maritalStatus: '1',
};

/** 999305000003: a woman born in 2005, with a number of the new century. */
const youngWoman: Person = {
  ...ordinary,
  number: '999305000003',
  name: { surname: 'Lê', middle: 'Thị', given: 'Thử Mẫu' },
  birth: { year: '2005', date: '20050920' },
  sex: '2',
  maritalStatus: '1',
};

/** In the order of their serial numbers. */
export const fixedPeople: readonly Person[] = [
  man,
  woman,
  youngWoman,
  { ...husband, spouse: toRelative(woman), head: { ...toRelative(husband), relationship: 'Chủ hộ' } },
  { ...father, spouse: toRelative(mother) },
  { ...mother, spouse: toRelative(father) },
];
