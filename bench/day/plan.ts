// A province's day from a seed: who sends what to whom, what is sent twice, what breaks off. The same seed, the same day.
import { createCipheriv, hash } from 'node:crypto';
import { createRandom, type Random } from '../../mocks/parts/random.ts';

/** A unit of ours, or the code of an agency outside. */
export type PlannedReceiver =
  | { readonly unit: number; readonly code?: undefined }
  | { readonly code: string; readonly unit?: undefined };

/** One document of the day. */
export interface PlannedDocument {
  /** From 0, in the order of the day. */
  readonly n: number;
  /** Place of the sending unit among the units. */
  readonly sender: number;
  readonly receivers: readonly PlannedReceiver[];
  /** Of the attachment. */
  readonly bytes: number;
  readonly offset: number;
  readonly priority: number;
  /** How it is sent a second time. */
  readonly repeat: 'none' | 'same-key' | 'other-key';
  /** Its upload is broken off in the middle, then sent again with the same key. */
  readonly isCut: boolean;
  /** An update of an earlier document of the same sender to the same receivers. */
  readonly updates: number | undefined;
}

/** What a day is made of. */
export interface DaySize {
  readonly documents: number;
  readonly seed: number;
  readonly units: number;
  readonly outsideCodes: readonly string[];
}

const share = { outside: 0.3, repeats: 0.05, cuts: 0.01, updates: 0.02 } as const;
/** [share, least, most] bytes. */
const sizes = [
  [0.7, 10_000, 100_000],
  [0.25, 100_000, 500_000],
  [0.05, 500_000, 3_000_000],
] as const;
/** Share of documents with 1, 2, … receivers: 2.5 on average. */
const receiverShares = [0.3, 0.25, 0.2, 0.15, 0.1] as const;
/** An update comes so many documents after the one that it updates, or more. */
const updateDistance = 20;

function pickShare(shares: readonly number[], random: Random): number {
  let left = random.next();
  for (const [at, part] of shares.entries()) {
    left -= part;
    if (left < 0) return at;
  }
  return shares.length - 1;
}

function pickBytes(random: Random): number {
  const [, least, most] =
    sizes[
      pickShare(
        sizes.map(([part]) => part),
        random,
      )
    ] ?? sizes[0];
  return random.between(least, most);
}

function pickReceivers(
  { units, outsideCodes }: DaySize,
  sender: number,
  random: Random,
): readonly PlannedReceiver[] {
  const chosen = new Map<string, PlannedReceiver>();
  const wanted = pickShare(receiverShares, random) + 1;
  while (chosen.size < wanted) {
    const receiver: PlannedReceiver =
      random.next() < share.outside
        ? { code: random.pick(outsideCodes) }
        : { unit: random.between(0, units - 1) };
    if (receiver.unit !== sender) chosen.set(String(receiver.code ?? receiver.unit), receiver);
  }
  return [...chosen.values()];
}

/** An earlier document that may be updated: each at most once, and no update itself. */
function pickUpdated(earlier: readonly PlannedDocument[], taken: Set<number>, random: Random) {
  const last = earlier.length - updateDistance;
  if (last <= 0 || random.next() >= share.updates) return undefined;
  const found = earlier[random.between(0, last - 1)];
  if (!found || found.updates !== undefined || taken.has(found.n)) return undefined;
  taken.add(found.n);
  return found;
}

function pickRepeat(random: Random): PlannedDocument['repeat'] {
  if (random.next() >= share.repeats) return 'none';
  return random.next() < 0.5 ? 'same-key' : 'other-key';
}

/** The whole day. */
export function planDay(size: DaySize): readonly PlannedDocument[] {
  const random = createRandom(size.seed);
  const documents: PlannedDocument[] = [];
  const updated = new Set<number>();
  for (let n = 0; n < size.documents; n += 1) {
    const target = pickUpdated(documents, updated, random);
    const sender = target?.sender ?? random.between(0, size.units - 1);
    documents.push({
      ...{ n, sender, updates: target?.n },
      receivers: target?.receivers ?? pickReceivers(size, sender, random),
      bytes: pickBytes(random),
      offset: random.between(0, 2 ** 20),
      priority: random.next() < 0.05 ? 3 : 0,
      repeat: pickRepeat(random),
      isCut: random.next() < share.cuts,
    });
  }
  return documents;
}

const mostBytes = 3_000_000;

/** Cuts contents out of one random text, so that none is made anew; each begins as a PDF and names its document. */
export function createContents(seed: number): (document: PlannedDocument, run: string) => Buffer[] {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed >>> 0);
  const noise = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(
    Buffer.alloc(2 ** 20 + mostBytes),
  );
  return ({ n, bytes, offset }, run) => {
    const head = Buffer.from(`%PDF-1.7\n%${run} ${n}\n`);
    return [head, noise.subarray(offset, offset + bytes - head.length)];
  };
}

/** SHA-256 of a content, hex. */
export const toSha256 = (content: Buffer): string => hash('sha256', content, 'hex');
