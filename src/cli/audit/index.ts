// lgsp audit: what an auditor asks the hub from a terminal. Conditions and help are made from openapi/evidence.v1.yaml.
import type { Command } from 'commander';
import { toLocalDay } from '../../local-day.ts';
import type { OptionValues } from '../admin/body.ts';
import { type Answer, callAllPages, callOperation } from '../admin/call.ts';
import { type AdminOperation, type Field, readOperations } from '../admin/contract-operations.ts';
import { addField, toGiven } from '../admin/fields.ts';
import type { Terminal } from '../admin/options.ts';
import { type CallerOptions, openCallingSystem } from '../calling-system.ts';
import { readExchangeId } from '../receipt.ts';
import { toFigureLines, toSearchLines, toTimelineLines, toUpTo } from './lines.ts';

type AuditOptions = CallerOptions & OptionValues & { readonly json?: true; readonly all?: true };

const withCaller = (command: Command): Command =>
  command
    .optionsGroup('Who asks:')
    .option('--system <clientId>', 'the calling system', 'kiem-toan')
    .option('--unit <id>', 'the acting unit; default: the first one of the system')
    .option('--hub <url>', 'address of another hub than the sandbox; needs --key')
    .option('--key <file>', 'private key of the system, PEM or JWK; default: the one of the sandbox’s file')
    .option('--sandbox <file>', 'sandbox.json of the sandbox that is meant; default: below VAR_DIR')
    .optionsGroup('Answer:')
    .option('--json', 'print the answer as the hub gives it');

/** Those of the fields that were said. */
function toQuery(fields: readonly Field[], options: AuditOptions): Readonly<Record<string, string>> {
  const given = toGiven(fields, options);
  const said = fields.flatMap(({ name }) => {
    const value = given[name];
    return value === undefined || value === false ? [] : [[name, String(value)] as const];
  });
  return Object.fromEntries(said);
}

function findOperation(operations: readonly AdminOperation[], id: string): AdminOperation {
  const found = operations.find((operation) => operation.id === id);
  if (!found) throw new Error(`the contract has no operation ${id}`);
  return found;
}

/** Calls an operation that changes nothing. */
function ask(
  operation: AdminOperation,
  options: AuditOptions,
  parameters: readonly string[],
  query: Readonly<Record<string, string>>,
): Promise<Answer> {
  const reader = { officer: undefined, purpose: '', idempotencyKey: undefined };
  const actor = { ...reader, system: openCallingSystem(options) };
  return (options.all ? callAllPages : callOperation)(actor, operation, { parameters, query });
}

function showAnswer(
  { show, say }: Terminal,
  { body, text, exchangeId }: Answer,
  lines: readonly string[],
  asJson: boolean,
): void {
  if (asJson) show(text);
  else for (const line of lines) show(line);
  const upTo = toUpTo(body);
  if (upTo !== undefined) say(upTo);
  if (exchangeId !== '') say(`this reading is exchange ${exchangeId}`);
}

function addFields(command: Command, fields: readonly Field[]): void {
  command.optionsGroup('Conditions:');
  for (const field of fields)
    if (field.kind === 'boolean') command.option(`--${field.name}`, field.description);
    else addField(command, { ...field, isRequired: false });
}

function addSearch(audit: Command, terminal: Terminal, operation: AdminOperation): void {
  const command = withCaller(audit.command('search').description('find exchanges, the newest first'));
  addFields(command, operation.query);
  command.option('--all', 'all pages').action(async () => {
    const options = command.opts<AuditOptions>();
    const answer = await ask(operation, options, [], toQuery(operation.query, options));
    showAnswer(terminal, answer, toSearchLines(answer.body), options.json === true);
  });
}

function addTimeline(audit: Command, terminal: Terminal, operation: AdminOperation): void {
  const command = withCaller(audit.command('timeline'))
    .description('all entries of an exchange and of the deliveries that it accepted, by time')
    .argument('<exchange>', 'the exchange id, or a file with the answer’s headers');
  command.action(async (exchange: string) => {
    const options = command.opts<AuditOptions>();
    const answer = await ask(operation, options, [readExchangeId(exchange)], {});
    showAnswer(terminal, answer, toTimelineLines(answer.body), options.json === true);
  });
}

function addFigures(
  audit: Command,
  terminal: Terminal,
  operation: AdminOperation,
  download: AdminOperation,
): void {
  const command = withCaller(audit.command('figures'));
  command.description('how many exchanges there were; of today, by service and outcome, unless said');
  addFields(command, operation.query);
  command.option('--csv', 'print the CSV file').action(async () => {
    const options = command.opts<AuditOptions & { readonly csv?: true }>();
    const today = toLocalDay(Date.now());
    const said = toQuery(operation.query, options);
    const query = { from: said['to'] ?? today, to: today, by: 'service,outcome', ...said };
    const answer = await ask(options.csv ? download : operation, options, [], query);
    if (options.csv) terminal.show(answer.text.trimEnd());
    else showAnswer(terminal, answer, toFigureLines(answer.body), options.json === true);
  });
}

/** Adds the commands of auditors. */
export function addAudit(audit: Command, terminal: Terminal): void {
  const operations = readOperations('evidence.v1');
  const find = (id: string): AdminOperation => findOperation(operations, id);
  addSearch(audit, terminal, find('searchExchanges'));
  addTimeline(audit, terminal, find('getTimeline'));
  addFigures(audit, terminal, find('listFigures'), find('downloadFigures'));
}
