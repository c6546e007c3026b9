// What the reading commands of lgsp audit share: who asks, the conditions, the call, and how its answer is shown.
import type { Command } from 'commander';
import type { OptionValues } from '../admin/body.ts';
import { type Answer, callAllPages, callOperation } from '../admin/call.ts';
import type { AdminOperation, Field } from '../admin/contract-operations.ts';
import { addField, toGiven } from '../admin/fields.ts';
import type { Terminal } from '../admin/options.ts';
import { type CallerOptions, openCallingSystem } from '../calling-system.ts';
import { toUpTo } from './lines.ts';

/** Options of every reading command. */
export type AuditOptions = CallerOptions &
  OptionValues & { readonly officer?: string; readonly json?: true; readonly all?: true };

/** Adds who asks and how the answer is shown. */
export const withCaller = (command: Command): Command =>
  command
    .optionsGroup('Who asks:')
    .option('--system <clientId>', 'the calling system', 'kiem-toan')
    .option('--unit <id>', 'the acting unit; default: the first one of the system')
    .option('--officer <id>', 'who asks; default: the first officer of the unit in the sandbox')
    .option('--hub <url>', 'address of another hub than the sandbox; needs --key')
    .option('--key <file>', 'private key of the system, PEM or JWK; default: the one of the sandbox’s file')
    .option('--sandbox <file>', 'sandbox.json of the sandbox that is meant; default: below VAR_DIR')
    .optionsGroup('Answer:')
    .option('--json', 'print the answer as the hub gives it');

/** Those of the fields that were said. */
export function toQuery(fields: readonly Field[], options: AuditOptions): Readonly<Record<string, string>> {
  const given = toGiven(fields, options);
  const said = fields.flatMap(({ name }) => {
    const value = given[name];
    return value === undefined || value === false ? [] : [[name, String(value)] as const];
  });
  return Object.fromEntries(said);
}

/** @throws Error when the contract has none of this id */
export function findOperation(operations: readonly AdminOperation[], id: string): AdminOperation {
  const found = operations.find((operation) => operation.id === id);
  if (!found) throw new Error(`the contract has no operation ${id}`);
  return found;
}

/** Calls an operation that changes nothing. @throws Error in one sentence */
export function ask(
  operation: AdminOperation,
  options: AuditOptions,
  parameters: readonly string[],
  query: Readonly<Record<string, string>>,
): Promise<Answer> {
  const reader = { officer: undefined, purpose: '', idempotencyKey: undefined };
  const system = openCallingSystem(options);
  const { officer = system.officerId } = options;
  const headers = officer === undefined ? {} : { Officer: officer };
  const call = options.all ? callAllPages : callOperation;
  return call({ ...reader, system }, operation, { parameters, query, headers });
}

/** Prints an answer, up to which leaf it holds, and the exchange of this reading. */
export function showAnswer(
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

/** Adds an option for each condition of the contract. */
export function addFields(command: Command, fields: readonly Field[]): void {
  command.optionsGroup('Conditions:');
  for (const field of fields)
    if (field.kind === 'boolean') command.option(`--${field.name}`, field.description);
    else addField(command, { ...field, isRequired: false });
}
