// Gives `lgsp admin` its words in this process against a hub, as the first or the second administrator. What the program
// itself adds (exit codes, standard input) is shown where it is run as one.
import { Command } from 'commander';
import { addAdministration } from '../../src/cli/admin/index.ts';
import { createAdministration, type Role } from '../services/admin/support.ts';
import type { TestHub } from '../support/sandbox-hub.ts';

/** What a command said, and the error that it ended with. */
export interface Said {
  readonly out: string;
  readonly err: string;
  readonly error: string | undefined;
}

/** Commands of administration. */
export interface AdminCommands {
  /** The options that name hub, system, key and officer. */
  who(role?: Role): readonly string[];
  run(words: readonly string[], role?: Role): Promise<Said>;
  /** Runs a command that must succeed and gives its answer. */
  do(words: readonly string[], role?: Role): Promise<ReturnType<typeof JSON.parse>>;
}

/** @param hub a running hub of the sandbox's province */
export function createAdminCommands(hub: TestHub): AdminCommands {
  const { officerOf } = createAdministration(hub);
  const who = (role: Role = 'quan-tri') => {
    const key = hub.province.systems.find(({ clientId }) => clientId === role)?.privateKeyFile ?? '';
    return ['--hub', hub.url, '--system', role, '--key', key, '--officer', officerOf(role)];
  };
  const run: AdminCommands['run'] = async (words, role) => {
    const said = { out: '', err: '' };
    const program = new Command('lgsp');
    addAdministration(program.command('admin'), {
      show: (line) => (said.out += `${line}\n`),
      say: (line) => (said.err += `${line}\n`),
    });
    const error = await program.parseAsync(['admin', ...words, ...who(role)], { from: 'user' }).then(
      () => undefined,
      (reason: unknown) => String(reason instanceof Error ? reason.message : reason),
    );
    return { ...said, error };
  };
  return {
    who,
    run,
    async do(words, role) {
      const { out, error } = await run([...words, '--json'], role);
      if (error !== undefined) throw new Error(`lgsp admin ${words.join(' ')}: ${error}`);
      return JSON.parse(out);
    },
  };
}
