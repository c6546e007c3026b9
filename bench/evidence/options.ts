// The words after `npm run bench -- evidence`.
import { parseArgs } from 'node:util';

/** What one run of the bench of the log does. */
export interface Options {
  readonly entries: number;
  readonly makers: number;
  readonly seed: number;
  readonly repeats: number;
  /** Where the database lies; removed at the end. */
  readonly folder: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

/** What `--help` says. */
export const usage = `npm run bench -- evidence [options]
  --entries <n>     entries of the log (10000000)
  --makers <n>      threads that make and insert them (2)
  --repeats <n>     of each search, with other values each time (200)
  --seed <n>        of what is made up (1)
  --folder <path>   where the database lies while it runs, about 4 KB an entry (the temporary folder)
  --json            no table, only the last line`;

const toCount = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(usage);
  return Number(text);
};

/** @throws Error with the usage */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      entries: { type: 'string', default: '10000000' },
      makers: { type: 'string', default: '2' },
      repeats: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    entries: toCount(values.entries),
    makers: toCount(values.makers),
    repeats: toCount(values.repeats),
    seed: toCount(values.seed),
    folder: values.folder,
    json: values.json,
    help: values.help,
  };
}
