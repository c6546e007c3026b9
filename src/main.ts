// One hub process of any environment, from its environment variables alone: no mocks, no seed, no default credential.
import { readConfig } from './config.ts';
import { StartError, toSentence } from './database/start-error.ts';
import { startHub } from './hub.ts';
import { stopOnSignal } from './stop.ts';
import { say, show } from './terminal.ts';

try {
  const config = readConfig(process.env);
  if (!config.database)
    throw new StartError(
      'DATABASE_URL and DATABASE_OWNER_URL are missing; npm start brings a database of its own',
    );
  const hub = await startHub(config, config.database);
  stopOnSignal({ stop: () => hub.stop(), onError: (error) => say(toSentence(error)) });
  show(`ready ${hub.url}`);
} catch (error) {
  say(toSentence(error));
  process.exit(1);
}
