// lgsp audit sample: draws receipts by a seed that the auditor chose, saves them and draws them again.
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { AdminOperation } from '../admin/contract-operations.ts';
import type { Terminal } from '../admin/options.ts';
import { openCallingSystem } from '../calling-system.ts';
import { explainSample } from '../sample.ts';
import { findLogKey } from '../sandbox-option.ts';
import { type AuditOptions, ask, withCaller } from './asking.ts';

type SampleCommandOptions = AuditOptions & {
  readonly seed: string;
  readonly count: string;
  readonly size?: string;
  readonly out?: string;
  readonly logKey?: string;
};

const fetchMs = 15_000;

/** Leaves of the newest signed head. @throws Error in one sentence */
async function readSize(hubUrl: string): Promise<string> {
  const text = await fetch(`${hubUrl}/log/checkpoint`, {
    redirect: 'error',
    signal: AbortSignal.timeout(fetchMs),
  }).then(
    (response) => (response.ok ? response.text() : ''),
    (cause: unknown) => {
      throw new Error(`the hub at ${hubUrl} did not answer`, { cause });
    },
  );
  const size = text.split('\n')[1] ?? '';
  if (!/^[1-9]\d*$/.test(size)) throw new Error('the hub has no signed head to draw from');
  return size;
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
    .option('--size <leaves>', 'of a signed head that you hold; default: the newest one')
    .option('--out <file>', 'save the sample, 0600');
  command.action(async () => {
    const options = command.opts<SampleCommandOptions>();
    const { seed, count: n, out } = options;
    const logKey = findLogKey(options);
    const size = options.size ?? (await readSize(openCallingSystem(options).hubUrl));
    const { text, exchangeId } = await ask(operation, options, [], { n, seed, size });
    if (out !== undefined) writeFileSync(out, text, { mode: 0o600 });
    if (options.json) terminal.show(text);
    const speak = options.json ? terminal.say : terminal.show;
    if (!explainSample(text, { seed, logKey }, (line) => speak(line))) onInvalid();
    else if (out !== undefined)
      speak(`saved ${out}; to verify it again, offline: npx lgsp verify --sample ${out} --seed ${seed}`);
    if (exchangeId !== '') terminal.say(`this reading is exchange ${exchangeId}`);
  });
}
