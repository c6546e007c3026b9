// Verifies a sample of the log offline: draws it again and verifies every receipt, and says in plain words what was checked.
import type { Command } from 'commander';
import { toMembers } from '../contracts/contract.ts';
import { type SampleDemand, type SampleVerdict, verifySample } from '../evidence/sample.ts';
import { readText } from './read-text.ts';
import { explainKeyChain, parseStrictly } from './receipt.ts';
import { findLogKey, findWitnesses, type LogKey, type SandboxOption } from './sandbox-option.ts';
import { readChain } from './verify.ts';

/** The options of `lgsp verify` that are about samples. */
export interface SampleOptions extends SandboxOption {
  readonly sample?: string;
  readonly seed?: string;
  readonly logKey?: string;
  readonly keyChain?: string;
  readonly witness?: readonly string[];
  /** How many were asked for. */
  readonly count?: string;
  /** Files; the first is the head that was held before the seed was told. */
  readonly head?: readonly string[];
}

/** Adds them. */
export const addSampleOptions = (verify: Command): Command =>
  verify
    .option('--sample <file>', 'what lgsp audit sample saved: is drawn again, and every receipt verified')
    .option('--seed <text>', 'the seed that you chose for the sample; default: the one in the file')
    .option('--count <number>', 'how many entries of the sample you asked for');

/** What a sample is held against. */
export interface SampleTrust extends SampleDemand {
  /** As the auditor chose it; undefined: as the file says. */
  readonly seed: string | undefined;
  readonly logKey: LogKey;
  /** Text of a key chain. */
  readonly chain?: string | undefined;
  /** Verifier keys of witnesses. */
  readonly witnesses?: readonly string[];
}

/** Verifies the text of a sample and says so. @returns true when it holds */
export function explainSample(
  text: string,
  { seed, logKey, chain, ...demand }: SampleTrust,
  show: (line: string) => void,
): boolean {
  const say = (reason: string): false => {
    show(`NOT VALID: ${reason}`);
    return false;
  };
  const parsed = parseStrictly(text);
  if ('reason' in parsed) return say(parsed.reason);
  const { seed: named, size } = toMembers(parsed.value);
  const leaves = typeof size === 'number' ? size : 0;
  const chosen = seed ?? (typeof named === 'string' ? named : '');
  const keys =
    chain === undefined ? [{ key: logKey.key, until: undefined }] : explainKeyChain(chain, logKey, show);
  if (!keys) return false;
  // A key that was retired alone vouches for no later head.
  const verdicts = keys
    .filter(({ until = leaves }) => until >= leaves)
    .map(({ key }) => verifySample(parsed.value, chosen, key, demand));
  const isOfAnother = (one: SampleVerdict): boolean =>
    !one.ok && /the note is not signed by/.test(one.reason);
  const verdict = verdicts.find(({ ok }) => ok) ?? verdicts.find((one) => !isOfAnother(one)) ?? verdicts[0];
  if (!verdict?.ok) return say(verdict?.reason ?? 'it was not checked');
  show(`  key: ${logKey.key} (from ${logKey.origin})`);
  for (const line of verdict.checked)
    show(line.startsWith('not checked') ? `  ${line}` : `  checked: ${line}`);
  if (seed === undefined) show(`  not checked: whether ${chosen} is the seed that you chose (--seed)`);
  show('VALID');
  return true;
}

/** Does what the options ask. @throws Error in one sentence when a file cannot be read */
export const verifySampleFile = (
  file: string,
  options: SampleOptions,
  show: (line: string) => void,
): boolean =>
  explainSample(
    readText(file),
    {
      ...{ seed: options.seed, logKey: findLogKey(options), chain: readChain(options) },
      witnesses: findWitnesses(options),
      count: options.count === undefined ? undefined : Number(options.count),
      head: options.head?.[0] === undefined ? undefined : readText(options.head[0]),
    },
    show,
  );
