// What is recorded of refusals before an exchange is opened. Those of authenticated callers singly, up to a limit per
// system and reason; beyond it, and for callers unknown, one entry a minute per reason and network with a count, so
// that nobody can fill the log. While the database is away the counts wait here, bounded.
import { v7 as uuidv7 } from 'uuid';
import type { EvidenceLog } from '../evidence/types.ts';
import type { Problem } from '../problem.ts';
import { type AnyStage, toFacts, toNetwork, toPrivateFacts } from './facts.ts';

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
  /** @returns true when this very refusal has a durable entry of its own */
  note(stage: AnyStage, problem: Problem): Promise<boolean>;
  /** Writes what was counted, as far as the log takes it. */
  stop(): Promise<void>;
}

interface Counter {
  readonly problem: string;
  readonly status: number;
  readonly network: string;
  readonly systemId: string | null;
  readonly service: string | null;
  count: number;
  readonly from: Date;
  to: Date;
}

/** @param onError told when counts could not be written; they are tried again a minute later */
export function createRefusals(log: EvidenceLog, onError: (error: unknown) => void): Refusals {
  let counters = new Map<string, Counter>();
  const singles = new Map<string, number>();

  function count(stage: AnyStage, problem: Problem): void {
    const known = toNetwork(stage.call.remoteAddress);
    const systemId = stage.system?.id ?? null;
    const service = stage.operation?.service ?? null;
    let network = known;
    let key = [problem.code, network, systemId, service].join(' ');
    if (!counters.has(key) && counters.size >= maxCounters) {
      network = 'other';
      key = `${problem.code} other`;
    }
    const counter = counters.get(key);
    if (counter) {
      counter.count += 1;
      counter.to = stage.at;
      return;
    }
    const isOther = network === 'other';
    counters.set(key, {
      problem: problem.code,
      status: problem.status,
      network,
      systemId: isOther ? null : systemId,
      service: isOther ? null : service,
      count: 1,
      from: stage.at,
      to: stage.at,
    });
  }

  async function write(counter: Counter): Promise<void> {
    await log.refuse({
      kind: 'refusals',
      facts: {
        exchangeId: uuidv7(),
        systemId: counter.systemId,
        owningUnit: null,
        actingUnit: null,
        service: counter.service,
        operation: null,
        grantId: null,
      },
      problem: counter.problem,
      status: counter.status,
      count: counter.count,
      from: counter.from,
      to: counter.to,
      private: { network: counter.network },
    });
  }

  async function flush(): Promise<void> {
    singles.clear();
    const due = counters;
    counters = new Map();
    for (const [key, counter] of due) {
      try {
        await write(counter);
      } catch (error) {
        onError(error);
        const newer = counters.get(key);
        if (newer) newer.count += counter.count;
        else counters.set(key, counter);
      }
    }
  }

  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(flush);
  }, minuteMs);
  timer.unref();

  return {
    async note(stage, problem) {
      const key = `${stage.system?.id} ${problem.code}`;
      const written = singles.get(key) ?? 0;
      if (!stage.system || shedding.has(problem.code) || written >= singlePerMinute) {
        count(stage, problem);
        return false;
      }
      singles.set(key, written + 1);
      try {
        await log.refuse({
          kind: 'refused',
          facts: toFacts(stage),
          problem: problem.code,
          status: problem.status,
          count: 1,
          from: stage.at,
          to: stage.at,
          private: toPrivateFacts(stage),
        });
        return true;
      } catch (error) {
        onError(error);
        count(stage, problem);
        return false;
      }
    },
    async stop() {
      clearInterval(timer);
      await running.then(flush);
    },
  };
}
