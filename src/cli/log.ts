// lgsp log <command>: acts on the exchange log itself, by those who hold the hub's keys and its database.
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { createPool } from '../database/pool.ts';
import { acceptHead } from '../evidence/anchor/accept-head.ts';
import { openLogName } from '../evidence/origin.ts';
import { checkKeys } from '../key-check.ts';
import { openKeys } from '../keys.ts';

interface AcceptOptions {
  readonly reason: string;
  readonly decision: string;
}

/** Takes the head of the hub that the environment describes. @throws Error in one sentence */
async function accept({ reason, decision }: AcceptOptions, show: (line: string) => void): Promise<void> {
  const config = readConfig(process.env);
  const ownerUrl = config.database?.ownerUrl;
  if (ownerUrl === undefined) throw new Error('DATABASE_OWNER_URL is missing: the database as its owner');
  const keys = openKeys(config.keyFolder, config.environment);
  const owner = createPool(ownerUrl, { max: 2, applicationName: 'lgsp accept-head' });
  try {
    // After a restore another log is written, of another name.
    const { origin } = await openLogName(owner, config.logOrigin);
    await checkKeys(owner, keys, origin);
    const places = {
      ...{ pool: owner, owner, anchorFile: config.anchorFile, witnesses: config.settings.witnesses ?? [] },
      ...{ origin, key: keys.log },
    };
    const { obstacles, taken, exchangeId } = await acceptHead(places, keys, { reason, decision });
    for (const { source, why } of obstacles) show(`given up   ${source}: ${why}`);
    show(`taken      the head of ${taken.size} leaves, ${taken.root.toString('base64')}`);
    show(`recorded   ${exchangeId}; the hub goes on by itself`);
  } finally {
    await owner.end();
  }
}

/** Adds the commands. */
export function addLogCommands(parent: Command, show: (line: string) => void): void {
  parent
    .command('accept-head')
    .description(
      'take the head of a database that does not extend the anchor or a witness: what was recorded beyond it is given up, and the act is an entry',
    )
    .requiredOption('--reason <text>', 'why, in your own words; sealed in the entry')
    .requiredOption('--decision <number>', 'number of the decision that allows it')
    .addHelpText(
      'after',
      '\nRun it with the environment of the hub (DATABASE_OWNER_URL, KEY_DIR, ANCHOR_FILE, …).',
    )
    .action((options: AcceptOptions) => accept(options, show));
}
