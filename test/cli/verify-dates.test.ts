// The times of leaves against heads that somebody else dated: what a head lacks cannot be much older than it, what it has
// cannot be newer; and what may be older after an outage.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { startTimeAuthorityMock } from '../../mocks/time-authority/mock.ts';
import { type FolderOptions, verifyFolder } from '../../src/cli/verify-folder.ts';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { cosign } from '../../src/evidence/cosignature.ts';
import { createDating, tellDates } from '../../src/evidence/dating.ts';
import { type KindPart, parseLeafText, toLeaf } from '../../src/evidence/leaf.ts';
import { signNote, toVerifierKey } from '../../src/evidence/note.ts';
import { obtainStamp } from '../../src/evidence/time-stamps/client.ts';
import { hashHead } from '../../src/evidence/time-stamps/stamped-head.ts';
import { hashLeaf, rootOf } from '../../src/evidence/tree.ts';
import type { EntryKind } from '../../src/evidence/types.ts';
import { type MadeLeaf, type Wanted, writeExport } from '../evidence/made-export.ts';
import { logKey, logVerifierKey, origin, someFacts } from '../evidence/support.ts';

const minute = 60_000;
const { privateKey } = generateKeyPairSync('ed25519');
const witnesses = [toVerifierKey('witness.example', privateKey, 'cosignature')];
/** When the witness dated heads; leaves are counted from it, in minutes. */
const dated = new Date('2026-11-23T09:00:00.000Z');
const seen = (text: string): string => cosign(text, 'witness.example', privateKey, dated);

interface More extends KindPart {
  readonly kind?: EntryKind;
  readonly exchangeId?: string;
  /** Minutes of the process's clock. */
  readonly process?: number;
}

/** A leaf that claims to be so many minutes after the date. */
function leafAt(minutes: number, more: More = {}, base = dated): MadeLeaf {
  const { kind = 'closed', exchangeId = uuidv7(), process = minutes, ...part } = more;
  const sealed = { salt: randomBytes(32), text: '{}' };
  const toTime = (count: number): Date => new Date(base.getTime() + count * minute);
  const time = { at: toTime(process), databaseAt: toTime(minutes) };
  return { text: toLeaf(kind, someFacts({ exchangeId }), time, part, sealed).text, sealed };
}

const noteOf = (leaves: readonly MadeLeaf[]): string => {
  const root = rootOf(leaves.map(({ text }) => hashLeaf(Buffer.from(text))));
  return signNote(toCheckpointText({ origin, size: leaves.length, root }), origin, logKey);
};
const textOf = (note: string): string => note.slice(0, note.lastIndexOf('\n\n') + 1);

