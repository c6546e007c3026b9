// What the hub's process says of itself while the day goes on: CPU time and memory, from its metrics.

/** Figures of one hub process. */
export interface HubFigures {
  readonly cpuMs: number;
  /** The largest seen. */
  readonly rssMiB: number;
}

/** Watches; `undefined` where there are no metrics. */
export interface Gauge {
  stop(): Promise<HubFigures | undefined>;
}

const everyMs = 1_000;

function readFigure(text: string, name: string): number {
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** Begins to watch. @param metricsUrl of the hub, from sandbox.json */
export function startGauge(metricsUrl: string | undefined): Gauge {
  const cpu: number[] = [];
  let most = 0;
  async function look(): Promise<void> {
    if (metricsUrl === undefined) return;
    const text = await fetch(metricsUrl).then(
      (response) => response.text(),
      () => '',
    );
    const seconds = readFigure(text, 'process_cpu_seconds_total');
    if (Number.isFinite(seconds)) cpu.push(seconds * 1_000);
    most = Math.max(most, readFigure(text, 'process_resident_memory_bytes') || 0);
  }
  const first = look();
  const timer = setInterval(() => void look(), everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await first;
      await look();
      const [began, ended] = [cpu[0], cpu.at(-1)];
      if (began === undefined || ended === undefined) return undefined;
      return { cpuMs: Math.round(ended - began), rssMiB: Math.round(most / 2 ** 20) };
    },
  };
}
