// Cosignatures of witnesses that are named: verified and said with their time wherever lgsp verify meets a head; a wrong one is
// an error, one of nobody named is said to be not checked.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askArchiveAboutTicket } from '../../src/cli/ticket-archive.ts';
import { verifyAll } from '../../src/cli/verify.ts';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { cosign } from '../../src/evidence/cosignature.ts';
import { signNote, toVerifierKey } from '../../src/evidence/note.ts';
import { createTicketSigner } from '../../src/evidence/ticket.ts';
import { hashLeaf, rangesOfConsistency, rootOf } from '../../src/evidence/tree.ts';
import { someMadeLeaf, writeExport } from '../evidence/made-export.ts';
import { logKey, logVerifierKey, origin } from '../evidence/support.ts';

const makeOne = (name: string) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const at = new Date('2026-11-23T09:00:00.000Z');
  const line = (text: string): string => cosign(text, name, privateKey, at);
  return { key: toVerifierKey(name, privateKey, 'cosignature'), line };
};
const [one, other, absent] = ['one.example', 'other.example', 'absent.example'].map(makeOne);
assert.ok(one && other && absent);
const both = (text: string): string => `${one.line(text)}${other.line(text)}`;
/** A cosignature of another head under the name of the first witness. */
const wrong = (): string => one.line('other\n');

const leaves = Array.from({ length: 20 }, () => someMadeLeaf());
const hashes = leaves.map(({ text }) => hashLeaf(Buffer.from(text)));
const textOf = (size: number): string =>
  toCheckpointText({ origin, size, root: rootOf(hashes.slice(0, size)) });
const noteOf = (size: number, lines = both): string =>
  `${signNote(textOf(size), origin, logKey)}${lines(textOf(size))}`;

describe('lgsp verify, with --witness', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-witnesses-'));
  after(() => rmSync(folder, { recursive: true }));
  let count = 0;
  const file = (text: string): string => {
    const path = join(folder, `file-${count++}`);
    writeFileSync(path, text);
    return path;
  };
  const exported = (lines: (text: string) => string): string => {
    const path = join(folder, `export-${count++}`);
    writeExport(path, { leaves, isShown: () => true, cosign: lines });
    return path;
  };
  async function say(paths: string[], witness: readonly string[], more = {}): Promise<string> {
    const lines: string[] = [];
    const show = (line: string): void => void lines.push(line);
    const options = { logKey: logVerifierKey, witness, ...more };
    await verifyAll(paths, options, { show, progress: undefined });
    return lines.join('\n');
  }

  it('says of an export who witnessed its checkpoint and when, who did not, and what it did not check', async () => {
    const said = await say([exported(both)], [one.key, absent.key]);
    assert.match(said, /checked: the checkpoint is witnessed by one.example at 2026-11-23T09:00:00.000Z/);
    assert.match(said, /NOT checked: the checkpoint is not witnessed by absent.example/);
    assert.match(said, /NOT checked: 1 further signatures of the checkpoint were not checked/);
    assert.match(said, /VALID$/);
    const all = await say([exported(both)], [one.key, other.key]);
    assert.doesNotMatch(all, /further signatures|no witness has signed/);
    assert.match(await say([exported(both)], []), /NOT checked: 2 further signatures/);
  });

  it('refuses a wrong cosignature of a witness that is named, and passes over one of a witness that is not', async () => {
    const why = /^NOT VALID: the cosignature of one.example does not fit the checkpoint$/;
    const place = exported(wrong);
    assert.match(await say([place], [one.key]), why);
    assert.match(await say([place], [other.key]), /1 further signatures[\s\S]*VALID$/);
    const head = [file(noteOf(7, wrong))];
    assert.match(await say([exported(both)], [one.key], { head }), why);
    assert.match(await say([exported(both)], [other.key], { head }), /of the kept head\n[\s\S]*VALID$/);
  });

  it('says who dated a kept head', async () => {
    const said = await say([exported(both)], [other.key], { head: [file(noteOf(7))] });
    assert.match(said, /first 7 leaves are those of the kept head, dated 2026-11-23T09:00:00.000Z by other/);
  });

  it('says of two checkpoints who witnessed each', async () => {
    const hash = ({ from, to }: { from: number; to: number }): string =>
      rootOf(hashes.slice(from, to)).toString('base64');
    const answer = { from: 7, to: 20, proof: rangesOfConsistency(7, 20).map(hash) };
    const proof = { proof: file(JSON.stringify(answer)) };
    const paths = [file(noteOf(7, one.line)), file(noteOf(20, other.line))];
    const said = await say(paths, [one.key], proof);
    assert.match(said, /checked: the first checkpoint is witnessed by one.example at 2026-11-23T09/);
    assert.match(said, /the second checkpoint is not witnessed by one.example\nVALID/m);
    const bad = [paths[0] ?? '', file(noteOf(20, wrong))];
    assert.match(await say(bad, [one.key], proof), /^NOT VALID: the cosignature of one.example/);
    assert.match(await say(paths, [], proof), /not checked: whether a witness saw the first checkpoint/);
  });

  it('says of the head of an archive that decides about a ticket who witnessed it', async () => {
    const sign = createTicketSigner(origin, () => logKey);
    const { exchange } = JSON.parse(leaves[3]?.text ?? '');
    const at = new Date('2026-11-23T08:00:01.000Z');
    const ticket = sign({ exchangeId: exchange, leafHash: hashes[3] ?? Buffer.alloc(32), at });
    const key = { key: logVerifierKey, origin: 'a test' };
    const lines: string[] = [];
    const show = (line: string): void => void lines.push(line);
    assert.ok(await askArchiveAboutTicket(ticket, key, exported(both), show, { witnesses: [one.key] }));
    assert.ok(lines.some((line) => /that head is witnessed by one.example at 2026-11-23T09/.test(line)));
    await assert.rejects(
      askArchiveAboutTicket(ticket, key, exported(wrong), show, { witnesses: [one.key] }),
      /^Error: not decided: the cosignature of one.example does not fit/,
    );
  });
});
