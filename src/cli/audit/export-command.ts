// lgsp audit export: the log with its proofs, into a folder.
import type { Command } from 'commander';
import type { Speaking } from '../verify.ts';
import { type ExportCommandOptions, exportLog } from './export.ts';

/** Who asks, for every command of an auditor. */
const withAuditor = (command: Command): Command =>
  command
    .optionsGroup('Who asks:')
    .option('--system <clientId>', 'the calling system', 'kiem-toan')
    .option('--unit <id>', 'the acting unit; default: the first one of the system')
    .option('--officer <id>', 'who asks; default: the first officer of the unit in the sandbox')
    .option('--purpose <code>', 'purpose of the grant', 'kiem-tra')
    .option('--hub <url>', 'address of another hub than the sandbox; needs --key and --log-key')
    .option('--key <file>', 'private key of the system, PEM or JWK; default: the one of the sandbox')
    .option('--sandbox <file>', 'sandbox.json of the sandbox that is meant; default: below VAR_DIR')
    .option('--log-key <key>', 'verifier key of the log; default: the one of the sandbox');

/**
 * Adds the command.
 * @param onInvalid told when what was downloaded is not valid
 */
export function addExport(audit: Command, speaking: Speaking, onInvalid: () => void): void {
  withAuditor(audit.command('export'))
    .description('export the log with proofs into a folder and verify it; called again it goes on')
    .optionsGroup('What:')
    .requiredOption('--out <folder>', 'where it goes; made, 0700, when it is missing')
    .requiredOption('--reason <text>', 'why; recorded')
    .requiredOption('--file-number <number>', 'number of the file (hồ sơ vụ việc); recorded')
    .option('--format <word>', 'ndjson or csv', 'ndjson')
    .option('--of-system <clientId>', 'only of this calling system')
    .option('--of-unit <id>', 'only of this acting unit')
    .option('--owning-unit <id>', 'only of systems that this unit owns')
    .option('--receiver <id>', 'only deliveries that this unit received')
    .option('--unit-code <code>', 'only of units that ever held this code, and where this very code was used')
    .option('--of-officer <id>', 'only of this officer')
    .option('--case-code <code>', 'only of this dossier')
    .option('--of-purpose <code>', 'only of this purpose')
    .option('--service <name>', 'only of this service, as population.v1')
    .option('--operation <id>', 'only of this operation')
    .option('--outcome <word>', 'only exchanges that stand there, as `lgsp audit search` shows')
    .option('--problem <code>', 'only exchanges that ended with this problem')
    .option('--source <name>', 'only exchanges that asked this national system')
    .option('--from <time>', 'exchanges that began at this time or later')
    .option('--to <time>', 'exchanges that began before this time')
    .option('--deep', 'read every entry when verifying, not only hash it')
    .action(async (options: ExportCommandOptions) => {
      if (!(await exportLog(options, speaking))) onInvalid();
    });
}
