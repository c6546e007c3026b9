// Who and what the made-up log is about: the units of the sandbox, officers, people, and what each kind of call says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from '../../src/root.ts';
import { parseCommunes } from '../../src/sandbox/seed-communes.ts';
import { toUnits } from '../../src/sandbox/seed-units.ts';

/** The 166 units, by their ids. */
export const units: readonly string[] = toUnits(
  parseCommunes(readFileSync(join(rootFolder, 'src/sandbox/lam-dong-communes.csv'), 'utf8')),
).map(({ id }) => id);

/** Officers of the whole province; each belongs to the unit of its number modulo their count. */
export const officers = 5_397;
/** People whom exchanges are about. */
export const people = 1_300_000;

/** An invented number of the test province 999. */
export const toPersonalNumber = (person: number): string => `999${String(person).padStart(9, '0')}`;
/** Id of an officer of a unit. @param place among those of the unit */
export const toOfficerId = (unit: number, place: number): string =>
  `cb-${String(place * units.length + unit + 1).padStart(5, '0')}`;
/** How many officers a unit has. */
export const officersOf = (unit: number): number =>
  Math.floor(officers / units.length) + (unit < officers % units.length ? 1 : 0);

/** A kind of call and its share. */
export interface CallKind {
  readonly share: number;
  readonly service: string;
  readonly operation: string;
  readonly system: string;
  readonly owner: string;
  readonly source: string | undefined;
  readonly purposes: readonly string[];
  readonly results: readonly string[];
  /** About a person. */
  readonly isPersonal: boolean;
  /** Accepts so many deliveries at most. */
  readonly deliveries: number;
}

const oneStop = { system: 'mot-cua', owner: 'cq-16' } as const;
const noDeliveries = { deliveries: 0 } as const;
const civil = ['dang-ky-khai-sinh', 'dang-ky-thuong-tru', 'cap-giay-chung-nhan', 'bao-tro-xa-hoi'] as const;

/** Shares add up to 1. */
export const callKinds: readonly CallKind[] = [
  {
    ...{ share: 0.42, service: 'population.v1', operation: 'lookUpCitizen', source: 'population' },
    ...{ ...oneStop, ...noDeliveries, purposes: civil, results: ['found', 'not-found'], isPersonal: true },
  },
  {
    ...{ share: 0.22, service: 'population.v1', operation: 'confirmIdentity', source: 'population' },
    ...{ ...oneStop, ...noDeliveries, purposes: civil, results: ['matches', 'differs'], isPersonal: true },
  },
  {
    ...{ share: 0.1, service: 'documents.v1', operation: 'sendDocument', source: undefined, deliveries: 3 },
    ...{
      system: 'van-ban',
      owner: 'cq-01',
      purposes: ['trao-doi-van-ban'],
      results: ['accepted'],
      isPersonal: false,
    },
  },
  {
    ...{ share: 0.12, service: 'portal.v1', operation: 'putDossier', source: undefined, deliveries: 1 },
    ...{ ...oneStop, purposes: ['dong-bo-ho-so'], results: ['accepted'], isPersonal: true },
  },
  {
    ...{ share: 0.08, service: 'payment.v1', operation: 'createDemand', source: 'payment-platform' },
    ...{ ...oneStop, ...noDeliveries, purposes: ['thu-phi'], results: ['created'], isPersonal: true },
  },
  {
    ...{ share: 0.06, service: 'portal.v1', operation: 'searchProcedures', source: undefined },
    ...{ ...oneStop, ...noDeliveries, purposes: [], results: ['found'], isPersonal: false },
  },
];

/** Problems of calls that were refused before they were opened, and of those that failed after, the likelier first. */
export const refusals = ['grant-missing', 'purpose-not-granted', 'rate-exceeded', 'request-invalid'] as const;
/** The same for those that failed after they were opened. */
export const failures = ['source-unavailable', 'source-refused', 'deadline-exceeded'] as const;
