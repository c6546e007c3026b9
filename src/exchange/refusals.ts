// What is recorded of refusals before an exchange is opened. Those of authenticated callers singly, up to a limit per
// system and reason; beyond it, and for callers unknown, one entry a minute per reason and network with a count, so
// that nobody can fill the log. While the database is away the counts wait here, bounded.
import { v7 as uuidv7 } from 'uuid';
import { toNetwork } from '../addresses.ts';
import type { Recorded } from '../evidence/ticket.ts';
import type { EvidenceLog } from '../evidence/types.ts';
import type { Problem } from '../problem.ts';
import { type AnyStage, toFacts, toPrivateFacts, toRefusingStep } from './facts.ts';

const singlePerMinute = 60;
const minuteMs = 60_000;
const maxCounters = 2_000;

/** Shedding never waits for the log. */
const shedding = new Set([
  'rate-exceeded',
  'quota-exceeded',
  'source-busy',
  'hub-busy',
  'hub-stopping',
  'registry-stale',
]);

/** Records refusals. */
export interface Refusals {
  /** @returns the durable entry of this very refusal; undefined when it was only counted */
  note(stage: AnyStage, problem: Problem): Promise<Recorded | undefined>;
  /** Writes what was counted, as far as the log takes it. */
  stop(): Promise<void>;
}

/** How many refusals of one kind there were, since when. */
interface Counter {
  readonly problem: string;
  readonly status: number;
  readonly network: string;
  readonly systemId: string | null;
  readonly service: string | null;
  readonly count: number;
  readonly from: Date;
  readonly to: Date;
}

const toCounter = (stage: AnyStage, { code, status }: Problem): Counter => ({
  problem: code,
  status,
  network: toNetwork(stage.call.remoteAddress),
  systemId: toFacts(stage).systemId,
  service: stage.operation?.service ?? null,
  count: 1,
  from: stage.at,
  to: stage.at,
});

const toKey = ({ problem, network, systemId, service }: Counter): string =>
  [problem, network, systemId, service].join(' ');

const toSum = (one: Counter, other: Counter): Counter => ({
  ...one,
  count: one.count + other.count,
  from: one.from < other.from ? one.from : other.from,
  to: one.to > other.to ? one.to : other.to,
});

/** At most `maxCounters` kinds, and one more for each code that takes what does not fit. */
function createCounters() {
  let counters = new Map<string, Counter>();
  return {
    add(counter: Counter): void {
      const fits = counters.has(toKey(counter)) || counters.size < maxCounters;
      const placed = fits ? counter : { ...counter, network: 'other', systemId: null, service: null };
      const known = counters.get(toKey(placed));
      counters.set(toKey(placed), known ? toSum(known, placed) : placed);
    },
    takeAll(): readonly Counter[] {
      const taken = [...counters.values()];
      counters = new Map();
      return taken;
    },
  };
}

function write(log: EvidenceLog, counter: Counter): Promise<Recorded> {
  const { systemId, service, network, ...counted } = counter;
  return log.refuse({
    kind: 'refusals',
    facts: {
      exchangeId: uuidv7(),
      systemId,
      owningUnit: null,
      actingUnit: null,
      service,
      operation: null,
      grantId: null,
    },
    ...counted,
    private: { network },
  });
}

/** @param onError told once when counts could not be written; they are tried again a minute later */
export function createRefusals(log: EvidenceLog, onError: (error: unknown) => void): Refusals {
  const counters = createCounters();
  const singles = new Map<string, number>();

  /** All at once, so that a database that is away costs one wait and not one for each. */
  async function flush(): Promise<void> {
    singles.clear();
    const due = counters.takeAll();
    const written = await Promise.allSettled(due.map((counter) => write(log, counter)));
    const failures = written.filter((result) => result.status === 'rejected');
    due.forEach((counter, at) => {
      if (written[at]?.status === 'rejected') counters.add(counter);
    });
    if (failures[0]) onError(failures[0].reason);
  }

  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(flush);
  }, minuteMs);
  timer.unref();

  return {
    async note(stage, problem) {
      const { systemId } = toFacts(stage);
      const key = `${systemId} ${problem.code}`;
      const written = singles.get(key) ?? 0;
      const isCounted = systemId === null || shedding.has(problem.code) || written >= singlePerMinute;
      // A log that is away is not waited for.
      if (isCounted || !log.healthy) {
        counters.add(toCounter(stage, problem));
        return undefined;
      }
      singles.set(key, written + 1);
      try {
        return await log.refuse({
          kind: 'refused',
          facts: toFacts(stage),
          problem: problem.code,
          status: problem.status,
          count: 1,
          from: stage.at,
          to: stage.at,
          private: {
            ...toPrivateFacts(stage),
            step: toRefusingStep(stage),
            responsible: problem.more.responsible,
          },
        });
      } catch (error) {
        onError(error);
        counters.add(toCounter(stage, problem));
        return undefined;
      }
    },
    async stop() {
      clearInterval(timer);
      await running.then(flush);
    },
  };
}
