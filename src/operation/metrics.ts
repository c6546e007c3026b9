// The counts of a process in Prometheus's words. prom-client hashes labels at every observation, so it is given the
// finished numbers when it is asked, and only writes them down. Every label value comes from a list that is known at start.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LogMeter, PathMeter, TokenMeter } from './meters.ts';
import type { SearchLag } from './search-lag.ts';
import { addSearchMetrics } from './search-metrics.ts';
import type { Tally } from './tally.ts';

/** Values that are read at the moment of asking; undefined: not known now. */
export interface Readings {
  readonly ready: () => boolean;
  readonly entriesWaiting: () => number;
  readonly entriesPending: () => number | undefined;
  readonly signedMsAgo: () => number;
  readonly checkpointAgeMs: () => number | undefined;
  readonly searchLag: () => SearchLag | undefined;
  readonly registryConfirmedMsAgo: () => number;
  readonly registryVersion: () => number;
  readonly clockOffMs: () => number;
  readonly clockRight: () => boolean;
  /** 1: synchronised, 0: not, undefined: nothing says so. */
  readonly clockSynchronised: () => number | undefined;
  readonly places: () => readonly {
    readonly source: string;
    readonly taken: number;
    readonly waiting: number;
  }[];
  /** State of the breaker of each source. */
  readonly breakers: () => Readonly<Record<string, string>>;
  readonly pools: () => readonly {
    readonly pool: string;
    readonly used: number;
    readonly idle: number;
    readonly waiting: number;
  }[];
}

/** What is counted and read. */
export interface MetricSources {
  readonly path: PathMeter;
  readonly log: LogMeter;
  readonly tokens: TokenMeter;
  readonly readings: Readings;
}

/** States of a breaker, as `breaker.ts` names them. */
export const breakerStates = ['closed', 'half-open', 'open'] as const;

type Labels = Readonly<Record<string, string>>;

