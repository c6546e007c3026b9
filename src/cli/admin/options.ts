// The options that every command of administration has: who acts, and how the answer is shown.
import type { Command } from 'commander';
import { toMembers } from '../../contracts/contract.ts';
import { type CallerOptions, openCallingSystem } from '../calling-system.ts';
import type { Actor, Answer } from './call.ts';
import { toItemTable, toRecord } from './table.ts';

/** Where a command speaks. */
export interface Terminal {
  /** Prints a line that is the result. */
  show(line: string): void;
  /** Prints a line about what goes on. */
  say(line: string): void;
}

/** Options of every command of administration. */
export interface ActorOptions extends CallerOptions {
  readonly officer?: string;
  readonly purpose: string;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

/** Names that options of operations must not have. */
export const ownFlags: ReadonlySet<string> = new Set([
  ...[
    'system',
    'unit',
    'hub',
    'key',
    'sandbox',
    'officer',
    'purpose',
    'idempotency-key',
    'json',
    'all',
    'file',
  ],
]);

/** Adds the options to a command. */
export const withActor = (command: Command): Command =>
  command
    .optionsGroup('Who acts:')
    .option('--system <clientId>', 'the calling system; phe-duyet decides in the sandbox', 'quan-tri')
    .option('--unit <id>', 'the acting unit; default: the first one of the system')
    .option('--officer <id>', 'who changes something; default: the first officer of the unit in the sandbox')
    .option('--purpose <code>', 'purpose of a change', 'quan-tri')
    .option('--idempotency-key <key>', 'the same again does it at most once; default: a new one')
    .option('--hub <url>', 'address of another hub than the sandbox; needs --key')
    .option('--key <file>', 'private key of the system, PEM or JWK; default: the one of the sandbox')
    .option('--sandbox <file>', 'sandbox.json of the sandbox that is meant; default: below VAR_DIR')
    .optionsGroup('Answer:')
    .option('--json', 'print the answer’s JSON and nothing else on standard output');

/** @throws Error in one sentence */
export function openActor(options: ActorOptions): Actor {
  const system = openCallingSystem(options);
  const { officer = system.officerId, purpose, idempotencyKey } = options;
  return { system, officer, purpose, idempotencyKey };
}

/** Prints an answer: on standard output what it holds, on standard error the exchange and what to do next. */
export function showAnswer(
  { show, say }: Terminal,
  { status, exchangeId, text, body }: Answer,
  members: readonly string[],
  asJson: boolean,
): void {
  const { items, next, id } = toMembers(body);
  if (asJson) show(text);
  else if (Array.isArray(items)) show(items.length === 0 ? 'none' : toItemTable(items, members));
  else show(toRecord(body));
  if (typeof next === 'string') say(`there are more: --all, or --cursor ${next}`);
  if (status === 202)
    say(`this is a proposal; another administrator decides: lgsp admin proposals approve ${id} --reason …`);
  if (exchangeId !== '') say(`exchange ${exchangeId}`);
}
