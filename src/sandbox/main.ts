// `npm start`: the sandbox from nothing, in one process that stops everything it started.
import { readConfig } from '../config.ts';
import { StartError } from '../database/start-error.ts';
import { stopOnSignal } from '../stop.ts';
import { toSandboxFolders } from './folders.ts';
import { type Sandbox, startSandbox } from './start.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const toSentence = (error: unknown): string => {
  if (error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

let sandbox: Sandbox | undefined;
const starting = (async () => {
  sandbox = await startSandbox(readConfig(process.env), toSandboxFolders(process.env['VAR_DIR']), say);
  return sandbox;
})();

// A signal during the start waits for it: everything that was started is known only then.
stopOnSignal(
  async () => {
    await starting.catch(() => undefined);
    await sandbox?.stop();
  },
  (error) => say(toSentence(error)),
);

try {
  const { welcome } = await starting;
  process.stdout.write(`${welcome.join('\n')}\n`);
} catch (error) {
  say(toSentence(error));
  process.exit(1);
}
