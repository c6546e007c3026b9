// lgsp <command>: what a connected system, an administrator or an auditor does from a terminal.
import { Command, CommanderError } from 'commander';
import { toMessage } from '../database/start-error.ts';
import { progress, say, show } from '../terminal.ts';
import { addWitness } from '../witness/commands.ts';
import { addAdministration } from './admin/index.ts';
import { addExport } from './audit/export-command.ts';
import { addAudit } from './audit/index.ts';
import { addRetention } from './audit/retention.ts';
import { addBackup } from './backup.ts';
import { bootstrap } from './bootstrap-administration.ts';
import { type CallerOptions, makeHeaders, obtainToken, openCallingSystem } from './calling-system.ts';
import { type DiagnosisOptions, explainToken } from './diagnosis.ts';
import { openDpopKey } from './dpop-key.ts';
import { toExplanationLines } from './explanation.ts';
import { writeHeaders } from './headers-file.ts';
import { makeKeys, rotateKey, rotateLog } from './keys.ts';
import { addLogCommands } from './log.ts';
import { migrate } from './migrate.ts';
import { explainReceipt, fetchEvidence, readExchangeId, saveReceipt } from './receipt.ts';
import { type ReconcileOptions, reconcileSource } from './reconcile.ts';
import { addSampleOptions, type SampleOptions, verifySampleFile } from './sample.ts';
import { findLogKey, findWitnesses } from './sandbox-option.ts';
import { addTicketOptions, type TicketOptions, verifyTicketFile } from './ticket-option.ts';
import { addTimeStampOptions, type TimeStampOptions, verifyTimeStampFile } from './time-stamp.ts';
import { UsageError } from './usage-error.ts';
import { readChain, type VerifyOptions, verifyAll } from './verify.ts';

const invalidExit = 2;
const usageExit = 2;

const moreHelp = `
Exit codes:
  0  done
  1  could not be done; one sentence on standard error says why
  2  a receipt, an export, a sample or checkpoints are not valid, the backup is broken, or a check of the token failed; the reason
     on standard output
     (of admin: the command was not given as it must be, or a file that it names cannot be read)

Environment:
  VAR_DIR  the folder of the sandbox's files, as npm start was given it (default: var in this checkout)

Without --hub the commands call the sandbox of this checkout, which npm start runs; a system that was registered
there since is named by --system, --key and --unit.`;

const sandboxFlag = '--sandbox <file>';
const sandboxText = 'sandbox.json of the sandbox that is meant; default: below VAR_DIR';
const logKeyFlag = '--log-key <key>';
const keyChainFlag = '--key-chain <file>';
const keyChainText =
  'what GET /log/keys of the hub answers: leads from the log key to those that followed it';
const logKeyText = 'verifier key of the log, <name>+<hash>+<key>; default: the one of the sandbox';

/** Options that may be given several times. */
const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const witnessFlag = '--witness <key>';
const witnessText = 'verifier key of a witness, may be repeated; default: those of the sandbox';

function callerOptions(command: Command, system = 'mot-cua'): Command {
  return command
    .option('--system <clientId>', 'the calling system', system)
    .option('--unit <id>', 'the acting unit; default: the first one of the system')
    .option('--hub <url>', 'address of another hub than the sandbox; needs --key')
    .option('--key <file>', 'private key of the system, PEM or JWK; default: the one of the sandbox’s file')
    .option(sandboxFlag, sandboxText);
}

const program = new Command('lgsp')
  .description('the LGSP hub from a terminal')
  .showHelpAfterError('(--help says how)')
  .addHelpText('after', moreHelp);

callerOptions(program.command('token'))
  .description('print an access token for one acting unit (bearer; for a bound one see headers)')
  .option(
    '--dpop-key <file>',
    'private key (PEM, P-256 or Ed25519) to bind the token to; made when it is missing',
  )
  .action(async (options: CallerOptions & { dpopKey?: string }) => {
    const dpopKey = options.dpopKey === undefined ? undefined : openDpopKey(options.dpopKey);
    show((await obtainToken(openCallingSystem(options), dpopKey)).accessToken);
  });

callerOptions(program.command('headers'))
  .description('print the headers Authorization and DPoP for one call; good for this call only, for a minute')
  .argument('<method>', 'GET, POST, …')
  .argument('<url>', 'the full address of the call')
  .option(
    '--file [file]',
    'write them to a file (0600) and print its name, for curl -H @<file>; default: beside sandbox.json',
  )
  .action(async (method: string, url: string, options: CallerOptions & { file?: string | true }) => {
    const headers = await makeHeaders(openCallingSystem(options), method.toUpperCase(), url);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    show(options.file === undefined ? lines.join('\n') : writeHeaders(lines, options.file, options));
  });

