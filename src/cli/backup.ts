// lgsp backup, backup verify, restore and keys create-backup: says what was done and, of a check, what was not.
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { makeBackup } from '../backup/backup.ts';
import { createBackupKey, openBackupKey } from '../backup/backup-key.ts';
import { BrokenBackup } from '../backup/manifest.ts';
import type { RestoredLog } from '../backup/next-log.ts';
import { type Restored, restoreBackup } from '../backup/restore.ts';
import { type VerifiedBackup, verifyBackup } from '../backup/verify.ts';
import type { LogProof } from '../backup/verify-log.ts';
import { parseVerifierKey } from '../evidence/note.ts';
import { openKeys } from '../keys.ts';
import { withHubPlace } from './hub-place.ts';

/** How the commands speak. */
export interface Speech {
  /** Prints a line of the result. */
  readonly show: (line: string) => void;
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
}

const brokenExit = 2;
const keyFlag = '--key <file>';
const keyText = 'the backup key; default: BACKUP_KEY_FILE';

const findKey = (file = process.env['BACKUP_KEY_FILE']) => {
  if (!file) throw new Error('--key is missing: the file of the backup key');
  return openBackupKey(file);
};

const toRange = ([from, to]: readonly [number, number]): string =>
  from === to ? 'none' : `${from} to ${to - 1} (${to - from})`;

function describeLog({ origin, leaves, heads, size, isSigned, keys, unsigned }: LogProof): readonly string[] {
  return [
    `  log ${origin}: the root of ${leaves} leaves was computed again from the leaves, and each of the ${heads} signed heads is of them, the newest of ${size} leaves`,
    isSigned
      ? `  log ${origin}: every head is signed by the log's key${keys > 1 ? `; its ${keys} keys follow each other by its entries` : ''}`
      : `  NOT checked: who signed the heads of ${origin}; give --log-key`,
    ...(isSigned && unsigned > 0
      ? [
          `  NOT checked: who signed the first ${unsigned} of them; later heads vouch for them, their own key was lost`,
        ]
      : []),
  ];
}

function describeVerified({ folder, manifest, logs }: VerifiedBackup): readonly string[] {
  const { tables, blobs } = manifest;
  return [
    `backup ${folder} of ${manifest.madeAt}, hub ${manifest.hub}, ${manifest.environment}`,
    `  checked: the manifest, ${tables.length} tables with ${tables.reduce((sum, { rows }) => sum + rows, 0)} rows, ${blobs.count} blobs: each byte is as it was written`,
    ...logs.flatMap(describeLog),
    '  NOT checked: whether it can be opened with the hub’s keys, which are not in it',
    'WHOLE',
  ];
}

async function verify(
  folder: string,
  options: { readonly key?: string; readonly logKey?: string },
  { show, say }: Speech,
): Promise<void> {
  const { key } = findKey(options.key);
  const trusted = options.logKey === undefined ? [] : [parseVerifierKey(options.logKey.trim())];
  try {
    const verified = await verifyBackup({ folder, key, trusted, onProgress: say });
    for (const line of describeVerified(verified)) show(line);
  } catch (error) {
    if (!(error instanceof BrokenBackup)) throw error;
    show(`BROKEN: ${error.message}`);
    process.exitCode = brokenExit;
  }
}

const describeRestored = ({
  oldOrigin,
  restored,
  lastKnown,
  again,
  lost,
}: RestoredLog): readonly string[] => [
  `log ${oldOrigin}`,
  `  verifiable here   the first ${restored.size} leaves, by the head in the backup`,
  `  last known head   ${lastKnown.size} leaves`,
  `  entered again     leaves ${toRange(again)}`,
  `  LOST              leaves ${toRange(lost)}`,
];

function describeRestore({ origin, logKey, logs, unsure, blobs }: Restored): readonly string[] {
  return [
    ...logs.flatMap(describeRestored),
    `new log ${origin}; its first entries say this`,
    `its key ${logKey}`,
    `${blobs} blobs; ${unsure} dispatches may have been sent after the backup: they are dead letters (delivery-unsure)`,
    'What was done after the last known head was signed is lost too, and nobody can say how much that was.',
  ];
}

