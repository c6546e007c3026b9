// lgsp admin <resource> <verb>: a client of openapi/admin.v1.yaml. Commands, options and help are made from the contract.
import type { Command } from 'commander';
import { UsageError } from '../usage-error.ts';
import { fileMembers, type OptionValues, readBody, toFlag, toValue } from './body.ts';
import { callAllPages, callOperation, RefusalError } from './call.ts';
import { type AdminOperation, readOperations } from './contract-operations.ts';
import { addField, toGiven } from './fields.ts';
import { addImport } from './import-command.ts';
import { type ActorOptions, openActor, showAnswer, type Terminal, withActor } from './options.ts';
import { howToExport } from './public-key-file.ts';
import { toTable } from './table.ts';
import { toCommands, type Verb } from './verbs.ts';

const moreHelp = `
Exit codes:
  0  done
  1  could not be done; one sentence on standard error gives the hub's problem code, what to do and who must act,
     and below it each place in error; with --json the problem document is on standard output
  2  the command was not given as it must be, or a file that it names cannot be read; nothing was sent

Examples:
  lgsp admin units list --q "mui ne"
  lgsp admin units create --id xa-moi --name "Xã Mới" --kind commune --valid-from 2026-01-01T00:00:00+07:00
  lgsp admin grants propose --file grant.json
  lgsp admin proposals approve <proposalId> --reason "…" --system phe-duyet
  lgsp admin units import don-vi.csv

Personal numbers, secrets and tokens are read from standard input or a file, never from an argument. Where an
option would be one of who acts, it begins with --of-, e.g. --of-unit.`;

/** What a file that is no plain content holds. */
const fileTexts: Readonly<Record<string, string>> = {
  jwk: `the public key: a JWK, or PEM as of ${howToExport}`,
};

function addBodyOptions(command: Command, { operation: { body }, preset }: Verb): void {
  if (!body) return;
  command.optionsGroup('Content:');
  if (body.members.some((name) => !(name in preset) && name !== 'reason'))
    command.option('--file <file>', 'the content as JSON, - for standard input; options go before it');
  for (const field of body.fields) if (!(field.name in preset)) addField(command, field);
  for (const name of fileMembers.keys())
    if (body.members.includes(name) && !body.fields.some((field) => field.name === name))
      command.option(`--${toFlag(name)} <file>`, fileTexts[name] ?? 'JSON from this file');
}

async function run(
  terminal: Terminal,
  verb: Verb,
  parameters: readonly string[],
  options: ActorOptions & OptionValues,
): Promise<void> {
  const { operation } = verb;
  const given = toGiven([...operation.query, ...(operation.body?.fields ?? [])], options);
  const query = operation.query.flatMap((field) => {
    const text = given[field.name];
    return typeof text === 'string' ? [[field.name, String(toValue(field, text))] as const] : [];
  });
  const question = { parameters, query: Object.fromEntries(query), body: readBody(verb, given) };
  const call = options['all'] === true ? callAllPages : callOperation;
  showAnswer(
    terminal,
    await call(openActor(options), operation, question),
    operation.answer,
    options.json === true,
  );
}

/** Ends with one sentence about a refusal; with --json its document goes to standard output. */
async function withRefusal({ show }: Terminal, asJson: boolean, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    if (asJson && error instanceof RefusalError) show(error.text);
    throw error;
  });
}

function addVerb(terminal: Terminal, group: Command, verb: Verb): void {
  const { operation } = verb;
  const command = withActor(group.command(verb.verb).description(`${operation.summary} (${operation.id})`));
  if (verb.verb === 'get') command.alias('show');
  for (const name of operation.parameters) command.argument(`<${name}>`);
  if (operation.query.length > 0) command.optionsGroup('Filter:');
  for (const field of operation.query) addField(command, field);
  if (operation.query.some(({ name }) => name === 'cursor')) command.option('--all', 'all pages');
  addBodyOptions(command, verb);
  command.action((...words: unknown[]) => {
    const parameters = words.slice(0, operation.parameters.length).map(String);
    const options = command.opts<ActorOptions & OptionValues>();
    return withRefusal(terminal, options.json === true, () => run(terminal, verb, parameters, options));
  });
}

/** `name=value` in two. @throws UsageError */
function toPair(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--query takes name=value, not ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function addGeneric(
  terminal: Terminal,
  admin: Command,
  operations: readonly AdminOperation[],
  verbs: readonly Verb[],
): void {
  admin
    .command('operations')
    .description('which command calls which operation of the contract')
    .action(() => {
      const rows = verbs.map(({ resource, verb, operation }) => [
        `${resource} ${verb}`,
        operation.id,
        operation.summary,
      ]);
      terminal.show(toTable(['command', 'operation', ''], rows));
    });
  withActor(admin.command('call'))
    .description('call an operation by its operationId')
    .argument('<operationId>')
    .argument('[parameters...]', 'values of the path’s parameters, in order')
    .option('--query <name=value...>', 'parameters of the query')
    .option('--file <file>', 'the body as JSON, - for standard input')
    .action(
      (id: string, parameters: string[], options: ActorOptions & { query?: string[]; file?: string }) => {
        const operation = operations.find((one) => one.id === id);
        if (!operation) throw new UsageError(`there is no operation ${id}; lgsp admin operations lists them`);
        if (parameters.length !== operation.parameters.length)
          throw new UsageError(`${id} takes ${operation.parameters.join(', ') || 'no parameters'}`);
        const query = Object.fromEntries((options.query ?? []).map(toPair));
        const bare = operation.body && { fields: [], members: operation.body.members, required: [] };
        const verb = { resource: '', verb: '', operation: { ...operation, body: bare }, preset: {} };
        return withRefusal(terminal, options.json === true, async () => {
          const question = { parameters, query, body: readBody(verb, { file: options.file }) };
          showAnswer(
            terminal,
            await callOperation(openActor(options), operation, question),
            operation.answer,
            options.json === true,
          );
        });
      },
    );
}

/** Adds the commands of administration. */
export function addAdministration(admin: Command, terminal: Terminal): void {
  admin.exitOverride().addHelpText('after', moreHelp);
  const operations = readOperations();
  const verbs = toCommands(operations);
  const groups = new Map<string, Command>();
  for (const verb of verbs) {
    const group =
      groups.get(verb.resource) ?? admin.command(verb.resource).description(`commands on ${verb.resource}`);
    groups.set(verb.resource, group);
    addVerb(terminal, group, verb);
  }
  const units = groups.get('units');
  if (units)
    addImport(
      units,
      (id) => {
        const found = operations.find((operation) => operation.id === id);
        if (!found) throw new Error(`the contract has no operation ${id}`);
        return found;
      },
      terminal,
    );
  addGeneric(terminal, admin, operations, verbs);
}
