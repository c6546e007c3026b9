// Trees of invented leaves, their heads and proofs, and requests to a witness. What a cosignature must be is written here
// from the specification, with none of the hub's code.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { signNote } from '../../src/evidence/note.ts';
import { hashLeaf, rangesOfConsistency, rootOf } from '../../src/evidence/tree.ts';
import { addLog, createWitness } from '../../src/witness/witness-folder.ts';
import { logKey, logVerifierKey, origin } from '../evidence/support.ts';

/** Name of the witness under test. */
export const witnessName = 'witness.test.example';

/** A folder with a witness that knows the log under test, and its verifier key. */
export function makeWitness(logKeys: readonly string[] = [logVerifierKey]): {
  readonly folder: string;
  readonly key: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-witness-'));
  const key = createWitness(folder, { name: witnessName, host: '127.0.0.1', port: 0 });
  for (const logKeyText of logKeys) addLog(folder, logKeyText, origin);
  return { folder, key };
}

/** Leaves of one history; another `name` is another history. */
export const makeLeaves = (name: string, count: number): readonly Buffer[] =>
  Array.from({ length: count }, (_, n) => hashLeaf(Buffer.from(`${name} ${n}`)));

/** The text of a head of these leaves. */
export const makeText = (leaves: readonly Buffer[], of = origin): string =>
  toCheckpointText({ origin: of, size: leaves.length, root: rootOf(leaves) });

/** The signed head of these leaves. */
export const makeNote = (leaves: readonly Buffer[]): string => signNote(makeText(leaves), origin, logKey);

/** A submission as C2SP tlog-witness writes it. */
export const makeBody = (old: number, leaves: readonly Buffer[], note = makeNote(leaves)): string => {
  const ranges = old <= leaves.length ? rangesOfConsistency(old, leaves.length) : [];
  const proof = ranges.map(({ from, to }) => `${rootOf(leaves.slice(from, to)).toString('base64')}\n`);
  return `old ${old}\n${proof.join('')}\n${note}`;
};

/** An answer of a witness. */
export interface WitnessReply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Submits a checkpoint. */
export async function submit(url: string, body: string | Buffer): Promise<WitnessReply> {
  const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text: await response.text(),
  };
}

const derPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Checks a cosignature line as C2SP tlog-cosignature says: key id over type 0x04, eight bytes of time, Ed25519 over the
 * header, the time and the note's text.
 * @returns the time in seconds
 */
export function checkCosignature(line: string, text: string, verifierKey: string): number {
  const [name = '', idHex, keyBase64 = ''] = verifierKey
    .split('+')
    .flatMap((part, n) => (n < 2 ? [part] : []))
    .concat(verifierKey.split('+').slice(2).join('+'));
  const typed = Buffer.from(keyBase64, 'base64');
  assert.equal(typed[0], 0x04);
  const id = createHash('sha256')
    .update(Buffer.concat([Buffer.from(`${name}\n`), typed]))
    .digest()
    .subarray(0, 4);
  assert.equal(id.toString('hex'), idHex);
  const [, lineName, base64 = ''] = /^\u2014 (\S+) (\S+)\n$/.exec(line) ?? [];
  assert.equal(lineName, name);
  const bytes = Buffer.from(base64, 'base64');
  assert.equal(bytes.length, 4 + 8 + 64);
  assert.ok(bytes.subarray(0, 4).equals(id));
  const seconds = Number(bytes.readBigUInt64BE(4));
  const key = createPublicKey({
    key: Buffer.concat([derPrefix, typed.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  const message = Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
  assert.ok(verify(null, message, key, bytes.subarray(12)));
  return seconds;
}
