// lgsp audit retention | holds | hold: how long is kept what, what an inquiry keeps longer, and by which decision.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { callOperation } from '../admin/call.ts';
import { type AdminOperation, readOperations } from '../admin/contract-operations.ts';
import { type ActorOptions, openActor, showAnswer, type Terminal, withActor } from '../admin/options.ts';
import { UsageError } from '../usage-error.ts';

interface HoldOptions extends ActorOptions {
  readonly decision: string;
  readonly reason: string;
  readonly scope?: string;
  readonly until?: string;
  readonly end?: string;
}

interface ChangeOptions extends ActorOptions {
  readonly months?: string;
  readonly reason?: string;
  readonly revision?: string;
}

const asAuditor = (command: Command): Command => {
  withActor(command);
  command.setOptionValue('system', 'kiem-toan').setOptionValue('purpose', 'kiem-toan');
  return command;
};

/** @throws UsageError when the file is no JSON */
function readScope(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new UsageError(`${file} cannot be read as JSON`);
  }
}

/** Adds the commands to `lgsp audit`. */
export function addRetention(audit: Command, terminal: Terminal): void {
  const operations = readOperations('evidence.v1');
  const find = (id: string): AdminOperation => {
    const found = operations.find((operation) => operation.id === id);
    if (!found) throw new Error(`the contract has no operation ${id}`);
    return found;
  };
  const run = async (id: string, options: ActorOptions, question: Parameters<typeof callOperation>[2]) =>
    showAnswer(
      terminal,
      await callOperation(openActor(options), find(id), question),
      find(id).answer,
      options.json === true,
    );

  asAuditor(audit.command('retention'))
    .description('list the classes of retention; with a class and --months change one (administrators)')
    .argument('[class]', 'id of the class')
    .option('--months <number>', 'whole months after the month of the exchange')
    .option('--revision <number>', 'of the class as it was listed')
    .option('--reason <text>', 'why')
    .action(async (id: string | undefined, options: ChangeOptions) => {
      if (id === undefined) return run('listRetentionClasses', options, { parameters: [] });
      const { months, reason, revision } = options;
      if (months === undefined || reason === undefined || revision === undefined)
        throw new UsageError('a change needs --months, --revision and --reason');
      const body = { months: Number(months), revision: Number(revision), reason };
      return run('changeRetentionClass', options, { parameters: [id], body });
    });
  asAuditor(audit.command('holds'))
    .description('list the holds, the newest first')
    .option('--in-force', 'only those in force')
    .action((options: ActorOptions & { inForce?: true }) =>
      run('listHolds', options, { parameters: [], query: options.inForce ? { inForce: 'true' } : {} }),
    );
  asAuditor(audit.command('hold'))
    .description('place a hold, or with --end <id> end one')
    .requiredOption('--decision <number>', 'number of the decision')
    .requiredOption('--reason <text>', 'why; no personal data')
    .option('--scope <file>', 'JSON: system, unit, officer, caseCode, service, from, to, exchangeIds')
    .option('--until <time>', 'RFC 3339')
    .option('--end <id>', 'id of the hold that ends')
    .action((options: HoldOptions) => {
      const { decision, reason, scope, until, end } = options;
      if (end !== undefined)
        return run('endHold', options, { parameters: [end], body: { decision, reason } });
      if (scope === undefined || until === undefined)
        throw new UsageError('a hold needs --scope and --until');
      const body = { decision, reason, until, scope: readScope(scope) };
      return run('placeHold', options, { parameters: [], body });
    });
}
