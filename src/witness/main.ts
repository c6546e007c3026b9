// The witness as a program of its own, which loads nothing of the hub: `lgsp witness …`, or this file with the same words.
import { Command, CommanderError } from 'commander';
import { say } from '../terminal.ts';
import { addWitness } from './commands.ts';

const program = new Command('lgsp witness')
  .description('a witness of exchange logs')
  .showHelpAfterError('(--help says how)');
addWitness(program);

const [first, ...others] = process.argv.slice(2);
try {
  await program.parseAsync(first === 'witness' ? others : process.argv.slice(2), { from: 'user' });
} catch (error) {
  if (!(error instanceof CommanderError))
    say(`lgsp: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
