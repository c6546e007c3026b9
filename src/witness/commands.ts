// lgsp witness <command>: makes a witness and runs it. It knows nothing of a hub but the public keys of its logs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { stopOnSignal } from '../stop.ts';
import { say, show } from '../terminal.ts';
import { type Conflict, describeConflict, listConflicts } from './conflicts.ts';
import { startWitness } from './server.ts';
import { addLog, createWitness, readWitnessConfig, toWitnessKey } from './witness-folder.ts';

const moreHelp = `
A witness keeps a log honest by memory: it signs only heads that extend what it signed before. Run it under another
account, best on another machine of other people; it needs no database and no key of the hub. Copy its folder nowhere
and never put an old copy of it back: what it remembers is all it is good for.`;

const conflictExit = 2;
const folderOption = (): Option =>
  new Option('--folder <folder>', 'the witness’s own folder, 0700').env('WITNESS_DIR').makeOptionMandatory();

interface Folder {
  readonly folder: string;
}

function toPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Error(`--port must be a number from 0 to 65535, not ${JSON.stringify(text)}`);
}

/** Runs until a signal or, as a child of a sandbox, until its parent is gone. */
async function serve({ folder, port }: Folder & { readonly port?: string }): Promise<void> {
  const onError = (error: unknown): void =>
    say(`a submission failed: ${error instanceof Error ? error.message : String(error)}`);
  const onConflict = (conflict: Conflict): void =>
    say(`CONFLICT: ${describeConflict(conflict)}; kept: lgsp witness conflicts`);
  for (const conflict of listConflicts(folder)) onConflict(conflict);
  const witness = await startWitness(
    folder,
    onError,
    port === undefined ? undefined : toPort(port),
    onConflict,
  );
  stopOnSignal({ stop: witness.stop, onError });
  if (process.send) {
    const leave = (): void => void witness.stop().finally(() => process.exit(0));
    process.once('disconnect', leave);
    process.send({ url: witness.url });
    if (!process.connected) leave();
  }
  show(`ready ${witness.url}`);
}

/** Says what is kept, and writes it for others. */
function tellConflicts(folder: string, out: string | undefined): void {
  readWitnessConfig(folder);
  const conflicts = listConflicts(folder);
  if (conflicts.length === 0) show('no signed head contradicts what was cosigned');
  else process.exitCode = conflictExit;
  for (const [n, conflict] of conflicts.entries()) {
    const { at, cosigned, offered } = conflict;
    show(`${at} ${describeConflict(conflict)}`);
    if (cosigned.note === undefined)
      show(
        `  the cosigned head was not kept as it was signed: ${cosigned.size} leaves, root ${cosigned.root}`,
      );
    if (out === undefined) continue;
    mkdirSync(out, { recursive: true });
    for (const [name, note] of Object.entries({ cosigned: cosigned.note, offered }))
      if (note !== undefined) {
        const file = join(out, `${n + 1}-${name}.note`);
        writeFileSync(file, note);
        show(`  ${file}`);
      }
  }
}

interface InitOptions extends Folder {
  readonly name: string;
  readonly host: string;
  readonly port: string;
}

/** Adds the commands of a witness. */
export function addWitness(parent: Command): void {
  parent.addHelpText('after', moreHelp);
  parent
    .command('init')
    .description('make a witness: its key and its configuration; prints its verifier key')
    .addOption(folderOption())
    .requiredOption('--name <name>', 'name of its key, an address without scheme, e.g. nhan-chung.example.vn')
    .option('--host <address>', 'where it listens; beyond this machine put TLS before it', '127.0.0.1')
    .option('--port <number>', 'where it listens; 0: a free one', '8090')
    .action(({ folder, name, host, port }: InitOptions) =>
      show(createWitness(folder, { name, host, port: toPort(port) })),
    );
  parent
    .command('add-log')
    .description('let it know a log, or another key of one; it takes effect at its next start')
    .addOption(folderOption())
    .requiredOption('--log-key <key>', 'verifier key of the log, <name>+<hash>+<key>')
    .option('--origin <name>', 'first line of the log’s checkpoints; default: the name of the key')
    .action(({ folder, logKey, origin }: Folder & { logKey: string; origin?: string }) => {
      addLog(folder, logKey, origin);
      show(`known to the witness ${toWitnessKey(folder)}`);
    });
  parent
    .command('key')
    .description('print its verifier key')
    .addOption(folderOption())
    .action(({ folder }: Folder) => show(toWitnessKey(folder)));
  parent
    .command('conflicts')
    .description(
      'tell of signed heads that contradict what it cosigned (exit code 2 when there are some); also while it runs, and at GET <address>/conflicts',
    )
    .addOption(folderOption())
    .option('--out <folder>', 'write both heads of each, to hand on: lgsp verify <one> <other>')
    .action(({ folder, out }: Folder & { readonly out?: string }) => tellConflicts(folder, out));
  parent
    .command('serve')
    .description('run it: POST <address>/add-checkpoint (C2SP tlog-witness)')
    .addOption(folderOption())
    .option('--port <number>', 'another port than its configuration says')
    .action(serve);
}
