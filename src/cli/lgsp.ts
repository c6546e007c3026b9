// lgsp <command>: what a connected system, an administrator or an auditor does from a terminal.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { createKeys } from '../keys.ts';
import { toSandboxFolders } from '../sandbox/folders.ts';
import { readSandboxFile } from '../sandbox/sandbox-file.ts';
import { type CallerOptions, makeHeaders, obtainToken, openCallingSystem } from './calling-system.ts';
import { openDpopKey } from './dpop-key.ts';
import { explainReceipt, fetchReceipt, readExchangeId, saveReceipt } from './receipt.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Exit codes: 0 done, 1 could not be done, 2 a receipt that is not valid. */
const invalidExit = 2;

const folders = () => toSandboxFolders(process.env['VAR_DIR']);

function callerOptions(command: Command): Command {
  return command
    .option('--system <clientId>', 'the calling system', 'mot-cua')
    .option('--unit <id>', 'the acting unit; default: the first one of the system')
    .option('--hub <url>', 'address of the hub; default: the sandbox')
    .option('--key <file>', 'private key of the system, PEM or JWK; default: the one of the sandbox');
}

const toLogKey = (option: string | undefined): string => option ?? readSandboxFile(folders().file).logKey;

const program = new Command('lgsp').description('the LGSP hub from a terminal').showHelpAfterError();

callerOptions(program.command('token'))
  .description('print an access token for one acting unit (bearer; for a bound one see headers)')
  .option(
    '--dpop-key <file>',
    'private key (PEM, P-256 or Ed25519) to bind the token to; made when it is missing',
  )
  .action(async (options: CallerOptions & { dpopKey?: string }) => {
    const dpopKey = options.dpopKey === undefined ? undefined : openDpopKey(options.dpopKey);
    say((await obtainToken(openCallingSystem(options), dpopKey)).accessToken);
  });

callerOptions(program.command('headers'))
  .description('print the headers Authorization and DPoP for one call')
  .argument('<method>', 'GET, POST, …')
  .argument('<url>', 'the full address of the call')
  .option('--file', 'write them to a file and print its name, for curl -H @<file>')
  .action(async (method: string, url: string, options: CallerOptions & { file?: true }) => {
    const headers = await makeHeaders(openCallingSystem(options), method, url);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    if (!options.file) return say(lines.join('\n'));
    const file = join(folders().root, 'headers.txt');
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    say(relative(process.cwd(), file));
  });

callerOptions(program.command('receipt'))
  .description('fetch the receipt of an exchange and verify it')
  .argument('<exchange>', 'the exchange id, or a file with the answer’s headers')
  .option('--out <file>', 'save the receipt')
  .option('--log-key <key>', 'verifier key of the log; default: the one of the sandbox')
  .action(async (exchange: string, options: CallerOptions & { out?: string; logKey?: string }) => {
    const text = await fetchReceipt(openCallingSystem(options), readExchangeId(exchange));
    if (options.out !== undefined) saveReceipt(options.out, text);
    if (!explainReceipt(text, toLogKey(options.logKey), say)) process.exitCode = invalidExit;
    else if (options.out !== undefined)
      say(`saved ${options.out}; verify it again offline: npx lgsp verify ${options.out}`);
  });

program
  .command('verify')
  .description('verify a receipt offline: no network, no database')
  .argument('<receipt>', 'the file of the receipt')
  .option('--log-key <key>', 'verifier key of the log; default: the one of the sandbox')
  .action((file: string, options: { logKey?: string }) => {
    if (!explainReceipt(readFileSync(file, 'utf8'), toLogKey(options.logKey), say))
      process.exitCode = invalidExit;
  });

program
  .command('keys')
  .description('the hub’s own keys')
  .command('create')
  .description('make the log, token and field keys that are missing')
  .requiredOption('--folder <folder>', 'KEY_DIR of the hub')
  .requiredOption('--environment <name>', 'sandbox, test or production')
  .action(({ folder, environment }: { folder: string; environment: string }) => {
    if (!['sandbox', 'test', 'production'].includes(environment))
      throw new Error('--environment must be sandbox, test or production');
    createKeys(folder, environment);
    say(`keys are in ${folder}`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`lgsp: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