/** A histogram whose values are taken from tallies. */
class TalliedHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #read: () => readonly (readonly [Labels, Tally])[];
  readonly #unit: number;

  /** @param unit what the tallies' values are divided by: 1,000 for seconds out of milliseconds */
  constructor(
    registry: Registry,
    name: string,
    help: string,
    unit: number,
    read: () => readonly (readonly [Labels, Tally])[],
  ) {
    super({ name, help, registers: [registry] });
    this.#name = name;
    this.#help = help;
    this.#read = read;
    this.#unit = unit;
  }

  /** What prom-client writes down. */
  async getForPromString() {
    // As with counters, what has never happened is left out.
    const happened = this.#read().filter(([, { counts }]) => counts.some((count) => count > 0));
    const values = happened.flatMap(([labels, tally]) => this.#toValues(labels, tally));
    return { name: this.#name, help: this.#help, type: 'histogram', values };
  }

  #toValues(labels: Labels, { bounds, counts, sum }: Tally) {
    let total = 0;
    const buckets = counts.map((count, place) => {
      total += count;
      const bound = bounds[place];
      const le = bound === undefined ? '+Inf' : String(bound / this.#unit);
      return { metricName: `${this.#name}_bucket`, labels: { ...labels, le }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${this.#name}_sum`, labels, value: sum / this.#unit },
      { metricName: `${this.#name}_count`, labels, value: total },
    ];
  }
}

type Counted = readonly (readonly [Labels, number])[];

function addCounter(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  read: () => Counted,
): void {
  new Counter({
    ...{ name, help, labelNames, registers: [registry] },
    collect() {
      this.reset();
      // What has never happened is left out, or every operation would have a line for every problem code.
      for (const [labels, count] of read()) if (count > 0 || labelNames.length === 0) this.inc(labels, count);
    },
  });
}

function addGauge(registry: Registry, name: string, help: string, read: () => number | undefined): void {
  new Gauge({
    ...{ name, help, registers: [registry] },
    collect() {
      this.set(read() ?? Number.NaN);
    },
  });
}

function addGauges(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  read: () => Counted,
): void {
  new Gauge({
    ...{ name, help, labelNames, registers: [registry] },
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.set(labels, value);
    },
  });
}

const perSecond = 1_000;

function addPath(registry: Registry, path: PathMeter): void {
  const { operations, sources, refusals } = path;
  addCounter(
    registry,
    'lgsp_exchanges_total',
    'Calls answered, by how they ended: answered, or the code of the problem',
    ['service', 'operation', 'outcome'],
    () =>
      operations.flatMap(({ service, operation, outcomes }) =>
        [...outcomes].map(([outcome, { count }]) => [{ service, operation, outcome }, count] as const),
      ),
  );
  new TalliedHistogram(
    registry,
    'lgsp_exchange_duration_seconds',
    'From the call to its answer',
    perSecond,
    () => operations.map(({ service, operation, durations }) => [{ service, operation }, durations] as const),
  );
  addGauge(registry, 'lgsp_exchanges_in_flight', 'Calls under way', () => path.inFlight);
  addCounter(
    registry,
    'lgsp_refusals_total',
    'Calls refused before anything was sent, by code',
    ['code'],
    () => [...refusals].map(([code, { count }]) => [{ code }, count] as const),
  );
  addCounter(
    registry,
    'lgsp_source_calls_total',
    'Calls of a source, by what came of them',
    ['source', 'outcome'],
    () =>
      sources.flatMap(({ source, outcomes }) =>
        [...outcomes].map(([outcome, { count }]) => [{ source, outcome }, count] as const),
      ),
  );
  new TalliedHistogram(registry, 'lgsp_source_call_duration_seconds', 'Time at the source', perSecond, () =>
    sources.map(({ source, durations }) => [{ source }, durations] as const),
  );
}

function addLog(registry: Registry, log: LogMeter, readings: Readings): void {
  const none: Labels = {};
  addCounter(registry, 'lgsp_entries_recorded_total', 'Entries that became durable', [], () => [
    [none, log.batches.sum],
  ]);
  new TalliedHistogram(registry, 'lgsp_record_batch_entries', 'Entries recorded together', 1, () => [
    [none, log.batches],
  ]);
  new TalliedHistogram(registry, 'lgsp_record_duration_seconds', 'Time to record a batch', perSecond, () => [
    [none, log.recordings],
  ]);
  const gauge = addGauge.bind(undefined, registry);
  gauge(
    'lgsp_entries_waiting',
    'Entries that wait for the database in this process',
    readings.entriesWaiting,
  );
  gauge('lgsp_entries_pending', 'Recorded entries of all processes that are not in the tree', () =>
    readings.entriesPending(),
  );
  gauge(
    'lgsp_sign_confirmed_age_seconds',
    'Since this process last saw all entries in the tree and its head signed',
    () => readings.signedMsAgo() / perSecond,
  );
  gauge('lgsp_checkpoint_age_seconds', 'Since the newest head was signed; an idle log signs none', () =>
    toSeconds(readings.checkpointAgeMs()),
  );
}

const toSeconds = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : ms / perSecond;

function addState(registry: Registry, readings: Readings): void {
  const gauge = addGauge.bind(undefined, registry);
  gauge('lgsp_ready', '1 while /health/ready answers 200', () => Number(readings.ready()));
  gauge(
    'lgsp_registry_confirmed_age_seconds',
    'Since the database confirmed that the registry in memory is the newest',
    () => readings.registryConfirmedMsAgo() / perSecond,
  );
  gauge('lgsp_registry_version', 'Version of the registry in memory', readings.registryVersion);
  gauge('lgsp_clock_off_seconds', "This process's clock minus the database's", () =>
    toSeconds(readings.clockOffMs()),
  );
  gauge('lgsp_clock_right', '1 while the clock may be trusted; else nothing is signed', () =>
    Number(readings.clockRight()),
  );
  gauge(
    'lgsp_clock_synchronised',
    "1 while the machine's clock is synchronised, NaN when nothing says so",
    readings.clockSynchronised,
  );
}

function addPlaces(registry: Registry, readings: Readings): void {
  addGauges(
    registry,
    'lgsp_places',
    'Calls that hold a place at a source, or wait for one',
    ['source', 'state'],
    () =>
      readings.places().flatMap(({ source, taken, waiting }) => [
        [{ source, state: 'taken' }, taken],
        [{ source, state: 'waiting' }, waiting],
      ]),
  );
  addGauges(
    registry,
    'lgsp_source_breaker',
    '1 for the state that the breaker is in',
    ['source', 'state'],
    () =>
      Object.entries(readings.breakers()).flatMap(([source, now]) =>
        breakerStates.map((state) => [{ source, state }, Number(state === now)] as const),
      ),
  );
  addGauges(
    registry,
    'lgsp_pool_connections',
    'Connections to the database, and calls that wait for one',
    ['pool', 'state'],
    () =>
      readings.pools().flatMap(({ pool, used, idle, waiting }) => [
        [{ pool, state: 'used' }, used],
        [{ pool, state: 'idle' }, idle],
        [{ pool, state: 'waiting' }, waiting],
      ]),
  );
}

/** The metrics of a process: ours, and those of Node (memory, garbage collection, event loop). */
export function createMetrics({ path, log, tokens, readings }: MetricSources): Registry {
  const registry = new Registry();
  addPath(registry, path);
  addLog(registry, log, readings);
  addSearchMetrics(registry, readings.searchLag);
  addState(registry, readings);
  addPlaces(registry, readings);
  addCounter(
    registry,
    'lgsp_tokens_total',
    'Requests at the token endpoint, by what came of them',
    ['outcome'],
    () => [...tokens.outcomes].map(([outcome, { count }]) => [{ outcome }, count] as const),
  );
  collectDefaultMetrics({ register: registry });
  return registry;
}
