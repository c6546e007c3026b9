// One hub process of any environment, from its environment variables alone: no mocks, no seed, no default credential.
import { readConfig } from './config.ts';
import { StartError } from './database/start-error.ts';
import { startHub } from './hub.ts';
import { stopOnSignal } from './stop.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The sentence an operator reads; a bug shows its stack. */
const toSentence = (error: unknown): string => {
  if (error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

try {
  const config = readConfig(process.env);
  if (config.databaseUrl === undefined || config.databaseOwnerUrl === undefined)
    throw new StartError(
      'DATABASE_URL and DATABASE_OWNER_URL are missing; npm start brings a database of its own',
    );
  const hub = await startHub(config, { hubUrl: config.databaseUrl, ownerUrl: config.databaseOwnerUrl });
  stopOnSignal(
    () => hub.stop(),
    (error) => say(toSentence(error)),
  );
  process.stdout.write(`ready ${hub.url}\n`);
} catch (error) {
  say(toSentence(error));
  process.exit(1);
}
