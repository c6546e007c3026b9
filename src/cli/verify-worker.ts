// The thread that verifies one part of an export; tells how far it is, then what it found.
import { parentPort, workerData } from 'node:worker_threads';
import { toMessage } from '../database/start-error.ts';
import type { VerifiedStretch } from '../evidence/verify-cover.ts';
import { type Part, verifyPart } from './verify-part.ts';

/** What the thread says. */
export type WorkerMessage =
  | { readonly leaves: number }
  | { readonly found: VerifiedStretch }
  | { readonly refused: string };

const say = (message: WorkerMessage): void => parentPort?.postMessage(message);

// Handed over by verify-folder.ts, which makes it of that type.
const part: Part = workerData;
try {
  say({ found: verifyPart(part, (leaves) => say({ leaves })) });
} catch (error) {
  say({ refused: toMessage(error) });
}
