// What a witness keeps of signed heads that contradict what it cosigned, and how its people hand it to others.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyAll } from '../../src/cli/verify.ts';
import { signNote } from '../../src/evidence/note.ts';
import { addCheckpoint } from '../../src/witness/add-checkpoint.ts';
import { type Conflict, listConflicts } from '../../src/witness/conflicts.ts';
import { startWitness } from '../../src/witness/server.ts';
import { openWitness } from '../../src/witness/witness-folder.ts';
import { lgsp } from '../cli/command.ts';
import { logVerifierKey, origin } from '../evidence/support.ts';
import { makeBody, makeLeaves, makeNote, makeText, makeWitness, submit } from './support.ts';

const leaves = makeLeaves('a', 40);
const first = (count: number): readonly Buffer[] => leaves.slice(0, count);
/** Another history that has the first five leaves too. */
const forked = (count: number, name = 'b'): readonly Buffer[] => [
  ...leaves.slice(0, 5),
  ...makeLeaves(name, count - 5),
];
const never = (error: unknown): never => {
  throw error;
};

describe('A witness that is offered a head which contradicts what it cosigned', () => {
  const made: string[] = [];
  const rest = mkdtempSync(join(tmpdir(), 'lgsp-conflicts-'));
  after(() => {
    for (const folder of [rest, ...made]) rmSync(folder, { recursive: true });
  });
  /** The folder of a witness that cosigned ten leaves. */
  function tenLeaves(): string {
    const { folder } = makeWitness();
    made.push(folder);
    assert.equal(addCheckpoint(openWitness(folder), makeBody(0, first(10))).status, 200);
    return folder;
  }
  const offer = (folder: string, body: string, told: Conflict[] = []): number =>
    addCheckpoint(
      openWitness(
        folder,
        () => new Date(),
        (one) => void told.push(one),
      ),
      body,
    ).status;

  it('keeps two heads of one size, both as the log signed them, whatever else is wrong with the submission', () => {
    for (const old of [10, 3, 0, 17]) {
      const folder = tenLeaves();
      const told: Conflict[] = [];
      const body = makeBody(10, forked(10)).replace('old 10\n', `old ${old}\n`);
      assert.equal(offer(folder, body, told), old === 17 ? 400 : 409);
      const [kept, ...more] = listConflicts(folder);
      assert.deepEqual([kept, more.length], [told[0], 0]);
      assert.deepEqual(
        [kept?.kind, kept?.origin, kept?.cosigned.note, kept?.offered],
        ['two-heads', origin, makeNote(first(10)), makeNote(forked(10))],
      );
      assert.equal(offer(folder, body, told), old === 17 ? 400 : 409);
      assert.equal(told.length, 1, 'it is kept once');
    }
  });

  it('keeps a newer head without a proof as a question, which the same or another head of its size answers', () => {
    const folder = tenLeaves();
    const noProof = (size: number, of: readonly Buffer[]): string =>
      `old 10\n\n${makeNote(of.slice(0, size))}`;
    for (const body of [noProof(12, leaves), noProof(14, forked(14))]) assert.equal(offer(folder, body), 422);
    assert.deepEqual(
      listConflicts(folder).map(({ kind }) => kind),
      ['no-proof', 'no-proof'],
    );
    assert.equal(offer(folder, makeBody(10, first(12))), 200);
    assert.equal(listConflicts(folder).length, 1, 'it was of the log after all');
    assert.equal(offer(folder, makeBody(12, first(14))), 200);
    const [kept, ...more] = listConflicts(folder);
    assert.deepEqual([kept?.kind, more.length], ['two-heads', 0]);
    assert.deepEqual([kept?.cosigned.note, kept?.offered], [makeNote(first(14)), makeNote(forked(14))]);
  });

  it('keeps nothing that the log’s key did not sign, nothing before the first head, and nothing that agrees', () => {
    const folder = tenLeaves();
    const { privateKey } = generateKeyPairSync('ed25519');
    const stranger = signNote(makeText(forked(10)), origin, privateKey);
    assert.equal(offer(folder, `old 10\n\n${stranger}`), 403);
    for (const [old, status] of [
      [3, 409],
      [10, 200],
    ] as const)
      assert.equal(offer(folder, makeBody(old, first(11))), status);
    assert.equal(offer(folder, makeBody(11, first(11))), 200);
    const { folder: fresh } = makeWitness();
    made.push(fresh);
    assert.equal(offer(fresh, `old 0\n${leaves[0]?.toString('base64')}\n\n${makeNote(first(3))}`), 422);
    assert.deepEqual([listConflicts(folder), listConflicts(fresh)], [[], []]);
  });

  it('keeps a bounded number: the first heads of one size, the last ones without a proof', () => {
    const folder = tenLeaves();
    const names = Array.from({ length: 20 }, (_, n) => `c${n}`);
    for (const name of names) assert.equal(offer(folder, makeBody(10, forked(10, name))), 409);
    for (const name of names) assert.equal(offer(folder, `old 10\n\n${makeNote(forked(11, name))}`), 422);
    const kept = listConflicts(folder);
    const offered = (kind: string): string[] => kept.flatMap((one) => (one.kind === kind ? one.offered : []));
    const notes = (size: number, of: string[]): string[] =>
      of.map((name) => makeNote(forked(size, name))).sort();
    assert.deepEqual(offered('two-heads').sort(), notes(10, names.slice(0, 16)));
    assert.equal(offered('no-proof').length, 16);
    assert.ok(offered('no-proof').includes(makeNote(forked(11, 'c19'))));
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
  });

  it('goes on from a record of before notes were kept, and says what it lacks', async () => {
    const folder = tenLeaves();
    const record = join(folder, readdirSync(folder).find((name) => name.startsWith('log-')) ?? '');
    const { note, ...old } = JSON.parse(readFileSync(record, 'utf8'));
    assert.equal(note, makeNote(first(10)));
    writeFileSync(record, JSON.stringify(old));
    assert.equal(offer(folder, makeBody(10, forked(10))), 409);
    const { out, code } = await lgsp(['witness', 'conflicts', '--folder', folder]);
    assert.deepEqual([code, /was not kept as it was signed: 10 leaves/.test(out)], [2, true], out);
    assert.equal(offer(folder, makeBody(10, first(10))), 200);
    assert.equal(offer(folder, makeBody(10, forked(10, 'c'))), 409);
    assert.equal(listConflicts(folder).at(-1)?.cosigned.note, makeNote(first(10)));
  });

  it('tells its people and everybody, and what it hands out proves two histories to anyone', async () => {
    const folder = tenLeaves();
    const told: Conflict[] = [];
    const witness = await startWitness(folder, never, undefined, (one) => void told.push(one));
    try {
      assert.deepEqual(await (await fetch(`${witness.url}/conflicts`)).json(), { conflicts: [] });
      assert.equal((await submit(witness.url, makeBody(10, forked(10)))).status, 409);
      const body: unknown = await (await fetch(`${witness.url}/conflicts`)).json();
      assert.deepEqual(body, { conflicts: told });
      const out = join(rest, 'handed-on');
      const { code, out: said } = await lgsp(['witness', 'conflicts', '--folder', folder, '--out', out]);
      assert.equal(code, 2);
      assert.match(said, /the key of \S+ signed two histories: another head of 10 leaves/);
      const files = ['1-cosigned.note', '1-offered.note'].map((name) => join(out, name));
      const lines: string[] = [];
      const speaking = { show: (line: string) => void lines.push(line), progress: undefined };
      assert.equal(await verifyAll(files, { logKey: logVerifierKey }, speaking), false);
      assert.match(
        lines.join(),
        /^NOT VALID: the key of \S+ signed two histories: two heads of 10 leaves .*prove it/,
      );
      const [one = ''] = files;
      assert.ok(await verifyAll([one, one], { logKey: logVerifierKey }, speaking));
      const newer = join(rest, 'newer.note');
      writeFileSync(newer, makeNote(first(12)));
      await assert.rejects(
        verifyAll([one, newer], { logKey: logVerifierKey }, speaking),
        /different sizes need --proof, the answer of GET \/log\/consistency\?from=10&to=12/,
      );
    } finally {
      await witness.stop();
    }
    const again = openWitness(folder).conflicts.all;
    assert.deepEqual(again, told, 'it is there after a restart');
  });

  it('does not start on a conflict that is spoilt', () => {
    const folder = tenLeaves();
    assert.equal(offer(folder, makeBody(10, forked(10))), 409);
    const name = readdirSync(folder).find((one) => one.startsWith('conflict-')) ?? '';
    writeFileSync(join(folder, name), '{}');
    assert.throws(() => openWitness(folder), /is no conflict as a witness keeps it/);
  });
});
