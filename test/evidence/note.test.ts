// Signed notes and checkpoints against the published examples.
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { parseCheckpointText, toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { openNote, parseVerifierKey, signNote, toVerifierKey } from '../../src/evidence/note.ts';

// Source: the example of golang.org/x/mod/sumdb/note, published with its private key for exactly this use.
const verifierKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const seed = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1);
const text =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const note = `${text}
— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;
const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
  format: 'der',
  type: 'pkcs8',
});
// Source: C2SP tlog-checkpoint.
const checkpoint = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
`;

const key = parseVerifierKey(verifierKey);

describe('a signed note', () => {
  it('is the published example, byte for byte', () => {
    assert.equal(toVerifierKey('PeterNeumann', privateKey), verifierKey);
    assert.equal(signNote(text, 'PeterNeumann', privateKey), note);
    assert.equal(openNote(note, key), text);
  });

  it('fails with any altered character', () => {
    for (let at = 0; at < note.length; at += 1) {
      const altered = note.slice(0, at) + String.fromCharCode(note.charCodeAt(at) ^ 1) + note.slice(at + 1);
      assert.throws(() => openNote(altered, key), `character ${at}`);
    }
  });

  it('passes over the signatures of others, and fails when one of its own fails', () => {
    const [, own = ''] = note.split('\n\n');
    assert.equal(openNote(`${note}— witness.example AAAAAAAA\n`, key), text);
    assert.throws(() => openNote(`${text}\n— witness.example AAAAAAAA\n`, key), /not signed by/);
    assert.throws(() => openNote(`${note}${own.replace('x08go/Z', 'x08go/A')}`, key), /does not fit/);
  });

  it('cannot be made of text that is no note', () => {
    assert.throws(() => signNote('no newline', 'log', privateKey), /newline/);
    assert.throws(() => signNote('tab\t\n', 'log', privateKey), /control/);
    assert.throws(() => signNote('\ud800\n', 'log', privateKey), /Unicode/);
  });
});

describe('a verifier key', () => {
  it('fails with any altered, missing or added character', () => {
    for (let at = 0; at < verifierKey.length; at += 1) {
      const altered = String.fromCharCode(verifierKey.charCodeAt(at) ^ 1);
      assert.throws(() => parseVerifierKey(verifierKey.slice(0, at) + altered + verifierKey.slice(at + 1)));
      assert.throws(() => parseVerifierKey(verifierKey.slice(0, at) + verifierKey.slice(at + 1)));
    }
    assert.throws(() => parseVerifierKey(`${verifierKey}\n`));
  });

  it('has a name without spaces and plus signs', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\nb'])
      assert.throws(() => toVerifierKey(name, privateKey), /spaces/);
  });
});

describe('a checkpoint', () => {
  it('reads and writes the published example', () => {
    const parsed = parseCheckpointText(checkpoint);
    assert.equal(parsed.size, 20852163);
    assert.equal(toCheckpointText(parsed), checkpoint);
  });

  it('refuses leading zeroes, empty lines and short roots', () => {
    const bad = [
      checkpoint.replace('20852163', '020852163'),
      checkpoint.replace('20852163', '-1'),
      checkpoint.replace('20852163', '99999999999999999999'),
      checkpoint.replace('CsUY', 'CsU'),
      `${checkpoint}\nextension\n`,
      checkpoint.trimEnd(),
      `\n${checkpoint}`,
    ];
    for (const text of bad) assert.throws(() => parseCheckpointText(text), text);
  });
});
