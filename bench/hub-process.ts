// The gateway of the rows that begin with `hub`: the product's own composition with one more service. A word from its
// parent begins and ends a profile.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { readConfig } from '../src/config.ts';
import { startHub } from '../src/hub.ts';
import { createBenchServices } from './service.ts';

const config = readConfig(process.env);
const { database } = config;
const sourceUrl = process.env['SOURCE_URL'];
if (!database || sourceUrl === undefined)
  throw new Error('DATABASE_URL, DATABASE_OWNER_URL and SOURCE_URL are missing');
const hub = await startHub(config, database, (d) => createBenchServices(d, sourceUrl));

const session = new Session();
const profileIntervalUs = 200;

async function obey(word: unknown): Promise<void> {
  if (word === 'profile') {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: profileIntervalUs });
    await session.post('Profiler.start');
    process.send?.('profiling');
  } else if (typeof word === 'string') {
    const { profile } = await session.post('Profiler.stop');
    writeFileSync(word, JSON.stringify(profile));
    session.disconnect();
    process.send?.('profiled');
  }
}

process.on('message', (word) => void obey(word));
process.on('SIGTERM', () =>
  hub.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  ),
);
process.stdout.write(`ready ${hub.url}\n`);