program
  .command('diagnose')
  .description('ask the hub why an access token does not work; the token is not kept')
  .argument('<token>', 'the file of the token, - for standard input')
  .option('--operation <name>', '<service>/<operationId> that is to be called')
  .option('--unit <id>', 'the unit for which it is to be called')
  .option('--purpose <code>', 'as in the header Purpose')
  .option('--proof <file>', 'the DPoP proof of the call')
  .option('--hub <url>', 'address of another hub than the sandbox')
  .option(sandboxFlag, sandboxText)
  .option('--json', 'print the hub’s answer as it is')
  .action(async (file: string, options: DiagnosisOptions) => {
    if (!(await explainToken(file, options, show))) process.exitCode = invalidExit;
  });

callerOptions(program.command('receipt'))
  .description('fetch the receipt of an exchange and verify it')
  .argument('<exchange>', 'the exchange id, or a file with the answer’s headers')
  .option('--out <file>', 'save the receipt')
  .option(logKeyFlag, logKeyText)
  .option(witnessFlag, witnessText, collect)
  .option(keyChainFlag, keyChainText)
  .action(async (exchange: string, options: CallerOptions & VerifyOptions & { out?: string }) => {
    const logKey = findLogKey(options);
    const witnesses = findWitnesses(options);
    const text = await fetchEvidence(openCallingSystem(options), readExchangeId(exchange), 'receipt');
    if (options.out !== undefined) saveReceipt(options.out, text);
    if (!explainReceipt(text, logKey, show, { witnesses, chain: readChain(options) }))
      process.exitCode = invalidExit;
    else if (options.out !== undefined)
      show(`saved ${options.out}; to verify it again, offline: npx lgsp verify ${options.out}`);
  });

callerOptions(program.command('explain'))
  .description('say why an exchange ended as it did, and who must act')
  .argument('<exchange>', 'the exchange id, or a file with the answer’s headers')
  .option('--json', 'print the explanation as the hub gives it')
  .action(async (exchange: string, options: CallerOptions & { json?: true }) => {
    const text = await fetchEvidence(openCallingSystem(options), readExchangeId(exchange), 'explanation');
    show(options.json ? text : toExplanationLines(text).join('\n'));
  });

addTimeStampOptions(addTicketOptions(addSampleOptions(program.command('verify'))))
  .description(
    'verify offline a receipt, an export or archive, two checkpoints, a sample, or a time stamp: no network, no database; with --log-key nothing of the sandbox either',
  )
  .argument(
    '[path...]',
    'the file of a receipt, the folder of an export; the files of two checkpoints, with --proof unless they are of one size',
  )
  .option(logKeyFlag, logKeyText)
  .option(witnessFlag, witnessText, collect)
  .option(keyChainFlag, keyChainText)
  .option(sandboxFlag, sandboxText)
  .option('--proof <file>', 'the answer of GET /log/consistency for the two checkpoints')
  .option(
    '--head <file>',
    'a head that was kept, or an answer of /log/time-stamps (needs --authority), may be repeated: the export’s tree must begin with it, and with --deep its times must fit the dates that --witness or --authority gave it',
    collect,
  )
  .option('--purge <file>', 'the receipt of the entry that purged the private part of a receipt')
  .option('--deep', 'read every entry and sealed part of an export, not only hash it')
  .action(
    async (paths: string[], options: VerifyOptions & SampleOptions & TicketOptions & TimeStampOptions) => {
      const { ticket, timeStamp, sample } = options;
      const given = [paths.length > 0 || undefined, ticket, timeStamp, sample].filter(
        (one) => one !== undefined,
      );
      if (given.length !== 1)
        throw new UsageError('verify takes one of: files, --sample, --ticket, --time-stamp');
      const check = async (): Promise<boolean> => {
        if (ticket !== undefined) return verifyTicketFile(ticket, options, show);
        if (sample !== undefined) return verifySampleFile(sample, options, show);
        if (timeStamp !== undefined) return verifyTimeStampFile(timeStamp, options, show);
        return verifyAll(paths, options, { show, progress });
      };
      if (!(await check())) process.exitCode = invalidExit;
    },
  );

callerOptions(program.command('reconcile'), 'kiem-toan')
  .description('compare a day of the log with the source’s own list of calls: what each side has alone')
  .argument('<source>', 'its name, as population')
  .argument(
    '<file>',
    'its list: JSON lines or CSV with at, call, and where it has them code, answerSha256, answerBytes',
  )
  .option('--day <day>', 'yyyy-MM-dd; default: the day of the first call on the list')
  .option('--until <time>', 'of a day that is not over: when the list was made; default: its newest call')
  .option('--json', 'print the result as one JSON object')
  .action(async (source: string, file: string, options: ReconcileOptions) => {
    if (!(await reconcileSource(source, file, options, show))) process.exitCode = invalidExit;
  });

