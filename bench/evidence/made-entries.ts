// Makes true entries of invented exchanges: canonical leaves, sealed parts with salts, subjects as keyed hashes. The same
// seed gives the same exchanges, but for salts and the random part of their ids.
import { v7 as uuidv7 } from 'uuid';
import { type Entry, type MonthKeys, seal, toEntry } from '../../src/evidence/entry.ts';
import type { KindPart } from '../../src/evidence/leaf.ts';
import type { ExchangeFacts, PrivateFacts } from '../../src/evidence/types.ts';
import {
  type CallKind,
  callKinds,
  failures,
  officersOf,
  people,
  refusals,
  toOfficerId,
  toPersonalNumber,
  units,
} from './province.ts';

/** An entry and its place among the steps of a delivery, 0 for any other. */
export interface MadeEntry {
  readonly entry: Entry;
  readonly stepNo: number;
}

/** A delivery as the table of deliveries keeps it. */
export interface MadeDelivery {
  readonly facts: ExchangeFacts;
  readonly receiver: string;
  readonly stepNo: number;
  readonly leafHash: Buffer;
  readonly at: Date;
}

/** What began in a stretch of time. */
export interface MadeEntries {
  readonly entries: readonly MadeEntry[];
  readonly deliveries: readonly MadeDelivery[];
}

/** Numbers from 0 to below 1, the same for the same seed. Source: mulberry32 of T. Ettinger. */
export function createDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Dice = () => number;

const upTo = (dice: Dice, count: number): number => Math.floor(dice() * count);
const toWord = (dice: Dice): string => upTo(dice, 4_294_967_296).toString(16).padStart(8, '0');
const toDigest = (dice: Dice) => ({
  bytes: 200 + upTo(dice, 4_000),
  sha256: Array.from({ length: 8 }, () => toWord(dice)).join(''),
});

function pick<T>(dice: Dice, list: readonly T[]): T {
  const one = list[upTo(dice, list.length)];
  if (one === undefined) throw new Error('an empty list');
  return one;
}

function pickKind(dice: Dice): CallKind {
  let left = dice();
  const kind = callKinds.find(({ share }) => {
    left -= share;
    return left < 0;
  });
  return kind ?? pick(dice, callKinds);
}

interface Call {
  readonly kind: CallKind;
  readonly facts: ExchangeFacts;
  readonly asked: PrivateFacts;
}

function makeCall(dice: Dice, at: Date): Call {
  const kind = pickKind(dice);
  const unit = upTo(dice, units.length);
  const facts = {
    exchangeId: uuidv7({ msecs: at.getTime() }),
    systemId: kind.system,
    owningUnit: kind.owner,
    actingUnit: units[unit] ?? '',
    service: kind.service,
    operation: kind.operation,
    grantId: `q-${kind.system}-${kind.operation.toLowerCase()}`,
  };
  const subject = (role: string) => ({
    ...{ role, kind: 'personal-number' },
    number: toPersonalNumber(upTo(dice, people)),
  });
  const asked: PrivateFacts = {
    officerId: toOfficerId(unit, upTo(dice, officersOf(unit))),
    assurance: 1,
    ...(kind.purposes.length > 0 && {
      purpose: pick(dice, kind.purposes),
      caseCode: `H99.${unit + 1}-${at.toISOString().slice(2, 10).replaceAll('-', '')}-${String(upTo(dice, 900) + 1).padStart(4, '0')}`,
    }),
    ...(kind.isPersonal && {
      subjects: [subject('subject'), ...(dice() < 0.1 ? [subject('relative')] : [])],
    }),
    ...(kind.source && { unitCode: { used: `99${String(unit).padStart(3, '0')}`, unit: units[unit] ?? '' } }),
    request: toDigest(dice),
  };
  return { kind, facts, asked };
}

