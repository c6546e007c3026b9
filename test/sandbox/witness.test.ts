// The sandbox's witness, as the sandbox starts it.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signNote } from '../../src/evidence/note.ts';
import { makeFolders, toSandboxFolders } from '../../src/sandbox/folders.ts';
import { startSandboxWitness } from '../../src/sandbox/witness.ts';
import { logKey, origin } from '../evidence/support.ts';
import { makeBody, makeLeaves, makeText, submit } from '../witness/support.ts';

describe('The witness of the sandbox', () => {
  it('knows every key of the log that lies in the folder, so that it goes on after a rotation', async () => {
    const place = mkdtempSync(join(tmpdir(), 'lgsp-sandbox-witness-'));
    const folders = toSandboxFolders(place);
    makeFolders(folders);
    const next = generateKeyPairSync('ed25519').privateKey;
    const witness = await startSandboxWitness({ folders, keys: [logKey, next], origin, say: assert.fail });
    const leaves = makeLeaves('a', 3);
    const said: number[] = [];
    for (const key of [logKey, next, generateKeyPairSync('ed25519').privateKey]) {
      const note = signNote(makeText(leaves), origin, key);
      said.push((await submit(witness.settings.url, makeBody(said.length && 3, leaves, note))).status);
    }
    await witness.stop();
    rmSync(place, { recursive: true });
    assert.deepEqual(said, [200, 200, 403]);
  });
});
