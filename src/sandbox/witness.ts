// The sandbox's witness: a process of its own with a folder and a key of its own, as other people would run it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WitnessSettings } from '../config-witnesses.ts';
import { toVerifierKey } from '../evidence/note.ts';
import type { Keys } from '../keys.ts';
import { addLog, createWitness, toWitnessKey } from '../witness/witness-folder.ts';
import { startChild } from './child.ts';
import type { SandboxFolders } from './folders.ts';

/** What the witness is told. */
export interface SandboxWitnessOptions {
  readonly folders: SandboxFolders;
  /** Of the log, as they lie in the folder after a rotation, and its name. */
  readonly keys: ReturnType<Keys['logKeys']>;
  readonly origin: string;
  readonly say: (text: string) => void;
}

/** A running witness. */
export interface SandboxWitness {
  /** As the hub's settings have it. */
  readonly settings: WitnessSettings;
  stop(): Promise<void>;
}

const keyName = 'witness.lgsp.lam-dong.invalid/sandbox';

function toReady(message: unknown): { readonly url: string } | undefined {
  const { url } = { url: undefined, ...(typeof message === 'object' ? message : {}) };
  return typeof url === 'string' ? { url } : undefined;
}

/** Makes the witness at first start, lets it know the log, starts it. @throws StartError when it does not come up */
export async function startSandboxWitness(options: SandboxWitnessOptions): Promise<SandboxWitness> {
  const { folders, keys, origin, say } = options;
  const folder = folders.witness;
  if (!existsSync(join(folder, 'config.json')))
    createWitness(folder, { name: keyName, host: '127.0.0.1', port: 0 });
  for (const key of keys) addLog(folder, toVerifierKey(origin, key));
  const { ready, stop } = await startChild({
    name: 'the witness',
    program: join('src', 'witness', 'main.js'),
    toWords: (port) => ['serve', '--folder', folder, '--port', String(port)],
    logFile: join(folders.log, 'witness.log'),
    ...{ toReady, say },
  });
  return { settings: { name: 'sandbox', url: ready.url, key: toWitnessKey(folder) }, stop };
}
