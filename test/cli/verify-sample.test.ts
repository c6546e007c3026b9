// A sample and a key chain: the log's key was rotated, and the sample is verified by whoever trusts the old one.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifySampleFile } from '../../src/cli/sample.ts';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { cosign } from '../../src/evidence/cosignature.ts';
import { type KindPart, type Leaf, type Notice, toLeaf } from '../../src/evidence/leaf.ts';
import { signNote, toVerifierKey } from '../../src/evidence/note.ts';
import { type Receipt, toPrivatePart } from '../../src/evidence/receipt.ts';
import { drawSample } from '../../src/evidence/sample.ts';
import { rangesOfInclusion, rootOf } from '../../src/evidence/tree.ts';
import { origin, someFacts } from '../evidence/support.ts';
import { lgsp } from './command.ts';

const makeKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;
const [one, two, watching] = [makeKey(), makeKey(), makeKey()];
const [first, second] = [toVerifierKey(origin, one), toVerifierKey(origin, two)];
const witness = toVerifierKey('witness.example', watching, 'cosignature');
const at = new Date('2026-11-23T08:00:00.123Z');

const sealed = { salt: Buffer.alloc(32, 7), text: '{}' };
function someLeaf(kind: 'closed' | 'notice', part: KindPart): Leaf {
  return toLeaf(kind, someFacts(), { at, databaseAt: at }, part, sealed);
}
const notice = (name: Notice, about: Readonly<Record<string, string>>): Leaf =>
  someLeaf('notice', { notice: name, about });
const log = Array.from({ length: 40 }, () => someLeaf('closed', { outcome: 'answered', status: 200 }));
log[8] = notice('key-added', { key: second, after: first });
log[18] = notice('key-retired', { key: first, successor: second });
const hashes = log.map(({ hash }) => hash);

/** The head of the first `size` leaves, signed by these keys and by the witness. */
function headOf(size: number, ...signers: KeyObject[]): string {
  const text = toCheckpointText({ origin, size, root: rootOf(hashes.slice(0, size)) });
  return `${signNote(text, origin, ...signers)}${cosign(text, 'witness.example', watching, at)}`;
}
function prove(leafIndex: number, size: number, ...signers: KeyObject[]): Receipt {
  const proof = rangesOfInclusion(leafIndex, size).map(({ from, to }) => rootOf(hashes.slice(from, to)));
  return {
    ...{ entry: log[leafIndex]?.text ?? '', leafIndex, treeSize: size, checkpoint: headOf(size, ...signers) },
    inclusionProof: proof.map((hash) => hash.toString('base64')),
    private: toPrivatePart(sealed),
  };
}
/** What the hub answers who asks for a sample of five. */
function sampleOf(size: number, ...signers: KeyObject[]): string {
  const root = rootOf(hashes.slice(0, size));
  const receipts = drawSample({ seed: 'hat-giong', root, size, count: 5 }).map((index) =>
    prove(index, size, ...signers),
  );
  return JSON.stringify({ seed: 'hat-giong', size, receipts });
}
const chain = {
  origin,
  keys: [
    { key: first, retired: prove(18, 20, two) },
    { key: second, added: prove(8, 10, one) },
  ],
};

describe('lgsp verify --sample, with --key-chain', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-sample-'));
  after(() => rmSync(folder, { recursive: true }));
  let count = 0;
  const file = (text: string): string => {
    const path = join(folder, String(count++));
    writeFileSync(path, text);
    return path;
  };
  const keyChain = file(JSON.stringify(chain));
  const seed = 'hat-giong';

  function say(text: string, more: { keyChain?: string; logKey?: string; witness?: readonly string[] } = {}) {
    const lines: string[] = [];
    const options = { logKey: first, seed, ...more };
    const isValid = verifySampleFile(file(text), options, (line) => lines.push(line));
    return `${isValid} ${lines.join('\n')}`;
  }

  it('takes a sample under a head of the new key alone only by the chain that leads to it', () => {
    const text = sampleOf(30, two);
    assert.match(say(text), /^false NOT VALID: receipt 1: the note is not signed by/);
    assert.match(say(text, { keyChain }), /^true [\s\S]*follows[\s\S]*5 receipts verify[\s\S]*\nVALID$/);
    assert.match(say(text, { logKey: second }), /^true /);
  });

  it('takes one under a head of the old key, and of both in the overlap', () => {
    for (const text of [sampleOf(9, one), sampleOf(15, one, two), sampleOf(20, one)])
      for (const more of [{}, { keyChain }]) assert.match(say(text, more), /^true [\s\S]*VALID$/);
  });

  it('refuses one under a later head of the key that was retired', () => {
    const text = sampleOf(30, one);
    assert.match(say(text), /^true /, 'who has no chain cannot know');
    assert.match(say(text, { keyChain }), /^false [\s\S]*NOT VALID: receipt 1: the note is not signed by/);
  });

  it('says of an altered sample what is wrong with it, and of an altered chain that it is the chain', () => {
    const sample = JSON.parse(sampleOf(30, two));
    const [head, ...more] = sample.receipts;
    const altered = { ...sample, receipts: [{ ...head, leafIndex: 29 - head.leafIndex }, ...more] };
    assert.match(
      say(JSON.stringify(altered), { keyChain }),
      /NOT VALID: receipt 1: the inclusion proof does not/,
    );
    const swapped = { ...sample, receipts: [...more, head] };
    assert.match(
      say(JSON.stringify(swapped), { keyChain }),
      /NOT VALID: entry 1 is leaf \d+; the seed draws/,
    );
    const [known, next] = chain.keys;
    const forged = { ...chain, keys: [known, { ...next, added: prove(8, 10, makeKey()) }] };
    const by = { keyChain: file(JSON.stringify(forged)) };
    assert.match(say(JSON.stringify(sample), by), /^false NOT VALID: key chain: .*does not hold/);
  });

  it('says who witnessed its checkpoint, and refuses a cosignature of another head', () => {
    const text = sampleOf(30, two);
    const more = { keyChain, witness: [witness] };
    assert.match(say(text, more), /checked: the checkpoint is witnessed by witness.example at 2026-11-23T08/);
    const absent = toVerifierKey('absent.example', makeKey(), 'cosignature');
    assert.match(
      say(text, { keyChain, witness: [absent] }),
      / {2}not checked: absent.example did not witness it/,
    );
    const sample = JSON.parse(text);
    const [, line = ''] = /(— witness.example \S+\n)$/.exec(headOf(29, two)) ?? [];
    const [head, ...others] = sample.receipts;
    const checkpoint = head.checkpoint.replace(/— witness.example \S+\n$/, line);
    const wrong = JSON.stringify({ ...sample, receipts: [{ ...head, checkpoint }, ...others] });
    assert.match(say(wrong, more), /NOT VALID: receipt 1: the cosignature of witness.example does not fit/);
  });

  it('is a command', async () => {
    const words = ['verify', '--sample', file(sampleOf(30, two)), '--seed', seed, '--log-key', first];
    const [bare, chained] = await Promise.all([lgsp(words), lgsp([...words, '--key-chain', keyChain])]);
    assert.deepEqual([bare.code, chained.code], [2, 0], `${bare.err}${chained.err}`);
    assert.match(chained.out, /follows[\s\S]*they are the leaves that the seed draws[\s\S]*VALID\n$/);
  });
});
