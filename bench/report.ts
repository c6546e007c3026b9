// From samples to medians, spread, a table and the last line.
import { toColumns } from './columns.ts';
import type { Sample } from './measure.ts';
import type { StepShare } from './steps.ts';

/** All samples of one row at one size, in the order of the rounds. */
export interface Series {
  readonly name: string;
  readonly bodyKiB: number;
  readonly samples: readonly Sample[];
  /** Why the row failed, if it did. */
  readonly failure?: string;
}

type Measure = keyof Sample;
const measures: readonly Measure[] = [
  'requestsPerSecond',
  'p50Ms',
  'p99Ms',
  'cpuMsPerRequest',
  'databaseCpuMsPerRequest',
];

/** What the throughput of the hub is compared with. */
const floorName = 'express-axios';

function toMedian(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const digitsOf = (measure: Measure): number =>
  measure === 'requestsPerSecond'
    ? 0
    : measure.endsWith('CpuMsPerRequest') || measure.startsWith('cpu')
      ? 4
      : 2;

/** Medians of the rounds' ratios to the floor, round by round: a busy machine swings both alike. */
function toRatio(series: Series, all: readonly Series[]): number | null {
  const floor = all.find(({ name, bodyKiB }) => name === floorName && bodyKiB === series.bodyKiB);
  const ratios = series.samples.flatMap((sample, at) => {
    const other = floor?.samples[at];
    return other ? [sample.requestsPerSecond / other.requestsPerSecond] : [];
  });
  return ratios.length === 0 ? null : round(toMedian(ratios), 2);
}

/** One row as the last line has it. */
export function toRow(series: Series, all: readonly Series[]): Readonly<Record<string, unknown>> {
  const { name, bodyKiB, samples, failure } = series;
  const valuesOf = (measure: Measure): number[] => samples.map((sample) => sample[measure]);
  const medians = measures.map((measure) => [
    measure,
    samples.length === 0 ? null : round(toMedian(valuesOf(measure)), digitsOf(measure)),
  ]);
  const spread = measures.map((measure) => [
    measure,
    samples.length === 0
      ? null
      : [Math.min(...valuesOf(measure)), Math.max(...valuesOf(measure))].map((value) =>
          round(value, digitsOf(measure)),
        ),
  ]);
  return {
    name,
    bodyKiB,
    ...Object.fromEntries(medians),
    timesExpressAxios: toRatio(series, all),
    spread: Object.fromEntries(spread),
    rounds: samples.length,
    ...(failure !== undefined && { failure }),
  };
}

const toRange = (value: unknown): string => (Array.isArray(value) ? value.join('–') : '');

/** The table for people. */
export function toTable(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const head = [
    'row',
    'KiB',
    'req/s',
    '(min–max)',
    '×e-a',
    'p50 ms',
    'p99 ms',
    'CPU ms',
    '(min–max)',
    'DB CPU ms',
  ];
  const lines = rows.map((row) => {
    const spread = Object.entries(row).find(([name]) => name === 'spread')?.[1];
    const ranges: Readonly<Record<string, unknown>> =
      typeof spread === 'object' && spread !== null ? { ...spread } : {};
    return [
      String(row['name']),
      row['bodyKiB'],
      row['requestsPerSecond'],
      toRange(ranges['requestsPerSecond']),
      row['timesExpressAxios'],
      row['p50Ms'],
      row['p99Ms'],
      row['cpuMsPerRequest'],
      toRange(ranges['cpuMsPerRequest']),
      row['databaseCpuMsPerRequest'],
      ...(row['failure'] === undefined ? [] : [`FAILED: ${row['failure']}`]),
    ].map((cell) => String(cell ?? '–'));
  });
  return toColumns([head, ...lines]);
}

/** The table by step. */
export function toStepTable(steps: readonly StepShare[]): string {
  const lines = steps.map(({ step, usPerRequest, share }) => [
    step,
    usPerRequest.toFixed(1),
    `${(share * 100).toFixed(1)} %`,
  ]);
  return toColumns([['where the time goes', 'µs a request', 'share'], ...lines]);
}
