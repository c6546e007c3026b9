// What makes a hub process ready: each part broken in turn.
import assert from 'node:assert/strict';
import { type HealthDependencies, toReadiness } from '../../src/operation/health.ts';

const well: HealthDependencies = {
  log: { healthy: true },
  clock: { isRight: true },
  registry: { confirmedMsAgo: () => 400 },
  sequencer: { confirmedMsAgo: () => 400 },
  stamping: { state: 'fresh' },
  signIn: { canIssue: () => true },
  gate: { obstacles: [] },
  witnesses: { states: [] },
  sources: () => ({ population: 'open' }),
  isStopping: () => false,
};

describe('readiness', () => {
  it('holds while a source is away: other services still work', () => {
    assert.equal(toReadiness(well).status, 'ready');
  });

  const broken = [
    ['record', { log: { healthy: false } }],
    ['rights', { registry: { confirmedMsAgo: () => 5_001 } }],
    ['sign', { sequencer: { confirmedMsAgo: () => Number.POSITIVE_INFINITY } }],
    ['clock', { clock: { isRight: false } }],
    ['anchor', { gate: { obstacles: [{ source: 'anchor-file', why: '9 leaves are known' }] } }],
    ['tokens', { signIn: { canIssue: () => false } }],
  ] as const;
  for (const [part, more] of broken)
    it(`ends, and says so, without ${part}`, () => {
      const { sources, stopping, status, timeStamps, ...parts } = toReadiness({ ...well, ...more });
      assert.equal(status, 'not-ready');
      assert.deepEqual(
        Object.entries(parts)
          .filter(([, holds]) => !holds)
          .map(([name]) => name),
        [part],
      );
    });

  it('ends while the hub is being stopped', () => {
    assert.equal(toReadiness({ ...well, isStopping: () => true }).status, 'not-ready');
  });
});
