// Who calls, for the commands of a connected system: from the sandbox's file, or from --hub, --system and --key.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toSandboxFolders } from '../sandbox/folders.ts';
import { readSandboxFile } from '../sandbox/sandbox-file.ts';
import { makeProof } from './proof.ts';
import { parsePrivateKey, requestToken, type Token } from './token.ts';

/** Options that say who calls. */
export interface CallerOptions {
  /** Address of the hub; default: the sandbox's. */
  readonly hub?: string;
  /** Client id. */
  readonly system: string;
  /** Private key file; default: the sandbox's for this system. */
  readonly key?: string;
  /** Acting unit. */
  readonly unit?: string;
}

/** A system that can call the hub. */
export interface CallingSystem {
  readonly hubUrl: string;
  readonly clientId: string;
  readonly unitId: string | undefined;
  readonly key: KeyObject;
}

/** @throws Error in one sentence */
export function openCallingSystem(options: CallerOptions): CallingSystem {
  const { system: clientId, unit: unitId } = options;
  if (options.hub !== undefined) {
    if (options.key === undefined)
      throw new Error('--hub needs --key, the file of the private key of --system');
    const key = parsePrivateKey(readFileSync(options.key, 'utf8'));
    return { hubUrl: options.hub.replace(/\/$/, ''), clientId, unitId, key };
  }
  const file = readSandboxFile(toSandboxFolders(process.env['VAR_DIR']).file);
  const system = file.systems.find((candidate) => candidate.clientId === clientId);
  if (!system)
    throw new Error(
      `the sandbox has no system ${clientId}; it has ${file.systems.map((one) => one.clientId).join(', ')}`,
    );
  const key = parsePrivateKey(readFileSync(options.key ?? system.privateKeyFile, 'utf8'));
  return { hubUrl: file.baseUrl, clientId, unitId: unitId ?? system.actingUnits[0], key };
}

/** A token for one acting unit, bound to `dpopKey` when one is given. */
export function obtainToken(system: CallingSystem, dpopKey: KeyObject | undefined): Promise<Token> {
  const { hubUrl, clientId, unitId, key } = system;
  return requestToken({ tokenUrl: `${hubUrl}/oauth/token`, issuer: hubUrl, clientId, key, unitId, dpopKey });
}

/** The headers of one call: a new token, and a proof by a key made for it. */
export async function makeHeaders(
  system: CallingSystem,
  method: string,
  url: string,
): Promise<Record<string, string>> {
  const dpopKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const { accessToken } = await obtainToken(system, dpopKey);
  const proof = await makeProof({ key: dpopKey, method, url, accessToken });
  return { Authorization: `DPoP ${accessToken}`, DPoP: proof };
}
