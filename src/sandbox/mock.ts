// Runs a mock of a national system as a process of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from './child.ts';

/** Addresses of a running mock by their names. */
export interface MockAddresses {
  readonly url: string;
  readonly faultUrl: string;
  readonly journalUrl: string;
  readonly [name: `${string}Url`]: string;
}

/** A running mock; its addresses stay the same when it was started again. */
export interface RunningMock {
  readonly addresses: MockAddresses;
  /** Ends it; nothing is left running. */
  stop(): Promise<void>;
}

/** Which mock, and where it keeps what it has. */
export interface MockOptions {
  /** Folder name under `mocks`. */
  readonly source: string;
  /** Its configuration; kept in `folder` (0600). */
  readonly settings: object;
  readonly folder: string;
  readonly logFile: string;
  /** Told when it died and is started again. */
  readonly say: (text: string) => void;
}

/** The addresses in what a mock says when it is ready; undefined for anything else. */
function toAddresses(message: unknown): MockAddresses | undefined {
  const said = Object.entries({ ...(typeof message === 'object' ? message : {}) });
  const { url, faultUrl, journalUrl, ...more } = Object.fromEntries(
    said.filter(
      (pair): pair is [string, string] => /^url$|Url$/.test(pair[0]) && typeof pair[1] === 'string',
    ),
  );
  return url && faultUrl && journalUrl ? { url, faultUrl, journalUrl, ...more } : undefined;
}

/** Starts the compiled mock of a source. @throws StartError when it does not come up in 15 s */
export async function startMock(options: MockOptions): Promise<RunningMock> {
  const { source, settings, folder, logFile, say } = options;
  const { ready, stop } = await startChild({
    name: `the mock of ${source}`,
    program: join('mocks', source, 'main.js'),
    toWords(port) {
      const configFile = join(folder, `mock-${source}.json`);
      writeFileSync(configFile, JSON.stringify({ ...settings, port }, null, 2), { mode: 0o600 });
      return ['--config', configFile];
    },
    ...{ logFile, say, toReady: toAddresses },
  });
  return { addresses: ready, stop };
}
