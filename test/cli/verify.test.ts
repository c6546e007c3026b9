// The verifier as a person meets it: every altered byte of a receipt's members is found and named.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainReceipt } from '../../src/cli/receipt.ts';
import { lookUp } from '../support/calls.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { lgsp } from './command.ts';

describe('lgsp verify', () => {
  let hub: TestHub;
  let text = '';
  let folder = '';
  before(async () => {
    hub = await startTestHub('cli-verify');
    folder = mkdtempSync(join(tmpdir(), 'lgsp-verify-'));
    // More leaves than one, so that the proof has hashes.
    for (let calls = 0; calls < 3; calls += 1) await hub.call(lookUp());
    const { exchangeId } = await hub.call(lookUp());
    const { body } = await hub.call({ path: `/evidence/v1/exchanges/${exchangeId}/receipt` });
    text = JSON.stringify(body);
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const explain = (changed: string): { isValid: boolean; said: string } => {
    const lines: string[] = [];
    const isValid = explainReceipt(changed, { key: hub.logKey, origin: 'a test' }, (line) =>
      lines.push(line),
    );
    return { isValid, said: lines.join('\n') };
  };

  it('says in plain words what it checked', () => {
    const { isValid, said } = explain(text);
    assert.equal(isValid, true);
    for (const part of ['canonical JSON', 'is signed by', 'is leaf', 'private part is the one'])
      assert.ok(said.includes(part), part);
  });

  it('finds every altered byte, wherever it lies, and gives a reason', () => {
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      const { isValid, said } = explain(`${text.slice(0, at)}${other}${text.slice(at + 1)}`);
      assert.equal(isValid, false, `byte ${at}`);
      assert.match(said, /^NOT VALID: \S.{5,}$/, `byte ${at}`);
    }
  });

  it('finds a flipped bit of every byte of the entry, the checkpoint and the hashes', () => {
    const receipt = JSON.parse(text);
    const flip = (word: string, at: number): string =>
      `${word.slice(0, at)}${String.fromCharCode(word.charCodeAt(at) ^ 1)}${word.slice(at + 1)}`;
    const check = (word: string, put: (changed: string) => unknown): void => {
      for (let at = 0; at < word.length; at += 1)
        assert.equal(
          explain(JSON.stringify(put(flip(word, at)))).isValid,
          false,
          `${word.slice(0, 20)} ${at}`,
        );
    };
    check(receipt.entry, (entry) => ({ ...receipt, entry }));
    check(receipt.checkpoint, (checkpoint) => ({ ...receipt, checkpoint }));
    check(receipt.private.salt, (salt) => ({ ...receipt, private: { ...receipt.private, salt } }));
    check(receipt.private.text, (sealed) => ({ ...receipt, private: { ...receipt.private, text: sealed } }));
    for (const [place, hash] of receipt.inclusionProof.entries())
      check(hash, (changed) => ({
        ...receipt,
        inclusionProof: receipt.inclusionProof.with(place, changed),
      }));
  });

  it('finds a member that stands twice, the forged one first', () => {
    const forged = text.replace('{', '{"entry":"forged",');
    assert.equal(JSON.parse(forged).entry, JSON.parse(text).entry);
    assert.match(explain(forged).said, /^NOT VALID: a member stands in it twice/);
  });

  it('ends with 2 when a receipt is not valid, and with 1 when it cannot be read', async () => {
    const file = join(folder, 'receipt.json');
    writeFileSync(file, text.replace('"leafIndex":', '"leafIndex":1'));
    const [altered, absent, keyless] = await Promise.all([
      lgsp(['verify', file, '--log-key', hub.logKey]),
      lgsp(['verify', join(folder, 'none'), '--log-key', hub.logKey]),
      lgsp(['verify', file]),
    ]);
    assert.equal(altered.code, 2);
    assert.match(altered.out, /^NOT VALID: /);
    assert.equal(absent.code, 1);
    assert.match(absent.err, /^lgsp: .*none cannot be read: there is no such file\n$/);
    assert.equal(keyless.code, 1);
    assert.match(keyless.err, /^lgsp: there is no sandbox at .*; give --log-key\n$/);
  });
});
