// Who calls, for the commands of a connected system: from the sandbox's file, or from --hub, --system and --key.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { SandboxFile } from '../sandbox/sandbox-file.ts';
import { makeProof } from './proof.ts';
import { readText } from './read-text.ts';
import { openSandboxFile, type SandboxOption } from './sandbox-option.ts';
import { parsePrivateKey, requestToken, type Token } from './token.ts';
import { UsageError } from './usage-error.ts';

/** Options that say who calls. */
export interface CallerOptions extends SandboxOption {
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
  /** An officer of the acting unit, where the sandbox's file names one. */
  readonly officerId?: string | undefined;
  readonly key: KeyObject;
}

const openKey = (file: string): KeyObject => {
  const text = readText(file);
  try {
    return parsePrivateKey(text);
  } catch {
    throw new UsageError(`${file} holds no private key; it must be PEM (PKCS #8) or a JWK`);
  }
};

function openSandboxSystem(file: SandboxFile, { system: clientId, unit, key }: CallerOptions): CallingSystem {
  const system = file.systems.find((candidate) => candidate.clientId === clientId);
  // A system registered since: only its holder has its key.
  if (!system && key !== undefined)
    return { hubUrl: file.baseUrl, clientId, unitId: unit, key: openKey(key) };
  if (!system)
    throw new UsageError(
      `the sandbox’s file names no system ${clientId}, but ${file.systems.map((one) => one.clientId).join(', ')}; one that was registered since needs --key and --unit`,
    );
  const unitId = unit ?? system.actingUnits[0];
  const officerId = unitId === system.actingUnits[0] ? system.officerId : undefined;
  return { hubUrl: file.baseUrl, clientId, unitId, officerId, key: openKey(key ?? system.privateKeyFile) };
}

/** @throws Error in one sentence */
export function openCallingSystem(options: CallerOptions): CallingSystem {
  const { hub, system: clientId, unit: unitId, key } = options;
  if (hub === undefined) return openSandboxSystem(openSandboxFile(options), options);
  if (!URL.canParse(hub))
    throw new UsageError('--hub must be an address, for example https://hub.example.vn');
  if (key === undefined) throw new UsageError('--hub needs --key, the file of the private key of --system');
  return { hubUrl: hub.replace(/\/$/, ''), clientId, unitId, key: openKey(key) };
}

/** A token for one acting unit, bound to `dpopKey` when one is given. @throws Error in one sentence */
export async function obtainToken(system: CallingSystem, dpopKey: KeyObject | undefined): Promise<Token> {
  const { hubUrl, clientId, unitId, key } = system;
  const tokenUrl = `${hubUrl}/oauth/token`;
  try {
    return await requestToken({ tokenUrl, issuer: hubUrl, clientId, key, unitId, dpopKey });
  } catch (error) {
    // Only what kept the hub from being reached has a cause.
    if (!(error instanceof Error && error.cause)) throw error;
    throw new Error(`${error.message}; is the hub running? (npm start runs the sandbox)`, { cause: error });
  }
}

/**
 * The headers of one call: a new token, and a proof by a key made for it.
 * @param method in capitals, as it will be sent
 */
export async function makeHeaders(
  system: CallingSystem,
  method: string,
  url: string,
): Promise<Record<string, string>> {
  if (!URL.canParse(url))
    throw new Error(`${url} is not a full address; it must begin with ${system.hubUrl}`);
  const dpopKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const { accessToken } = await obtainToken(system, dpopKey);
  const proof = await makeProof({ key: dpopKey, method, url, accessToken });
  return { Authorization: `DPoP ${accessToken}`, DPoP: proof };
}
