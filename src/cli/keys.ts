// Makes and rotates the hub's own keys, for its operators.
import { resolve } from 'node:path';
import { toFolderError } from '../database/start-error.ts';
import { type LogRotation, rotateLogKey } from '../evidence/rotate-log-key.ts';
import { createKeys } from '../keys.ts';
import { type Rotation, rotateTokenKey } from '../signin/rotate-token-key.ts';

/** @throws Error in one sentence: unknown environment, a folder that cannot be written, a key of another environment */
export function makeKeys(folder: string, environment: string): void {
  if (!['sandbox', 'test', 'production'].includes(environment))
    throw new Error(`--environment must be sandbox, test or production, not ${environment}`);
  const place = resolve(folder);
  try {
    createKeys(place, environment);
  } catch (error) {
    throw toFolderError(error, place);
  }
}

function readOwnerUrl(): string {
  const ownerUrl = process.env['DATABASE_OWNER_URL'];
  if (!ownerUrl) throw new Error('DATABASE_OWNER_URL is missing: the database as its owner');
  return ownerUrl;
}

const secondsOf: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, s: 1 };

/** Seconds of `7d`, `12h` or `90s`; NaN of anything else. */
function toSeconds(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,8})([dhs])$/.exec(text) ?? [];
  return Number(number || 'none') * (secondsOf[unit] ?? Number.NaN);
}

/** @throws Error in one sentence */
export async function rotateLog(options: {
  readonly folder: string;
  readonly overlap: string;
  readonly stolen?: boolean;
  readonly reason?: string;
}): Promise<LogRotation> {
  const { folder, overlap, stolen = false, reason } = options;
  const order = { folder: resolve(folder), overlapS: toSeconds(overlap), isStolen: stolen, reason };
  return rotateLogKey({ ownerUrl: readOwnerUrl(), ...order });
}

/** @throws Error in one sentence */
export async function rotateKey({
  folder,
  after,
  stolen = false,
}: {
  readonly folder: string;
  readonly after: string;
  readonly stolen?: boolean;
}): Promise<Rotation> {
  const ownerUrl = readOwnerUrl();
  const publishS = /^\d{1,6}$/.test(after) ? Number(after) : Number.NaN;
  return rotateTokenKey({ ownerUrl, folder: resolve(folder), publishS, isStolen: stolen });
}
