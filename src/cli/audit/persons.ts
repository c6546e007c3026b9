// lgsp audit persons | subject-report: the exchanges about one person. The number comes by standard input, never as an
// argument: arguments stand in the list of processes and in the shell's history. It is printed nowhere.
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { toMembers } from '../../contracts/contract.ts';
import type { Answer } from '../admin/call.ts';
import type { Terminal } from '../admin/options.ts';
import { openCallingSystem } from '../calling-system.ts';
import { UsageError } from '../usage-error.ts';
import { type AuditOptions, showAnswer, withCaller } from './asking.ts';
import { callHub } from './hub-call.ts';
import { toInstant } from './instant.ts';
import { toPersonLines } from './unusual-lines.ts';

type PersonOptions = AuditOptions & {
  readonly purpose: string;
  readonly from: string;
  readonly to?: string;
  readonly reason: string;
  readonly fileNumber: string;
  readonly cursor?: string;
  readonly limit?: string;
};

const callMs = 60_000;

/** The first line of standard input. */
async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return line;
  return '';
}

/** @throws UsageError, which does not repeat what was given */
function toNumber(line: string): { readonly kind: string; readonly number: string } {
  const number = line.trim();
  if (/^\d{12}$/.test(number)) return { kind: 'personal-number', number };
  if (/^\d{9}$/.test(number)) return { kind: 'old-identity-number', number };
  throw new UsageError(
    'standard input must hold one number of 12 digits, or an old one of 9; nothing was sent',
  );
}

const withQuestion = (command: Command): Command =>
  withCaller(command)
    .option('--purpose <code>', 'purpose of the grant', 'kiem-toan')
    .optionsGroup('What; the number is read from standard input:')
    .requiredOption('--from <time>', 'exchanges that began at this time or later')
    .option('--to <time>', 'exchanges that began before this time; default: now')
    .requiredOption('--reason <text>', 'why; recorded')
    .requiredOption('--file-number <number>', 'number of the file (hồ sơ vụ việc); recorded');

async function ask(
  path: string,
  options: PersonOptions,
  line: string,
  page: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const system = openCallingSystem(options);
  const { officer = system.officerId, purpose, reason, fileNumber } = options;
  if (officer === undefined)
    throw new UsageError('asking about a person needs --officer, the id of an officer of the acting unit');
  const [from, to = new Date().toISOString()] = [
    toInstant('from', options.from),
    toInstant('to', options.to),
  ];
  const body = { ...toNumber(line), from, to, reason, fileNumber, ...page };
  const signal = AbortSignal.timeout(callMs);
  const response = await callHub({ system, officer, purpose }, { method: 'POST', path, body, signal });
  const text = await response.text();
  const exchangeId = response.headers.get('exchange-id') ?? '';
  return { status: response.status, exchangeId, text, body: JSON.parse(text) };
}

/**
 * Adds the commands.
 * @param readNumber the line with the number; standard input's first one unless given
 */
export function addPersons(audit: Command, terminal: Terminal, readNumber = readLine): void {
  const read = (): Promise<string> => {
    if (process.stdin.isTTY) terminal.say('the identity number, then Enter:');
    return readNumber();
  };
  const persons = withQuestion(audit.command('persons'))
    .description('find the exchanges about a person, the newest first; counted a day for each auditor')
    .option('--limit <number>', 'rows of a page; default: 50')
    .option('--cursor <id>', 'the page after this exchange');
  persons.action(async () => {
    const options = persons.opts<PersonOptions>();
    const { cursor, limit } = options;
    const page = {
      ...(cursor !== undefined && { cursor }),
      ...(limit !== undefined && { limit: Number(limit) }),
    };
    const answer = await ask('/person-searches', options, await read(), page);
    showAnswer(terminal, answer, toPersonLines(answer.body), options.json === true);
  });
  const report = withQuestion(audit.command('subject-report')).description(
    'the report to a person about whom units asked, as it is printed (NĐ 356/2025/NĐ-CP)',
  );
  report.action(async () => {
    const options = report.opts<PersonOptions>();
    const answer = await ask('/subject-reports', options, await read(), {});
    showAnswer(terminal, answer, [String(toMembers(answer.body)['text'])], options.json === true);
  });
}
