// The witness as C2SP tlog-witness has it: each status with its cases, and never two histories.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signNote, toVerifierKey } from '../../src/evidence/note.ts';
import { rootOf } from '../../src/evidence/tree.ts';
import { type RunningWitness, startWitness } from '../../src/witness/server.ts';
import { addLog } from '../../src/witness/witness-folder.ts';
import { lgsp } from '../cli/command.ts';
import { logKey, logVerifierKey, origin } from '../evidence/support.ts';
import {
  checkCosignature,
  makeBody,
  makeLeaves,
  makeNote,
  makeText,
  makeWitness,
  submit,
} from './support.ts';

const never = (error: unknown): never => {
  throw error;
};
const next = generateKeyPairSync('ed25519').privateKey;
const stranger = generateKeyPairSync('ed25519').privateKey;
const leaves = makeLeaves('a', 40);
const others = [...leaves.slice(0, 10), ...makeLeaves('b', 30)];
const first = (count: number): readonly Buffer[] => leaves.slice(0, count);

describe('a witness', () => {
  const { folder, key } = makeWitness([logVerifierKey, toVerifierKey(origin, next)]);
  let witness: RunningWitness;
  before(async () => {
    witness = await startWitness(folder, never);
  });
  after(async () => {
    await witness.stop();
    rmSync(folder, { recursive: true });
  });
  const post = (body: string | Buffer) => submit(witness.url, body);

  it('cosigns the first head and every head that extends it, for anybody to check by the specification alone', async () => {
    for (const [old, size] of [
      [0, 1],
      [1, 7],
      [7, 8],
      [8, 12],
    ] as const) {
      const { status, text } = await post(makeBody(old, first(size)));
      assert.equal(status, 200);
      const seconds = checkCosignature(text, makeText(first(size)), key);
      assert.ok(Math.abs(seconds - Date.now() / 1_000) < 5);
    }
  });

  it('is told of no more keys than it can read again', async () => {
    const { folder: full } = makeWitness();
    const some = Array.from({ length: 20 }, () => generateKeyPairSync('ed25519').privateKey);
    for (const one of some.slice(1)) addLog(full, toVerifierKey(origin, one));
    assert.throws(() => addLog(full, toVerifierKey(origin, some[0] ?? next)), /at most .* 20 keys/);
    await (await startWitness(full, never)).stop();
    rmSync(full, { recursive: true });
  });

  it('cosigns the same head again', async () => {
    const { status, text } = await post(makeBody(12, first(12)));
    assert.equal(status, 200);
    checkCosignature(text, makeText(first(12)), key);
  });

  it('takes the signature of another key of the log, alone or beside the first, and passes over strangers', async () => {
    const text = makeText(first(13));
    const byNext = signNote(text, origin, next);
    const byStranger = signNote(text, 'stranger.example', stranger).slice(text.length + 1);
    assert.equal((await post(makeBody(12, first(13), `${byNext}${byStranger}`))).status, 200);
    const both = `${makeNote(first(13))}${byNext.slice(text.length + 1)}`;
    assert.equal((await post(makeBody(13, first(13), both))).status, 200);
  });

  it('signs extension lines with the rest', async () => {
    const text = `${makeText(first(13))}more words\n`;
    const reply = await post(makeBody(13, first(13), signNote(text, origin, logKey)));
    assert.equal(reply.status, 200);
    checkCosignature(reply.text, text, key);
  });

  const malformed: Readonly<Record<string, () => string | Buffer>> = {
    'an empty body': () => '',
    'no empty line': () => 'old 13\n',
    'no old size': () => makeBody(13, first(14)).replace('old 13\n', ''),
    'another word than old': () => makeBody(13, first(14)).replace('old ', 'Old '),
    'leading zeroes': () => makeBody(13, first(14)).replace('old 13', 'old 013'),
    'a size that no number holds': () =>
      makeBody(13, first(14)).replace('old 13', 'old 99999999999999999999'),
    'a carriage return': () => makeBody(13, first(14)).replace('old 13\n', 'old 13\r\n'),
    'a proof that is no base64': () => makeBody(13, first(14)).replace('old 13\n', 'old 13\n!!!\n'),
    'a hash of 31 bytes': () =>
      makeBody(13, first(14)).replace('old 13\n', `old 13\n${Buffer.alloc(31).toString('base64')}\n`),
    '64 lines of proof': () =>
      `old 13\n${`${leaves[0]?.toString('base64')}\n`.repeat(64)}\n${makeNote(first(14))}`,
    'a checkpoint without signatures': () => `old 13\n\n${makeText(first(14))}`,
    'a checkpoint without a root': () => `old 13\n\n${signNote(`${origin}\n14\n`, origin, logKey)}`,
    'an old size beyond the checkpoint': () => makeBody(15, first(14)),
    'bytes that are no UTF-8': () => Buffer.concat([Buffer.from(makeBody(13, first(14))), Buffer.of(0xff)]),
  };
  for (const [what, body] of Object.entries(malformed))
    it(`answers 400 to ${what}`, async () => {
      assert.equal((await post(body())).status, 400);
    });

  it('answers 403 to a head that no known key signed, or that one signed wrongly', async () => {
    const text = makeText(first(14));
    assert.equal((await post(makeBody(13, first(14), signNote(text, origin, stranger)))).status, 403);
    const wrong = makeNote(first(14)).replace(text, makeText(first(15)));
    assert.equal((await post(makeBody(13, first(14), wrong))).status, 403);
    const oneWrong = `${signNote(text, origin, next)}${makeNote(first(15)).slice(makeText(first(15)).length + 1)}`;
    assert.equal((await post(makeBody(13, first(14), oneWrong))).status, 403);
  });

  it('answers 404 to a log that it does not know', async () => {
    const text = makeText(first(14), 'other.example');
    assert.equal((await post(makeBody(13, first(14), signNote(text, 'other.example', logKey)))).status, 404);
  });

  it('answers 409 with the size that it knows to another old size, larger, smaller or none', async () => {
    for (const old of [0, 5, 14]) {
      const { status, type, text } = await post(makeBody(old, first(20)));
      assert.deepEqual([status, type, text], [409, 'text/x.tlog.size', '13\n']);
    }
  });

  it('answers 409 to another history of the size that it cosigned', async () => {
    const { status, text } = await post(makeBody(13, others.slice(0, 13)));
    assert.deepEqual([status, text], [409, '13\n']);
  });

  it('answers 422 to a proof that proves nothing, and does not cosign a longer other history', async () => {
    const good = makeBody(13, first(20));
    const [, , ...rest] = good.split('\n');
    assert.equal((await post(['old 13', ...rest].join('\n'))).status, 422);
    assert.equal((await post(makeBody(13, others))).status, 422);
    assert.equal(
      (await post(good.replace('old 13\n', `old 13\n${rootOf([]).toString('base64')}\n`))).status,
      422,
    );
    assert.equal((await post(good)).status, 200);
  });

  it('cosigns one history only, whatever comes at once', async () => {
    const bodies = Array.from({ length: 10 }, (_, n) => [
      makeBody(20, first(21 + n)),
      makeBody(20, [...first(20), ...makeLeaves(`c${n}`, 1 + n)]),
    ]).flat();
    const replies = await Promise.all(bodies.map(post));
    const signed = replies.filter(({ status }) => status === 200);
    assert.equal(signed.length, 1);
    assert.ok(replies.every(({ status }) => [200, 409].includes(status)));
  });

  it('takes no other path, method or length', async () => {
    assert.equal((await fetch(`${witness.url}/add-checkpoint`)).status, 405);
    assert.equal((await fetch(`${witness.url}/log/checkpoint`)).status, 404);
    assert.equal((await post('old 1\n'.repeat(20_000))).status, 413);
  });

  it('lets no second process into its folder, and keeps it from other accounts', async () => {
    await assert.rejects(startWitness(folder, never), /in use|another/i);
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
  });
});

