// The pure parts of the way to the portal: which lines it holds, gathering, turns.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { SourceError } from '../../../adapters/adapter.ts';
import { createGatherer, createTurns } from '../../../src/services/portal/sync/gather.ts';
import { toFailedOutcome } from '../../../src/services/portal/sync/outcome.ts';
import { toRepeatedLines, toStoredLines } from '../../../src/services/portal/sync/stored-lines.ts';
import { createUnsure } from '../../../src/services/portal/sync/unsure.ts';

const line = (n: number) => ({
  officer: 'Cán bộ thử',
  content: `Bước ${n}`,
  at: new Date(Date.UTC(2025, 10, 20, 1) + n * 60_000).toISOString(),
  status: 4,
});
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => line(from + n));

describe('Which lines the portal holds after a call whose outcome is not known', () => {
  it('11.10: of any lines that were there before and any that were stored, tells how many were stored', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.integer({ min: 1, max: 10 }), fc.nat(10), (before, sent, stored) => {
        const count = Math.min(stored, sent);
        const held = lines(0, before + count);
        assert.deepEqual(toStoredLines(lines(before, before + sent), held, before), { stored: count });
      }),
    );
  });

  it('knows a line by what both sides say, whole seconds and one form of letters', () => {
    const said = [{ content: 'Bước 1', at: '2025-11-20T08:00:00.500+07:00', department: 'Một cửa' }];
    const held = [{ content: 'Bước 1'.normalize('NFD'), at: '2025-11-20T01:00:00Z' }];
    assert.deepEqual(toStoredLines(said, held, 0), { stored: 1 });
    assert.equal(toStoredLines(said, [{ ...held[0], content: 'khác' }], 0), 'unclear');
  });

  it('tells by their number whether a line that repeats the one before it was stored', () => {
    assert.deepEqual(toStoredLines([line(1)], [line(1)], 1), { stored: 0 });
    assert.deepEqual(toStoredLines([line(1)], [line(1), line(1)], 1), { stored: 1 });
  });

  it('takes lines as held that another client wrote before us, and says so when it shows too few', () => {
    assert.deepEqual(toStoredLines([line(9)], [...lines(0, 5), line(9)], 0), { stored: 1 });
    assert.deepEqual(toStoredLines([line(9)], lines(0, 5), 0), { stored: 0 });
    assert.equal(toStoredLines([line(9)], lines(0, 5), 6), 'unclear');
  });
});

describe('Which lines the portal has of those that follow a change that was given up', () => {
  it('11.10: are those from the first on, wherever it shows them', () => {
    assert.deepEqual(toRepeatedLines(lines(2, 6), lines(0, 4), 1), { stored: 2 });
    assert.deepEqual(toRepeatedLines([line(1)], lines(0, 4), 0), { stored: 1 });
    assert.deepEqual(toRepeatedLines(lines(4, 6), lines(0, 4), 0), { stored: 0 });
  });

  it('11.10: are for a person to tell where one is there behind one that is not, or it shows too few', () => {
    assert.equal(toRepeatedLines([line(9), line(1)], lines(0, 4), 0), 'unclear');
    assert.equal(toRepeatedLines([line(9)], lines(0, 4), 5), 'unclear');
  });
});