describe('lgsp verify --deep, with heads that were dated', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-dates-'));
  after(() => rmSync(folder, { recursive: true }));
  let count = 0;

  /** Verifies an archive with a head of its first `size` leaves, which the witness dated. */
  async function verify(
    leaves: readonly MadeLeaf[],
    size: number,
    options: Partial<FolderOptions> = {},
    wanted: Partial<Wanted> = {},
  ) {
    const place = join(folder, String(count++));
    writeExport(place, { leaves, isShown: () => true, ...wanted });
    const note = noteOf(leaves.slice(0, size));
    const heads = [`${note}${seen(textOf(note))}`];
    return verifyFolder(place, { logKey: logVerifierKey, deep: true, heads, witnesses, ...options });
  }
  const before = [leafAt(-2), leafAt(-1)];

  it('takes entries whose times fit, and says so', async () => {
    const { checked, notChecked } = await verify([...before, leafAt(-9), leafAt(1)], 2);
    const said =
      'the times of the entries fit the dates of 1 heads, by the database’s clock and within 10 minutes';
    assert.ok(checked.includes(said), checked.join('\n'));
    assert.doesNotMatch(notChecked.join('\n'), /dated by a process/);
  });

  const millisecond = 1 / minute;
  for (const format of ['ndjson', 'csv'] as const)
    for (const threads of [1, 3])
      it(`finds the first entry that is older than a head that lacks it (${format}, in ${threads} parts)`, async () => {
        const parts = { threads, threadBytes: 1 };
        await verify([...before, leafAt(1), leafAt(-10)], 2, parts, { format });
        const leaves = [...before, leafAt(1), leafAt(-10 - millisecond), leafAt(-11)];
        await assert.rejects(
          verify(leaves, 2, parts, { format }),
          /^Error: leaf 3 says that it is of 2026-11-23T08:49:59.999Z, and the head of 2 leaves, dated 2026-11-23T09:00:00.000Z by witness.example, lacks it: it was backdated, or held back/,
        );
        await assert.rejects(
          verify([leafAt(10 + millisecond), ...before], 2, parts, { format }),
          /^Error: leaf 0 says that it is of 2026-11-23T09:10:00.001Z, .*has it already/,
        );
        await verify([leafAt(10), ...before], 2, parts, { format });
      });

  it('holds the entries of an export against the date of its own checkpoint', async () => {
    await assert.rejects(
      verify([...before, leafAt(11)], 2, { heads: [] }, { cosign: seen }),
      /leaf 2 says .* the head of 3 leaves, dated .* has it already/,
    );
  });

  it('takes no date of a witness that is not named, and reads no time without --deep', async () => {
    const leaves = [...before, leafAt(-60)];
    assert.ok(await verify(leaves, 2, { witnesses: [] }));
    const { notChecked } = await verify(leaves, 2, { deep: false });
    assert.match(notChecked.join('\n'), /were not held against the dates of 1 heads \(--deep does\)/);
  });

  it('takes an old entry "opened" that was withdrawn, and no other', async () => {
    const exchangeId = uuidv7();
    const opened = leafAt(-60, { kind: 'opened', exchangeId });
    const unknown = leafAt(5, { kind: 'unknown', exchangeId });
    const withdrawn = leafAt(5, { kind: 'resolved', outcome: 'not-sent', exchangeId });
    const done = leafAt(5, { kind: 'resolved', outcome: 'answered', status: 200, exchangeId });
    for (const threads of [1, 5]) {
      const parts = { threads, threadBytes: 1 };
      assert.ok(await verify([...before, opened, unknown, withdrawn], 2, parts));
      await assert.rejects(verify([...before, opened, unknown, done], 2, parts), /leaf 2 says .*backdated/);
      await assert.rejects(verify([...before, opened], 2, parts), /leaf 2 says .*backdated/);
    }
  });

  it('goes by the database’s clock, and tells of entries whose process had another', async () => {
    const { notChecked } = await verify([...before, leafAt(1, { process: -60 })], 2);
    assert.match(notChecked.join('\n'), /^1 entries, the first of them leaf 2, were dated by a process/m);
  });

  it('takes no time that there is not', () => {
    const heads = [{ size: 1, atMs: dated.getTime(), by: 'x' }];
    for (const index of [0, 1]) {
      const dating = createDating(heads);
      dating.look(index, { ...parseLeafText(leafAt(0).text), databaseAt: '2026-13-01T00:00:00.000Z' });
      assert.throws(() => tellDates([dating.result()], heads), /^Error: leaf \d says that it is of 2026-13/);
    }
  });

  it('finds with any heads what one sees who compares each leaf with each head', () => {
    const head = fc.record({ size: fc.nat(12), atMin: fc.integer({ min: -60, max: 60 }) });
    const times = fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(times, fc.array(head, { maxLength: 5 }), fc.nat(12), (minutes, some, cut) => {
        const heads = some.map(({ size, atMin }) => ({
          size,
          atMs: dated.getTime() + atMin * minute,
          by: 'x',
        }));
        const isOlder = minutes.some((at, n) => some.some(({ size, atMin }) => size <= n && at < atMin - 10));
        const isNewer = minutes.some((at, n) => some.some(({ size, atMin }) => size > n && at > atMin + 10));
        const stretches = [minutes.slice(0, cut), minutes.slice(cut)].map((part, second) => {
          const dating = createDating(heads);
          for (const [n, at] of part.entries()) dating.look(n + second * cut, parseLeafText(leafAt(at).text));
          return dating.result();
        });
        const find = (): unknown => tellDates(stretches, heads);
        if (isOlder) assert.throws(find, /lacks it/);
        else if (isNewer) assert.throws(find, /has it already/);
        else assert.ok(find());
      }),
      { numRuns: 200 },
    );
  });

  it('takes the date of a time stamp, from the file that /log/time-stamps answered', async () => {
    const mock = await startTimeAuthorityMock({ controlKey: 'test-control-key' });
    try {
      const authorities = [new X509Certificate(mock.rootCertificate)];
      const now = new Date();
      const leaves = [leafAt(-2, {}, now), leafAt(-1, {}, now)];
      const checkpoint = noteOf(leaves);
      const from = { url: mock.url, timeoutMs: 5_000, authorities };
      const { token } = await obtainStamp(from, hashHead(checkpoint), new AbortController().signal);
      const heads = [JSON.stringify({ timeStamps: [{ checkpoint, token: token.toString('base64') }] })];
      const { checked } = await verify([...leaves, leafAt(-5, {}, now)], 2, { heads, authorities });
      assert.match(checked.join('\n'), /are those of the kept head, dated .* by .*Test stamps/);
      const old = [...leaves, leafAt(-15, {}, now)];
      await assert.rejects(verify(old, 2, { heads, authorities }), /leaf 2 says .*Test stamps.*backdated/);
      await assert.rejects(verify(old, 2, { heads }), /needs the certificates of the authority/);
      const other = JSON.stringify({ checkpoint: noteOf(old), token: token.toString('base64') });
      await assert.rejects(verify(old, 2, { heads: [other], authorities }), /stamps something else/);
    } finally {
      await mock.close();
    }
  });
});
