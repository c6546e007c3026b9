// A day's dossiers from a seed: which unit handles what, each dossier's history from its reception to its end, and in which
// batches a unit says it. The same seed, the same day. Source: public-service-portal.md §6, §8
import { createRandom, type Random } from '../../../mocks/parts/random.ts';

/** What a unit leaves out of a record; the record is then to be repaired. */
export type Lack = 'owner' | 'received' | 'procedure' | 'content';

/** One record of a dossier. */
export interface PlannedStep {
  /** Undefined: progress lines only. */
  readonly status: number | undefined;
  readonly lines: number;
  /** It is submitted without this at first. */
  readonly lacks: Lack | undefined;
  /** The same state is said once more under another key. */
  readonly isSaidAgain: boolean;
}

/** One dossier. */
export interface PlannedDossier {
  /** From 0, in the order of the day. */
  readonly n: number;
  /** Place of its unit among the units. */
  readonly unit: number;
  /** Chooses among the procedures. */
  readonly procedure: number;
  readonly steps: readonly PlannedStep[];
}

/** One record of a batch. */
export interface PlannedRecord {
  readonly dossier: PlannedDossier;
  /** Place in its history. */
  readonly step: number;
  /** The second time that the step is said. */
  readonly isAgain: boolean;
}

/** Records that a unit submits in one call. */
export interface PlannedBatch {
  readonly records: readonly PlannedRecord[];
  /** How the call is made a second time: under its key, after it, at the same time, or after half of it was sent. */
  readonly repeat: 'none' | 'after' | 'at-once' | 'cut';
}

/** What the day of dossiers is made of. */
export interface DossiersSize {
  readonly dossiers: number;
  readonly seed: number;
  readonly units: number;
}

const share = { supplements: 0.1, again: 0.025, repeats: 0.05, cuts: 0.01, lacks: 0.02, long: 0.02 } as const;

/** States after the reception. */
const courses = [[9], [4, 9], [9, 10], [4, 9, 10]] as const;
const supplementCourses = [
  [5, 9],
  [5, 9, 10],
  [5, 4, 9],
] as const;

/** More lines than the portal takes in one call. */
const longLines = 13;
/** Most records of one batch. */
const batchMost = 50;

const pickLack = (status: number | undefined, random: Random): Lack | undefined => {
  if (random.next() >= share.lacks) return undefined;
  return status === undefined ? 'content' : random.pick(['owner', 'received', 'procedure'] as const);
};

function toStep(status: number | undefined, lines: number, random: Random): PlannedStep {
  const lacks = pickLack(status, random);
  const isSaidAgain = status !== undefined && lacks === undefined && random.next() < share.again;
  return { status, lines, lacks, isSaidAgain };
}

function planDossier(n: number, { units }: DossiersSize, random: Random): PlannedDossier {
  const course = random.next() < share.supplements ? random.pick(supplementCourses) : random.pick(courses);
  const lines = random.next() < share.long ? longLines : random.between(1, 3);
  return {
    ...{ n, unit: random.between(0, units - 1), procedure: random.between(0, 2 ** 20) },
    steps: [
      toStep(2, random.between(0, 1), random),
      toStep(undefined, lines, random),
      ...course.map((status) => toStep(status, random.between(0, 2), random)),
    ],
  };
}

/** All dossiers of the day. */
export function planDossiers(size: DossiersSize): readonly PlannedDossier[] {
  const random = createRandom(size.seed);
  return Array.from({ length: size.dossiers }, (_, n) => planDossier(n, size, random));
}

const toRecords = (dossier: PlannedDossier): readonly PlannedRecord[] =>
  dossier.steps.flatMap(({ isSaidAgain }, step) => [
    { dossier, step, isAgain: false },
    ...(isSaidAgain ? [{ dossier, step, isAgain: true }] : []),
  ]);

/** Everything that one unit says, each dossier in its order, the dossiers mixed. */
function* mixRecords(dossiers: readonly PlannedDossier[], random: Random): Iterable<PlannedRecord> {
  const open = dossiers.map((dossier) => [...toRecords(dossier)]);
  while (open.length > 0) {
    const at = random.between(0, open.length - 1);
    const next = open[at]?.shift();
    if (next) yield next;
    else open.splice(at, 1);
  }
}

function pickRepeat(random: Random): PlannedBatch['repeat'] {
  const drawn = random.next();
  if (drawn < share.cuts) return 'cut';
  if (drawn >= share.cuts + share.repeats) return 'none';
  return random.next() < 0.5 ? 'after' : 'at-once';
}

/** The batches of each unit that has a dossier, in their order. */
export function planBatches(
  plan: readonly PlannedDossier[],
  seed: number,
): ReadonlyMap<number, readonly PlannedBatch[]> {
  const random = createRandom(seed + 1);
  const batches = new Map<number, readonly PlannedBatch[]>();
  for (const unit of new Set(plan.map((dossier) => dossier.unit))) {
    const records = [
      ...mixRecords(
        plan.filter((dossier) => dossier.unit === unit),
        random,
      ),
    ];
    const ofUnit: PlannedBatch[] = [];
    while (records.length > 0) {
      // Small ones are more frequent than large ones.
      const most = random.pick([1, 5, 20, batchMost]);
      ofUnit.push({ records: records.splice(0, random.between(1, most)), repeat: pickRepeat(random) });
    }
    batches.set(unit, ofUnit);
  }
  return batches;
}