interface RestoreFlags {
  readonly from: string;
  readonly key?: string;
  readonly lastKnown: readonly string[];
  readonly reason: string;
  readonly officer?: string;
  readonly logNumber?: string;
}

async function restore(flags: RestoreFlags, { show, say }: Speech): Promise<void> {
  const key = findKey(flags.key);
  const lastKnown = flags.lastKnown.map((file) => readFileSync(file, 'utf8'));
  const restored = await withHubPlace('all', ({ keyFolder, ...place }) =>
    restoreBackup({
      ...{ ...place, from: flags.from, key, lastKnown, onProgress: say },
      keys: openKeys(keyFolder, key.environment),
      reason: flags.reason,
      officerId: flags.officer,
      number: flags.logNumber === undefined ? undefined : Number(flags.logNumber),
    }),
  );
  for (const line of describeRestore(restored)) show(line);
}

const collect = (file: string, files: readonly string[]): readonly string[] => [...files, file];

/** Adds the commands to `lgsp`. @param keys the command `keys` */
export function addBackup(program: Command, keys: Command, speech: Speech): void {
  keys
    .command('create-backup')
    .description('make the key that seals backups; keep it apart from KEY_DIR and from the backups')
    .requiredOption('--file <file>', 'where it goes; must not exist')
    .requiredOption('--environment <name>', 'sandbox, test or production')
    .action(({ file, environment }: { file: string; environment: string }) => {
      if (!['sandbox', 'test', 'production'].includes(environment))
        throw new Error(`--environment must be sandbox, test or production, not ${environment}`);
      createBackupKey(file, environment);
      speech.show(
        `the backup key is in ${file}; without it no backup opens, so keep a second copy elsewhere`,
      );
    });
  const backup = program
    .command('backup')
    .description(
      'back up the database and its blobs beside the working hub; npx lgsp backup verify checks one',
    )
    .option('--out <folder>', 'folder of the backups of this hub')
    .option(keyFlag, keyText)
    .action(async ({ out, key }: { out?: string; key?: string }) => {
      if (out === undefined) throw new Error('--out is missing: the folder of the backups');
      const opened = findKey(key);
      const made = await withHubPlace('owner', ({ ownerUrl, blobFolder }) =>
        makeBackup({ ownerUrl, blobFolder, out, key: opened, onProgress: speech.say }),
      );
      const { log } = made.manifest;
      speech.show(`made ${made.folder}\nlog ${log.origin}, head of ${log.checkpoint?.size ?? 0} leaves`);
      speech.show(`not in it: ${made.manifest.without.join('; ')}`);
    });
  backup
    .command('verify')
    .description(
      'check every byte of a backup, and the log in it against its signed heads; needs no database',
    )
    .argument('<folder>', 'a backup, or the folder of all: then the newest')
    .option(keyFlag, keyText)
    .option(
      '--log-key <key>',
      'a verifier key of the log, its first or a later one, to check who signed its heads',
    )
    .action((folder: string, _, command: Command) => verify(folder, command.optsWithGlobals(), speech));
  program
    .command('restore')
    .description(
      'restore a backup into an empty database and an empty BLOB_DIR; the log goes on as a new one',
    )
    .requiredOption('--from <folder>', 'a backup, or the folder of all: then the newest')
    .requiredOption('--reason <text>', 'why; sealed in the log')
    .option('--officer <id>', 'who; sealed in the log')
    .option(keyFlag, keyText)
    .addOption(
      new Option('--last-known <file>', 'a signed head that was kept elsewhere; may be given several times')
        .default([])
        .argParser(collect),
    )
    .option('--log-number <number>', 'number of the new log, where the folder of backups cannot be written')
    .action((flags: RestoreFlags) => restore(flags, speech));
}
