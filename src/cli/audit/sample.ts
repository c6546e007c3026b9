// lgsp audit sample: draws receipts by a seed that the auditor chose, saves them and draws them again.
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { AdminOperation } from '../admin/contract-operations.ts';
import type { Terminal } from '../admin/options.ts';
import { openCallingSystem } from '../calling-system.ts';
import { readText } from '../read-text.ts';
import { explainSample } from '../sample.ts';
import { findLogKey, findWitnesses } from '../sandbox-option.ts';
import { UsageError } from '../usage-error.ts';
import { type AuditOptions, ask, withCaller } from './asking.ts';

type SampleCommandOptions = AuditOptions & {
  readonly seed: string;
  readonly count: string;
  readonly head?: string;
  readonly out?: string;
  readonly logKey?: string;
};

const fetchMs = 15_000;

/** A signed head as its note, and its leaves. */
interface Head {
  readonly head: string;
  readonly size: string;
}

/** Undefined when the text holds none. */
function toHead(head: string): Head | undefined {
  const size = head.split('\n')[1] ?? '';
  return /^[1-9]\d*$/.test(size) ? { head, size } : undefined;
}

/** The newest signed head. @throws Error in one sentence */
async function readHead(hubUrl: string): Promise<Head> {
  const text = await fetch(`${hubUrl}/log/checkpoint`, {
    redirect: 'error',
    signal: AbortSignal.timeout(fetchMs),
  }).then(
    (response) => (response.ok ? response.text() : ''),
    (cause: unknown) => {
      throw new Error(`the hub at ${hubUrl} did not answer`, { cause });
    },
  );
  const head = toHead(text);
  if (!head) throw new Error('the hub has no signed head to draw from');
  return head;
}

/** The head of a file that the auditor keeps. @throws Error in one sentence */
function readKeptHead(file: string): Head {
  const head = toHead(readText(file));
  if (!head) throw new UsageError(`${file} holds no signed head`);
  return head;
}

/** Adds the command. @param onInvalid told when what was drawn is not valid */
export function addSample(
  audit: Command,
  terminal: Terminal,
  operation: AdminOperation,
  onInvalid: () => void,
): void {
  const command = withCaller(audit.command('sample'))
    .description('draw entries at random so that nobody can steer it, and verify each')
    .option('--log-key <key>', 'verifier key of the log; default: the one of the sandbox')
    .optionsGroup('What:')
    .requiredOption('--seed <text>', 'letters, digits, hyphens; choose it after the head was signed')
    .option('--count <number>', 'entries, at most 100', '20')
    .option(
      '--head <file>',
      'a signed head that you keep; default: the newest one, read before the seed is told',
    )
    .option('--out <file>', 'save the sample, and the head beside it as <file>.head, 0600');
  command.action(async () => {
    const options = command.opts<SampleCommandOptions>();
    const { seed, count: n, out } = options;
    const logKey = findLogKey(options);
    const witnesses = findWitnesses(options);
    const { head, size } =
      options.head === undefined
        ? await readHead(openCallingSystem(options).hubUrl)
        : readKeptHead(options.head);
    const { text, exchangeId } = await ask(operation, options, [], { n, seed, size });
    if (out !== undefined)
      for (const [file, content] of [[out, text] as const, [`${out}.head`, head] as const])
        writeFileSync(file, content, { mode: 0o600 });
    if (options.json) terminal.show(text);
    const speak = options.json ? terminal.say : terminal.show;
    const demand = { count: Number(n), head, witnesses };
    if (!explainSample(text, { seed, logKey, ...demand }, (line) => speak(line))) onInvalid();
    else if (out !== undefined)
      speak(
        `saved ${out}; to verify it again, offline: npx lgsp verify --sample ${out} --seed ${seed} --count ${n} --head ${out}.head`,
      );
    if (exchangeId !== '') terminal.say(`this reading is exchange ${exchangeId}`);
  });
}