const keys = program.command('keys').description('the hub’s own keys');

keys
  .command('rotate-token')
  .description('publish the next key of access tokens; running processes switch to it by themselves')
  .requiredOption('--folder <folder>', 'KEY_DIR of the hub')
  .option('--after <seconds>', 'how long the next key is published before it signs', '600')
  .option(
    '--stolen',
    'the keys until now are in wrong hands: refuse their tokens as soon as the next one signs',
  )
  .addHelpText('after', '\nNeeds DATABASE_OWNER_URL, the database as its owner.')
  .action(async (options: { folder: string; after: string; stolen?: true }) => {
    const { kid, signsFrom, retiredAt } = await rotateKey(options);
    show(`next key       ${kid}\nsigns from     ${signsFrom.toISOString()}`);
    show(`old tokens until ${retiredAt.toISOString()}`);
  });

keys
  .command('rotate-log')
  .description(
    'make the next key of the log and record that it comes; running processes switch to it by themselves',
  )
  .requiredOption('--folder <folder>', 'KEY_DIR of the hub')
  .option('--overlap <time>', 'how long the key until now signs beside it: 7d, 12h, 90s', '7d')
  .option('--stolen', 'the key until now is in wrong hands: no overlap')
  .option('--reason <text>', 'why; sealed in the entry')
  .addHelpText('after', '\nNeeds DATABASE_OWNER_URL, the database as its owner.')
  .action(async (options: { folder: string; overlap: string; stolen?: true; reason?: string }) => {
    const { key, after, aloneFrom, exchangeId } = await rotateLog(options);
    show(`next key    ${key}\nafter       ${after}`);
    show(`signs alone ${aloneFrom.toISOString()}\nentry       ${exchangeId}`);
  });

keys
  .command('create')
  .description('make the log, token, field and blob keys that are missing; those that exist stay as they are')
  .requiredOption('--folder <folder>', 'KEY_DIR of the hub')
  .requiredOption('--environment <name>', 'sandbox, test or production')
  .action(({ folder, environment }: { folder: string; environment: string }) => {
    makeKeys(folder, environment);
    show(`the keys are in ${folder}`);
  });

addBackup(program, keys, { show, say });

program
  .command('migrate')
  .description(
    'bring the database to the schema of this program; reads LGSP_ENVIRONMENT, DATABASE_OWNER_URL and the addresses of the roles as the hub does',
  )
  .action(async () => {
    const applied = await migrate();
    show(applied.length === 0 ? 'the schema is current' : `applied: ${applied.join(', ')}`);
  });

program
  .command('bootstrap-administration')
  .description(
    'make the administrators that a hub lacks until two can act; reads DATABASE_OWNER_URL and KEY_DIR as the hub does',
  )
  .requiredOption('--file <file>', 'who they are, JSON, mode 0600; docs/operating.md shows one')
  .action(async ({ file }: { file: string }) => {
    const made = (await bootstrap(file)) === 1 ? 'one administrator is' : 'two administrators are';
    show(`${made} registered; delete ${file}, it holds personal numbers`);
  });

addLogCommands(program.command('log').description('the exchange log of a hub'), show);
addWitness(program.command('witness').description('a witness of exchange logs (lgsp witness --help)'));

const administration = program
  .command('admin')
  .description('administration: units, systems, keys, mandates, grants, … (lgsp admin --help)');
// Its commands are made from the contract, which the others need not wait for.
const isAdministration = process.argv.slice(2).includes(administration.name());
if (isAdministration) addAdministration(administration, { show, say });
const audit = program
  .command('audit')
  .description(
    'search the exchange log, time lines, figures, persons, unusual access, samples, exports, retention, holds (lgsp audit --help)',
  );
if (process.argv.slice(2).includes(audit.name())) {
  const onInvalid = (): void => {
    process.exitCode = invalidExit;
  };
  addAudit(audit, { show, say }, onInvalid);
  addRetention(audit, { show, say });
  addExport(audit, { show, progress }, onInvalid);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said it already: help that was asked for, or how a command of administration must be given.
    process.exitCode = error.exitCode === 0 ? 0 : usageExit;
  } else {
    say(`lgsp: ${toMessage(error)}`);
    process.exitCode = isAdministration && error instanceof UsageError ? usageExit : 1;
  }
}
