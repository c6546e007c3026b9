// The fields of an operation as options of a command.
import type { Command } from 'commander';
import { fileMembers, type OptionValues, secretMembers, toFlag } from './body.ts';
import type { Field } from './contract-operations.ts';
import { ownFlags } from './options.ts';

/** The flag of a member of query or body; what says who acts keeps its name. */
const toOwnFlag = (name: string): string =>
  ownFlags.has(toFlag(name)) ? `of-${toFlag(name)}` : toFlag(name);

/** The name under which commander keeps an option. */
const toOptionName = (flag: string): string =>
  flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Adds an option for a field. */
export function addField(command: Command, { name, choices, isRequired, description }: Field): void {
  const said = [description.replace(/\.$/, ''), choices.join(' | ')].filter(Boolean).join(': ');
  const text = [said, isRequired && 'needed'].filter(Boolean).join('; ');
  if (fileMembers.has(name)) command.option(`--${toFlag(name)} <file>`, text || 'from this file');
  else if (secretMembers.has(name))
    command.option(`--${toFlag(name)}-file <file>`, 'from this file; - or nothing: standard input');
  else command.option(`--${toOwnFlag(name)} <${choices.length > 0 ? 'word' : 'value'}>`, text);
}

/** What was given for fields, by their own names. */
export function toGiven(fields: readonly Field[], options: OptionValues): OptionValues {
  const moved = fields.map(({ name }): [string, unknown] => [name, options[toOptionName(toOwnFlag(name))]]);
  return { ...options, ...Object.fromEntries(moved) };
}
