// What a look-up is here, the officers who make them, and the cases for which they are made.
import { officersOf, people, toOfficerId, units } from '../evidence/province.ts';
import { between, createDraw, type Dice, heavyTailed } from './chance.ts';

/** One look-up of population.v1. */
export interface LookUp {
  readonly atMs: number;
  readonly officer: string;
  /** Place among the units. */
  readonly unit: number;
  readonly person: number;
  readonly caseCode: string | undefined;
  readonly isConfirmed: boolean;
}

/** Where a case shows, and when. */
export interface Case {
  readonly code: string;
  readonly unit: number;
  /** When its dossier is made. */
  readonly dossierAtMs: number | undefined;
  /** When another service is called for it. */
  readonly paidAtMs: number | undefined;
}

/** An officer who looks people up. */
export interface Officer {
  readonly id: string;
  readonly unit: number;
  /** Share of the work, beside the others'. */
  readonly weight: number;
  /** How often a number or a name is misspelled. */
  readonly missRate: number;
}

/** Milliseconds. */
export const minuteMs = 60_000;
/** Milliseconds. */
export const hourMs = 3_600_000;
/** Milliseconds. */
export const dayMs = 86_400_000;

const oneStopPlaces = 3;
const askingPlaces = 9;

/** Those of every unit who look people up: three at the one-stop desk, and six who do now and then. */
export function toOfficers(dice: Dice): readonly Officer[] {
  return units.flatMap((_, unit) => {
    const ofUnit = heavyTailed(dice, 0.6);
    return Array.from({ length: Math.min(askingPlaces, officersOf(unit)) }, (_none, place) => ({
      ...{ id: toOfficerId(unit, place), unit },
      weight: ofUnit * heavyTailed(dice, 0.9) * (place < oneStopPlaces ? 1 : 0.06),
      missRate: dice() < 0.1 ? 0.05 : 0.02,
    }));
  });
}

/** Makes cases, and keeps them. */
export interface CaseBook {
  readonly cases: readonly Case[];
  /** A case of a citizen who came at this time: most have a dossier the same day, some later, some never. */
  open(unit: number, atMs: number): string;
  /** A code that shows nowhere. */
  invent(unit: number): string;
  /** One of those with a dossier. @throws Error when there is none */
  borrow(): string;
}

/** An empty one. */
export function createCaseBook(dice: Dice): CaseBook {
  const cases: Case[] = [];
  return {
    cases,
    open(unit, atMs) {
      const day = new Date(atMs + 7 * hourMs).toISOString().slice(2, 10).replaceAll('-', '');
      const code = `H99.${unit + 1}-${day}-${String(cases.length + 1).padStart(6, '0')}`;
      const fate = dice();
      const add = (dossierAtMs?: number, paidAtMs?: number): unknown =>
        cases.push({ code, unit, dossierAtMs, paidAtMs });
      if (fate < 0.94) add(atMs + between(dice, minuteMs, 4 * hourMs));
      else if (fate < 0.975) add(atMs + between(dice, dayMs, 6 * dayMs));
      else if (fate < 0.98) add(atMs + between(dice, 9 * dayMs, 14 * dayMs));
      else if (fate < 0.99) add(undefined, atMs + between(dice, hourMs, 2 * dayMs));
      else add();
      return code;
    },
    invent: (unit) => `H99.${unit + 1}-000000-${between(dice, 100_000, 999_999)}`,
    borrow: () => createDraw(cases, ({ dossierAtMs }) => (dossierAtMs === undefined ? 0 : 1))(dice).code,
  };
}

/** Somebody whom exchanges are about. */
export const toPerson = (dice: Dice): number => Math.floor(dice() * people);
