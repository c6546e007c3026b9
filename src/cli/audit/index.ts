// lgsp audit: what an auditor asks the hub from a terminal. Conditions and help are made from openapi/evidence.v1.yaml.
import type { Command } from 'commander';
import { toLocalDay } from '../../local-day.ts';
import { type AdminOperation, readOperations } from '../admin/contract-operations.ts';
import type { Terminal } from '../admin/options.ts';
import { readExchangeId } from '../receipt.ts';
import {
  type AuditOptions,
  addFields,
  ask,
  findOperation,
  showAnswer,
  toQuery,
  withCaller,
} from './asking.ts';
import { toInstant } from './instant.ts';
import { toFigureLines, toSearchLines, toTimelineLines } from './lines.ts';
import { addPersons } from './persons.ts';
import { addSample } from './sample.ts';
import { toUnusualLines } from './unusual-lines.ts';

const dayMs = 86_400_000;

function addSearch(audit: Command, terminal: Terminal, operation: AdminOperation): void {
  const command = withCaller(audit.command('search').description('find exchanges, the newest first'));
  addFields(command, operation.query);
  command.option('--all', 'all pages').action(async () => {
    const options = command.opts<AuditOptions>();
    const { from, to, ...said } = toQuery(operation.query, options);
    const [first, last] = [toInstant('from', from), toInstant('to', to)];
    const period = { ...(first !== undefined && { from: first }), ...(last !== undefined && { to: last }) };
    const answer = await ask(operation, options, [], { ...said, ...period });
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

function addUnusual(audit: Command, terminal: Terminal, operation: AdminOperation): void {
  const command = withCaller(audit.command('unusual')).description(
    'access of a day that is unusual; each finding is a question to be asked, no verdict',
  );
  command.option('--day <day>', 'yyyy-MM-dd of Vietnam; default: yesterday').action(async () => {
    const { day = toLocalDay(Date.now() - dayMs), ...options } = command.opts<
      AuditOptions & { day?: string }
    >();
    const answer = await ask(operation, options, [], { day });
    showAnswer(terminal, answer, toUnusualLines(answer.body), options.json === true);
  });
}

/** Adds the commands of auditors. @param onInvalid told when a sample that was drawn is not valid */
export function addAudit(audit: Command, terminal: Terminal, onInvalid: () => void = () => undefined): void {
  const operations = readOperations('evidence.v1');
  const find = (id: string): AdminOperation => findOperation(operations, id);
  addSearch(audit, terminal, find('searchExchanges'));
  addTimeline(audit, terminal, find('getTimeline'));
  addFigures(audit, terminal, find('listFigures'), find('downloadFigures'));
  addUnusual(audit, terminal, find('listUnusualAccess'));
  addSample(audit, terminal, find('drawSamples'), onInvalid);
  addPersons(audit, terminal);
}