describe('Gathering', () => {
  it('works on what comes together by key, up to the most, and gives each its own result or error', async () => {
    const pieces: string[][] = [];
    const ask = createGatherer<string, string>({
      ...{ waitMs: 5, most: 3, keyOf: (item) => item[0] ?? '' },
      async work(items) {
        pieces.push([...items]);
        return items.map((item) => (item === 'a2' ? new Error('bad') : item.toUpperCase()));
      },
    });
    const ends = await Promise.allSettled(['a1', 'b1', 'a2', 'a3', 'a4'].map(ask));
    assert.deepEqual(pieces, [['a1', 'a2', 'a3'], ['b1'], ['a4']]);
    assert.deepEqual(
      ends.map((end) => (end.status === 'fulfilled' ? end.value : 'refused')),
      ['A1', 'B1', 'refused', 'A3', 'A4'],
    );
  });

  it('throws to each what the work throws, and goes on after it', async () => {
    let isBroken = true;
    const ask = createGatherer<number, number>({
      ...{ waitMs: 1, most: 10 },
      work: async (items) => (isBroken ? Promise.reject(new Error('broken')) : items),
    });
    const ends = await Promise.allSettled([ask(1), ask(2)]);
    assert.ok(ends.every(({ status }) => status === 'rejected'));
    isBroken = false;
    assert.equal(await ask(3), 3);
  });

  it('runs at most so much at once, in order, whatever fails', async () => {
    const inTurn = createTurns(2, () => new Error('late'));
    let [running, most] = [0, 0];
    const begun: number[] = [];
    const work = (n: number) => async () => {
      begun.push(n);
      running += 1;
      most = Math.max(most, running);
      await pause(1);
      running -= 1;
      if (n === 1) throw new Error('failed');
      return n;
    };
    await Promise.allSettled([0, 1, 2, 3, 4].map((n) => inTurn(work(n), new AbortController().signal)));
    assert.deepEqual([most, begun], [2, [0, 1, 2, 3, 4]]);
  });

  it('never begins work whose time is up before its turn, and gives its turn to the next', async () => {
    const inTurn = createTurns(1, () => new Error('late'));
    const [whole, short] = [new AbortController(), new AbortController()];
    const begun: string[] = [];
    const over = new AbortController();
    const work = (name: string) => async () => {
      begun.push(name);
      if (!over.signal.aborted) await once(over.signal, 'abort');
    };
    const first = inTurn(work('first'), whole.signal);
    const late = inTurn(work('late'), short.signal);
    const next = inTurn(work('next'), whole.signal);
    short.abort();
    await assert.rejects(late, /^Error: late$/);
    over.abort();
    await Promise.all([first, next]);
    assert.deepEqual(begun, ['first', 'next']);
    await assert.rejects(inTurn(work('later'), short.signal), /^Error: late$/);
  });
});

describe('What a failure at the portal means', () => {
  const outcomeOf = (
    ...[kind, more]: [SourceError['kind'], ConstructorParameters<typeof SourceError>[3]?]
  ) => {
    const outcome = toFailedOutcome(new SourceError(kind, 'portal', 'test', more), []);
    if (outcome.kind !== 'retry' && outcome.kind !== 'dead') return assert.fail();
    const { problem, responsible } = outcome;
    return [outcome.kind, problem, responsible, outcome.kind === 'retry' && outcome.isRouteAway];
  };

  it('11.11: time-outs, pauses that it asks for, maintenance, accounts and refusals have their party and their way', () => {
    assert.deepEqual(outcomeOf('unreachable'), ['retry', 'source-unreachable', 'network', true]);
    assert.deepEqual(outcomeOf('timeout'), ['retry', 'source-timeout', 'source', false]);
    assert.deepEqual(outcomeOf('unreadable'), ['retry', 'source-unreadable', 'source', false]);
    assert.deepEqual(outcomeOf('unavailable'), ['retry', 'source-unavailable', 'source', false]);
    const asked = outcomeOf('unavailable', { retryAfterMs: 2_000 });
    assert.deepEqual(asked, ['retry', 'source-unavailable', 'source', true]);
    const account = outcomeOf('refused', { code: 'credentials', party: 'hub' });
    assert.deepEqual(account, ['retry', 'portal-credential', 'hub', true]);
    const late = outcomeOf('unreachable', { code: 'deadline' });
    assert.deepEqual(late, ['retry', 'deadline-exceeded', 'hub', false]);
    assert.deepEqual(outcomeOf('unmapped'), ['retry', 'code-unmapped', 'hub', false]);
    assert.deepEqual(outcomeOf('refused'), ['dead', 'source-refused', 'source', false]);
  });

  it('remembers since when an outcome is not known, and begins anew for one that it does not know', () => {
    let now = 0;
    const unsure = createUnsure(() => now);
    unsure.note('one');
    now = 50;
    assert.deepEqual([unsure.sinceMs('one'), unsure.sinceMs('other')], [50, 0]);
    now = 60;
    assert.equal(unsure.sinceMs('other'), 10);
    unsure.forget('one');
    assert.equal(unsure.sinceMs('one'), 0);
  });
});