/** Opened, and how it ended. */
function endCall(dice: Dice, { kind, facts, asked }: Call, at: Date, keys: MonthKeys): readonly Entry[] {
  const later = new Date(at.getTime() + 20 + upTo(dice, 400));
  const make = (which: Entry['kind'], when: Date, part: KindPart, facts_: PrivateFacts): Entry =>
    toEntry(which, facts, { at: when, databaseAt: when }, part, seal(facts_, keys, when));
  const fate = dice();
  if (fate < 0.04) {
    const part = { problem: pick(dice, refusals), status: 403 };
    return [make('refused', at, part, { ...asked, step: 'authorise' })];
  }
  const opened = make('opened', at, {}, asked);
  const earlier = opened.leaf.hash.toString('base64');
  if (fate < 0.041) {
    const unknown = make('unknown', later, { earlier }, {});
    const part = { outcome: 'not-sent', earlier: unknown.leaf.hash.toString('base64') } as const;
    return [opened, unknown, make('resolved', later, part, {})];
  }
  const traces = kind.source && {
    sources: [
      {
        ...{ source: kind.source, requestCode: facts.exchangeId },
        ...{ request: toDigest(dice), answer: toDigest(dice) },
      },
    ],
  };
  const released = { released: toDigest(dice), ...traces };
  if (fate < 0.07) {
    const part = { outcome: 'problem', problem: pick(dice, failures), status: 502, earlier } as const;
    return [opened, make('closed', later, part, { ...released, step: 'dispatch' })];
  }
  const part = { outcome: 'answered', status: 200, earlier } as const;
  return [opened, make('closed', later, part, { ...released, result: pick(dice, kind.results) })];
}

const steps = ['accepted', 'delivered', 'taken', 'acknowledged'] as const;

function makeDelivery(dice: Dice, call: Call, at: Date, keys: MonthKeys): MadeEntries {
  const facts = { ...call.facts, exchangeId: uuidv7({ msecs: at.getTime() + 1 }) };
  const receiver = pick(dice, units);
  const message = toDigest(dice);
  const entries: MadeEntry[] = [];
  for (const [place, step] of steps.slice(0, 2 + upTo(dice, 3)).entries()) {
    const when = new Date(at.getTime() + 1 + place * (60_000 + upTo(dice, 3_600_000)));
    const last = entries.at(-1)?.entry.leaf.hash;
    const part = { step, ...(last && { earlier: last.toString('base64') }) };
    const own: PrivateFacts =
      place === 0
        ? { ...call.asked, acceptedBy: call.facts.exchangeId, message, from: 'H99.01', to: 'H99.02' }
        : { message, ...(step === 'taken' && { officerId: toOfficerId(upTo(dice, units.length), 0) }) };
    const entry = toEntry('step', facts, { at: when, databaseAt: when }, part, seal(own, keys, when));
    entries.push({ entry, stepNo: place + 1 });
  }
  const leafHash = entries.at(-1)?.entry.leaf.hash ?? Buffer.alloc(32);
  return { entries, deliveries: [{ facts, receiver, stepNo: entries.length, leafHash, at }] };
}

/**
 * Entries of the exchanges that began in a stretch of time, in the order of time.
 * @param count at least so many, and as many more as the last exchange takes
 */
export function makeEntries(
  dice: Dice,
  { fromMs, toMs, count }: { readonly fromMs: number; readonly toMs: number; readonly count: number },
  keys: MonthKeys,
): MadeEntries {
  const entries: MadeEntry[] = [];
  const deliveries: MadeDelivery[] = [];
  while (entries.length < count) {
    const at = new Date(Math.floor(fromMs + ((toMs - fromMs) * entries.length) / count));
    const call = makeCall(dice, at);
    const made = endCall(dice, call, at, keys);
    entries.push(...made.map((entry) => ({ entry, stepNo: 0 })));
    if (call.kind.deliveries === 0 || made.at(-1)?.problem !== undefined) continue;
    for (let left = 1 + upTo(dice, call.kind.deliveries); left > 0; left -= 1) {
      const delivery = makeDelivery(dice, call, at, keys);
      entries.push(...delivery.entries);
      deliveries.push(...delivery.deliveries);
    }
  }
  return { entries, deliveries };
}
