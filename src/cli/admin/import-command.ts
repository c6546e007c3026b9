// lgsp admin units import: previews a file, shows what each row would do, and applies it when that is wanted.
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { components } from '../../../openapi/types/admin.v1.ts';
import { readText } from '../read-text.ts';
import { UsageError } from '../usage-error.ts';
import { type Actor, callOperation } from './call.ts';
import type { AdminOperation } from './contract-operations.ts';
import { type ActorOptions, openActor, showAnswer, type Terminal, withActor } from './options.ts';
import { toTable } from './table.ts';

type UnitImport = components['schemas']['UnitImport'];
type ImportOptions = ActorOptions & {
  readonly apply?: boolean;
  readonly all?: boolean;
  readonly reason?: string;
};

const fileBytes = 1_400_000;

function toFile(file: string) {
  const format = extname(file).slice(1).toLowerCase();
  if (format !== 'csv' && format !== 'xlsx') throw new UsageError('the file must end in .csv or .xlsx');
  // It says in one sentence why a file cannot be read; the bytes may be no text.
  readText(file);
  const bytes = readFileSync(file);
  if (bytes.length > fileBytes)
    throw new Error(`${file} is larger than ${fileBytes} bytes; make several files of it`);
  return { format, fileName: basename(file).slice(0, 200), content: bytes.toString('base64') };
}

function showPreview({ show }: Terminal, { rows, counts }: UnitImport, isAll: boolean): void {
  const shown = rows.filter(({ errors }) => isAll || errors.length > 0);
  const lines = shown.map(({ row, act, id, after, errors, notes }) => [
    row,
    act,
    id,
    after?.name,
    [...errors, ...notes].map(({ column, vi, en }) => `${column}: ${vi} / ${en}`).join('; '),
  ]);
  if (lines.length > 0) show(toTable(['row', 'act', 'id', 'name', 'remarks'], lines));
  const { create, change, none, errors } = counts;
  if (shown.length < rows.length)
    show(`rows without an error: ${rows.length - shown.length}; --all shows them`);
  show(
    `rows: ${counts.rows}, to create: ${create}, to change: ${change}, as they are: ${none}, in error: ${errors}`,
  );
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

/** Why it is to be applied, or undefined when it is not. */
async function askReason({ apply, reason, json }: ImportOptions): Promise<string | undefined> {
  if (apply) return reason;
  if (json || !process.stdin.isTTY) return undefined;
  const answer = await ask('Apply all of it? Give the reason, or nothing to leave it: ');
  return answer === '' ? undefined : answer;
}

/** Adds `import` to the commands on units. @param find gives an operation by its id */
export function addImport(units: Command, find: (id: string) => AdminOperation, terminal: Terminal): void {
  const preview = async (actor: Actor, body: ReturnType<typeof toFile>) => {
    const answer = await callOperation(actor, find('previewUnitImport'), {
      parameters: [],
      body,
    });
    // The hub checks its answers against the contract that these types are made from.
    return { answer, body: answer.body as UnitImport };
  };
  withActor(units.command('import'))
    .description(
      'preview a file of units (CSV, XLSX), and apply all of its rows or none; docs/unit-import.md',
    )
    .argument('<file>', 'docs/unit-import-template.csv shows one')
    .option('--all', 'show every row; default: the rows in error')
    .option('--apply', 'apply it when no row is in error; needs --reason')
    .option('--reason <text>', 'why')
    .action(async (file: string, options: ImportOptions) => {
      if (options.apply && options.reason === undefined) throw new UsageError('--apply needs --reason');
      const content = toFile(file);
      const actor = openActor(options);
      // The key, if one is given, is for what has an effect on the registry.
      const { answer, body } = await preview({ ...actor, idempotencyKey: undefined }, content);
      if (!options.json) showPreview(terminal, body, options.all === true);
      const { errors } = body.counts;
      const reason = errors > 0 ? undefined : await askReason(options);
      if (reason === undefined) {
        if (options.json) terminal.show(answer.text);
        if (errors > 0) throw new Error(`rows in error: ${errors}; nothing was applied`);
        terminal.say(
          `nothing is applied yet: lgsp admin unit-imports apply ${body.id} --reason … (within 24 hours)`,
        );
        return;
      }
      const apply = find('applyUnitImport');
      const applied = await callOperation(actor, apply, { parameters: [body.id], body: { reason } });
      showAnswer(terminal, applied, apply.answer, options.json === true);
    });
}
