// The decision where a receiver's code leads: units of ours first, then the agencies of the axis, and in between the
// axis' own pairs of old and new codes. It never rewrites a code and never guesses. Source: units-and-codes.md §4.2, §6
import type { Pool } from 'pg';
import { isOnlyHeir } from '../../../registry/succession.ts';
import type { Registry, Snapshot } from '../../../registry/types.ts';
import { toCodeForm } from './forms.ts';
import { toKnownAbout } from './hints.ts';
import { type CodeQuestion, isCodeOf, resolveInside, toCurrentCodes } from './inside.ts';
import { createOutsideLookup, type OutsideHolder, type OutsideLookup } from './outside.ts';
import type { Directory, NamedCode, Resolution } from './types.ts';

interface Sight {
  readonly pool: Pool;
  readonly snapshot: Snapshot;
  readonly lookUp: OutsideLookup;
}

/** Where the axis gives a code of ours another form: the unit that its own code leads to. */
function resolveByPair(
  snapshot: Snapshot,
  holders: readonly OutsideHolder[],
  question: CodeQuestion,
): Resolution | undefined {
  const found = new Map<string, Resolution>();
  for (const other of new Set(holders.flatMap(({ own, others }) => [own, ...others]))) {
    const led = resolveInside(snapshot, { ...question, code: other });
    if (led?.kind === 'inside') found.set(led.unit.id, led);
    else if (led && led.kind !== 'unknown') found.set(led.name, led);
  }
  const [only, another] = [...found.values()];
  const { code } = question;
  const form = toCodeForm(code);
  if (only && another) {
    const candidates = [...found.values()].flatMap((led) =>
      led.kind === 'inside' ? [{ code: led.code, name: led.unit.name }] : [],
    );
    return { kind: 'several', code, form, name: holders[0]?.name ?? '', candidates };
  }
  if (only?.kind === 'inside' && only.status === 'current') return { ...only, code, form, status: 'alias' };
  return only && { ...only, code, form };
}

const isLive = ({ ended }: OutsideHolder, at: Date): boolean => ended === undefined || at < ended;

async function toNamedSuccessor({ snapshot, lookUp }: Sight, code: string, at: Date): Promise<NamedCode> {
  const inside = resolveInside(snapshot, { code, at, purpose: 'status', writtenAt: at });
  if (inside?.kind === 'inside') return { code, name: inside.unit.name };
  const [outside] = await lookUp(code);
  return { code, name: outside?.name ?? code };
}

/** The codes that the lines of succession from an ended agency lead to, ended ones passed over. */
async function toHeirCodes(
  sight: Sight,
  holder: OutsideHolder,
  at: Date,
  seen: Set<string>,
): Promise<readonly string[]> {
  const heirs: string[] = [];
  for (const { code, at: since } of holder.successors) {
    if (since > at || seen.has(code)) continue;
    seen.add(code);
    const next = await sight.lookUp(code);
    const [ended] = next.some((one) => isLive(one, at)) ? [] : next;
    heirs.push(...(ended?.successors.length ? await toHeirCodes(sight, ended, at, seen) : [code]));
  }
  return heirs;
}

async function resolveEnded(
  sight: Sight,
  holder: OutsideHolder,
  question: CodeQuestion,
): Promise<Resolution> {
  const { code, at, purpose } = question;
  const form = toCodeForm(code);
  const heirs = await toHeirCodes(sight, holder, at, new Set([code]));
  const successors = await Promise.all(heirs.map((heir) => toNamedSuccessor(sight, heir, at)));
  const { name, key } = holder;
  if (successors.length > 1) return { kind: 'several', code, form, name, candidates: successors };
  if (purpose === 'new')
    return { kind: 'closed', code, form, place: 'outside', name, successors, since: holder.ended };
  const [heir] = successors;
  // The axis keeps taking statuses for one that has ended.
  if (!heir) return { kind: 'outside', code, form, agencyId: key, address: code, name, status: 'alias' };
  const inside = resolveInside(sight.snapshot, { ...question, code: heir.code });
  if (inside?.kind === 'inside') return { ...inside, code, form, status: 'successor' };
  if (inside) return { ...inside, code, form };
  const agencyId = (await sight.lookUp(heir.code))[0]?.key ?? key;
  return { kind: 'outside', code, form, agencyId, address: heir.code, name: heir.name, status: 'successor' };
}

/** New traffic is refused naming who took over; a status goes there. */
function toSuccession(
  ended: OutsideHolder,
  heir: OutsideHolder,
  { code, purpose }: CodeQuestion,
): Resolution {
  const form = toCodeForm(code);
  const { key: agencyId, name, own: address } = heir;
  if (purpose !== 'new') return { kind: 'outside', code, form, agencyId, address, name, status: 'successor' };
  const successors = [{ code: address, name }];
  return { kind: 'closed', code, form, place: 'outside', name: ended.name, successors, since: ended.ended };
}

async function resolveOutside(sight: Sight, question: CodeQuestion): Promise<Resolution | undefined> {
  const { code, at, writtenAt } = question;
  const holders = await sight.lookUp(code);
  const paired = resolveByPair(sight.snapshot, holders, question);
  if (paired) return paired;
  const isHeld = ({ from, to }: OutsideHolder): boolean =>
    from <= writtenAt && (to === undefined || writtenAt < to);
  const living = holders.filter((holder) => isLive(holder, at));
  const holder = living.find(isHeld) ?? living[0] ?? holders[0];
  if (!holder) return undefined;
  if (!isLive(holder, at)) return resolveEnded(sight, holder, question);
  // A code that was another's own, who has ended, and is written beside the code of one who lives: that one took over.
  const ended = holders.find((one) => !isLive(one, at) && one.own === code);
  if (ended && holder.own !== code) return toSuccession(ended, holder, question);
  const { key, name, own } = holder;
  const status = own === code ? 'current' : 'alias';
  return { kind: 'outside', code, form: toCodeForm(code), agencyId: key, address: code, name, status };
}

async function resolve(sight: Sight, question: CodeQuestion): Promise<Resolution> {
  const { code, at } = question;
  const form = toCodeForm(code);
  if (form === 'malformed')
    return { kind: 'unknown', code, form, known: { similar: [], above: undefined, from: undefined } };
  const found = resolveInside(sight.snapshot, question) ?? (await resolveOutside(sight, question));
  if (found) return found;
  return { kind: 'unknown', code, form, known: await toKnownAbout(sight.pool, sight.snapshot, code, at) };
}

/** The directory over the registry and the synchronised agencies. @param deps.pool of the hub's own role */
export function createDirectory({
  registry,
  pool,
  lookUp = createOutsideLookup(pool),
}: {
  readonly registry: Registry;
  readonly pool: Pool;
  readonly lookUp?: OutsideLookup;
}): Directory {
  return {
    resolve: (code, at, purpose = 'new', writtenAt = at) =>
      resolve({ pool, snapshot: registry.current, lookUp }, { code, at, purpose, writtenAt }),
    codeOf(unitId, at) {
      const unit = registry.current.unit(unitId);
      return unit && toCurrentCodes(unit, at)[0]?.code;
    },
    isOnlyHeir: (unitId, heirId, at) => isOnlyHeir(registry.current, unitId, heirId, at),
    isCodeOf: (code, unitId, at) => isCodeOf(registry.current, code, unitId, at),
  };
}
