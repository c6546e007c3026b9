// `npm start`: the sandbox from nothing, in one process that stops everything it started, whatever ends it.
import { readConfig } from '../config.ts';
import { toSentence } from '../database/start-error.ts';
import { stopOnSignal } from '../stop.ts';
import { say, show } from '../terminal.ts';
import { toSandboxFolders } from './folders.ts';
import { type Sandbox, startSandbox } from './start.ts';
import { toWelcome } from './welcome.ts';

const stopping = new AbortController();
let sandbox: Sandbox | undefined;

async function start(): Promise<Sandbox> {
  const folders = toSandboxFolders(process.env['VAR_DIR']);
  sandbox = await startSandbox({ config: readConfig(process.env), folders, say, signal: stopping.signal });
  return sandbox;
}

const starting = start();

/** During the start it waits for the step under way: what was started is known only then. */
async function stop(): Promise<void> {
  stopping.abort();
  await starting.catch(() => undefined);
  await sandbox?.stop();
}

stopOnSignal({
  stop,
  abandon: async () => sandbox?.abandon(),
  onError: (error) => say(toSentence(error)),
});
process.on('uncaughtException', (error) => {
  say(toSentence(error));
  stop().then(
    () => process.exit(1),
    () => process.exit(1),
  );
});

try {
  const { file, folders, officers } = await starting;
  // npm starts programs in the checkout and says here where the person stands who will paste the lines.
  if (!stopping.signal.aborted)
    show(toWelcome({ file, folders, officers, from: process.env['INIT_CWD'] ?? process.cwd() }).join('\n'));
} catch (error) {
  // After a signal `stop` ends the process.
  if (!stopping.signal.aborted) {
    say(toSentence(error));
    process.exit(1);
  }
}
