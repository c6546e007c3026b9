// Any history of what units say, over a portal that fails in every way: what it holds in the end is exactly what they said.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Bench, someDossier, startBench, until } from './sync-bench.ts';
import { newCode, newLine, type Submitted } from './sync-rows.ts';

/** What may be said next: a status that may follow, lines alone, or a status that may not, then mended or withdrawn. */
type Saying =
  | { readonly kind: 'dossier' | 'mended' | 'withdrawn'; readonly lines: number }
  | { readonly kind: 'lines'; readonly lines: number };

const followers: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2],
  1: [2],
  2: [4, 5, 6],
  4: [5, 6, 4],
  5: [4],
  6: [4],
};
const services = ['TraCuuHoSo', 'DongBoHoSoMC', 'CapNhatTienDoHoSoMC'];
const modes = [
  ...['slow', 'hang', 'timeoutBefore', 'timeoutAfter', 'html', 'htmlAfter', 'tooMany', 'maintenance'],
  ...['malformed', 'truncated', 'code', 'codeForm', 'sessionExpired'],
];

const saying: fc.Arbitrary<Saying> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('dossier' as const), lines: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('lines' as const), lines: fc.integer({ min: 1, max: 12 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('mended' as const, 'withdrawn' as const),
      lines: fc.nat(2),
    }),
  },
);
const fault = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      ...{
        mode: fc.constantFrom(...modes),
        service: fc.constantFrom(...services),
        count: fc.integer({ min: 1, max: 2 }),
      },
      form: fc.constantFrom('00', 'number'),
      shape: fc.constantFrom('text', 'json'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant({ mode: 'readLag', service: 'TraCuuHoSo', count: 3, form: '0', shape: 'text' }),
  },
);

/** What a dossier's units said, as changes, and what must come of it. */
interface Story {
  readonly changes: readonly Submitted[];
  /** By the place of the change that must be refused: what takes its place; undefined: it is withdrawn. */
  readonly mends: ReadonlyMap<number, Submitted | undefined>;
  readonly statuses: readonly number[];
  readonly last: string;
  readonly times: readonly string[];
}

function toStory(sayings: readonly Saying[], pick: number): Story {
  const code = newCode();
  const changes: Submitted[] = [];
  const mends = new Map<number, Submitted | undefined>();
  const statuses: number[] = [];
  const times: string[] = [];
  let last = '';
  for (const [n, { kind, lines }] of sayings.entries()) {
    const status = statuses.at(-1) ?? 0;
    const next = followers[status]?.[pick % (followers[status]?.length ?? 1)] ?? 4;
    const progress = Array.from({ length: lines }, () => newLine());
    const said = { code, ...(lines > 0 && { progress }) };
    const good = { ...said, dossier: someDossier(next, { summary: `Lần ${n}` }) };
    // 10 may follow 9 only; lines alone may not be the first.
    const bad = status === 0 ? { code, progress: [newLine()] } : { ...said, dossier: someDossier(10) };
    const isBad = kind === 'mended' || kind === 'withdrawn';
    if (isBad) mends.set(changes.length, kind === 'mended' ? good : undefined);
    const isLines = kind === 'lines' && status > 0;
    changes.push(isBad ? bad : isLines ? said : good);
    if (kind === 'withdrawn') continue;
    times.push(...progress.map(({ at = '' }) => at));
    if (isLines) continue;
    if (status !== next) statuses.push(next);
    last = `Lần ${n}`;
  }
  return { changes, mends, statuses, last, times };
}

/** yyyyMMddHHmmss in Asia/Ho_Chi_Minh. */
const toPortalTime = (at: string): string =>
  new Date(Date.parse(at) + 7 * 3_600_000).toISOString().replace(/\D/gu, '').slice(0, 14);

describe('Histories', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench(
      { timeoutMs: 120, mostLines: 5, loginPauseMs: 20 },
      { settleMs: 150, gatherMs: 3 },
    );
    bench.startRoute();
  });
  after(() => bench.stop());

  /** What people do until nothing stands: mend or withdraw what they know is wrong, replay what the portal only seemed to refuse. */
  async function decide(mends: Map<string, Submitted | undefined>): Promise<boolean> {
    const { rows } = await bench.pool.query<{ id: string; letter: string; problem: string }>(
      `SELECT content->>'change' AS id, id::text AS letter, problem FROM dispatch WHERE state = 'dead'`,
    );
    for (const { id, letter, problem } of rows) {
      assert.notEqual(problem, 'portal-progress-unsure');
      const isWrong =
        mends.has(id) && ['portal-transition-refused', 'portal-dossier-unknown'].includes(problem);
      const mend = mends.get(id);
      if (!isWrong) await bench.engine.deadLetters.replay(letter, 'again', {});
      else if (mend) await bench.submit([{ ...mend, corrects: id }]);
      else await bench.engine.deadLetters.abandon(letter, 'withdrawn', {});
    }
    await bench.owner.query(
      "UPDATE dispatch SET next_at = clock_timestamp() WHERE state = 'waiting' AND failures > 0",
    );
    const open = await bench.pool.query(
      "SELECT FROM dispatch WHERE state NOT IN ('done', 'abandoned') LIMIT 1",
    );
    return open.rowCount === 0;
  }

  async function check({ changes, statuses, last, times }: Story): Promise<void> {
    const code = changes[0]?.code ?? '';
    const row = (await bench.held()).get(code);
    assert.deepEqual(row?.statuses.map(({ status }) => Number(status)) ?? [], statuses);
    assert.deepEqual(
      row?.progress.map(({ at, receptions }) => [at, receptions]) ?? [],
      times.map((at) => [toPortalTime(at), 1]),
    );
    if (!row) return;
    assert.equal(row.creates, 1);
    const { fields } = (await bench.fieldsOf(code)) as { fields: Readonly<Record<string, unknown>> };
    const { MaTTHC, ...others } = fields;
    assert.match(String(MaTTHC), /\./u);
    assert.deepEqual(others, {
      ...{ MaHoSo: code, ChuHoSo: 'Người thử nghiệm', LoaiDoiTuong: '1', TrichYeuHoSo: last },
      ...{ NgayTiepNhan: '20251120080000', TrangThaiHoSo: String(statuses.at(-1)) },
    });
  }

  it('11.12, 11.10, 11.5: whatever fails, the portal holds what units said: nothing altered or invented, lines once', async function () {
    this.timeout(40_000);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(saying, { minLength: 1, maxLength: 6 }), { minLength: 3, maxLength: 3 }),
        fc.array(fault, { maxLength: 5 }),
        fc.nat(5),
        async (histories, faults, pick) => {
          await bench.setFaults(
            ...faults.map(({ service, ...rule }) => ({
              ...rule,
              services: [service],
              delayMs: rule.mode === 'readLag' ? 100 : 200,
            })),
          );
          const stories = histories.map((sayings) => toStory(sayings, pick));
          const mends = new Map<string, Submitted | undefined>();
          for (const { changes, mends: own } of stories) {
            const ids = await bench.submit(changes);
            for (const [n, mend] of own) mends.set(ids[n] ?? '', mend);
          }
          await until(() => decide(mends));
          await bench.setFaults();
          for (const story of stories) await check(story);
        },
      ),
      { numRuns: 9 },
    );
  });
});
