// What `lgsp verify` is told about tickets: where the ticket is, and whom to ask.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { readText } from './read-text.ts';
import { findLogKey, openSandboxFile, type SandboxOption } from './sandbox-option.ts';
import { askAboutTicket } from './ticket.ts';
import { askArchiveAboutTicket } from './ticket-archive.ts';

const standardInput = 0;

/** The options of `lgsp verify` that are about tickets. */
export interface TicketOptions extends SandboxOption {
  readonly ticket?: string;
  readonly hub?: string;
  readonly archive?: string;
  readonly logKey?: string;
  readonly keyChain?: string;
}

/** Adds them. */
export const addTicketOptions = (verify: Command): Command =>
  verify
    .option(
      '--ticket <file>',
      'a ticket, or the headers of an answer, - for standard input: ask the hub whether it kept the promise (exit code 2: OMITTED or not valid; 1: not decided)',
    )
    .option('--hub <url>', 'whom to ask about the ticket, if not the sandbox; needs --log-key')
    .option('--archive <folder>', 'look for the leaf of the ticket in a full copy of the log, offline');

/** Does what they ask. @returns true when the promise was kept @throws Error in one sentence when it is not decided */
export function verifyTicketFile(
  file: string,
  options: TicketOptions,
  show: (line: string) => void,
): Promise<boolean> {
  const text = file === '-' ? readFileSync(standardInput, 'utf8') : readText(file);
  if (options.archive !== undefined)
    return askArchiveAboutTicket(text, findLogKey(options), options.archive, show);
  const hubUrl = (options.hub ?? openSandboxFile(options).baseUrl).replace(/\/$/, '');
  const chain = options.keyChain === undefined ? undefined : readText(options.keyChain);
  return askAboutTicket({ text, logKey: findLogKey(options), hubUrl, chain }, show);
}