describe('the folder of a witness', () => {
  it('is not served when what it remembers is lost, spoilt or of another log, or when others may look into it', async () => {
    const { folder } = makeWitness();
    const record = join(folder, readdirSync(folder).find((name) => name.startsWith('log-')) ?? '');
    for (const content of [
      '',
      '{"origin":"x","size":0,"root":""}',
      `{"origin":"${origin}","size":-1,"root":""}`,
    ]) {
      writeFileSync(record, content);
      await assert.rejects(startWitness(folder, never), /must not go on/);
    }
    rmSync(record);
    await assert.rejects(startWitness(folder, never), /must not go on/);
    chmodSync(folder, 0o755);
    await assert.rejects(startWitness(folder, never), /chmod 700/);
    rmSync(folder, { recursive: true });
  });

  it('keeps what was cosigned when another key of the log is added', async () => {
    const { folder } = makeWitness();
    const before = await startWitness(folder, never);
    assert.equal((await submit(before.url, makeBody(0, first(9)))).status, 200);
    await before.stop();
    addLog(folder, toVerifierKey(origin, next), origin);
    const after = await startWitness(folder, never);
    assert.equal((await submit(after.url, makeBody(0, first(9)))).text, '9\n');
    await after.stop();
    rmSync(folder, { recursive: true });
  });

  it('is made by lgsp witness, once', async () => {
    const { folder } = makeWitness([]);
    const made = join(folder, 'made');
    const init = await lgsp(['witness', 'init', '--folder', made, '--name', 'w.example']);
    assert.match(init.out, /^w\.example\+[0-9a-f]{8}\+B\S+\n$/);
    const key = await lgsp(['witness', 'add-log', '--log-key', logVerifierKey], { WITNESS_DIR: made });
    assert.ok(key.out.includes(init.out.trim()));
    assert.match((await lgsp(['witness', 'init', '--folder', made, '--name', 'w.example'])).err, /already/);
    rmSync(folder, { recursive: true });
  });
});
