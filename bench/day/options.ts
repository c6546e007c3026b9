// What `npm run day` is told.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rootFolder } from '../../src/root.ts';

/** How it is called. */
export const usage = `npm run day -- [options]
  --documents <n>    documents of the day (8000)
  --dossiers <n>     dossiers of the public-service portal, 0 for none (an eighth of the documents)
  --payments <n>     online payments, 0 for none (a sixteenth of the documents)
  --units <n>        units that take part, of each system (all)
  --seed <n>         another day (1)
  --at-once <n>      sendings at once (12)
  --look-every <ms>  from one look into an inbox to the next (3000)
  --sandbox <file>   sandbox.json of the running sandbox
  --json             the last line only: one JSON object`;

const shares = { dossiers: 1 / 8, payments: 1 / 16 } as const;

/** Reads the options. @throws Error with the usage */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      documents: { type: 'string', default: '8000' },
      dossiers: { type: 'string' },
      payments: { type: 'string' },
      units: { type: 'string', default: '9999' },
      seed: { type: 'string', default: '1' },
      'at-once': { type: 'string', default: '12' },
      'look-every': { type: 'string', default: '3000' },
      sandbox: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const toShare = (share: number): string => String(Math.ceil(Number(values.documents) * share));
  const { dossiers = toShare(shares.dossiers), payments = toShare(shares.payments) } = values;
  const numbers = [values.documents, values.units, values.seed, values['at-once'], values['look-every']];
  const parts = [dossiers, payments];
  if (!numbers.every((text) => /^[1-9]\d{0,6}$/.test(text)) || !parts.every((text) => /^\d{1,6}$/.test(text)))
    throw new Error(usage);
  const varFolder = process.env['VAR_DIR'] ?? join(rootFolder, 'var');
  return {
    documents: Number(values.documents),
    dossiers: Number(dossiers),
    payments: Number(payments),
    units: Number(values.units),
    seed: Number(values.seed),
    sendersAtOnce: Number(values['at-once']),
    lookEveryMs: Number(values['look-every']),
    file: values.sandbox ?? process.env['SANDBOX_FILE'] ?? join(varFolder, 'sandbox', 'sandbox.json'),
    isJson: values.json,
    isHelp: values.help,
  };
}
