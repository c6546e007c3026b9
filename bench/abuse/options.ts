// The words after `npm run bench -- abuse`.
import { parseArgs } from 'node:util';

/** What one run does. */
export interface Options {
  readonly lookUps: number;
  readonly abuses: number;
  /** Look-ups of the one day that is only asked for its time. */
  readonly fullDay: number;
  readonly seed: number;
  /** Where the database lies; removed at the end. */
  readonly folder: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

/** What `--help` says. */
export const usage = `npm run bench -- abuse [options]
  --look-ups <n>    honest look-ups of a month (100000)
  --abuses <n>      put among them (50)
  --full-day <n>    look-ups of one more day, asked for its time only (50000)
  --seed <n>        of what is made up (1)
  --folder <path>   where the database lies while it runs (the temporary folder)
  --json            no table, only the last line`;

const toCount = (text: string): number => {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new Error(usage);
  return Number(text);
};

/** @throws Error with the usage */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      'look-ups': { type: 'string', default: '100000' },
      abuses: { type: 'string', default: '50' },
      'full-day': { type: 'string', default: '50000' },
      seed: { type: 'string', default: '1' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    lookUps: toCount(values['look-ups']),
    abuses: toCount(values.abuses),
    fullDay: toCount(values['full-day']),
    seed: toCount(values.seed),
    folder: values.folder,
    json: values.json,
    help: values.help,
  };
}
