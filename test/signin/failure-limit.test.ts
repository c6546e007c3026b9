// The limit on failed token requests, and the bounded map under it.
import assert from 'node:assert/strict';
import { BoundedMap } from '../../src/signin/bounded-map.ts';
import { createFailureLimit } from '../../src/signin/failure-limit.ts';

describe('the failure limit', () => {
  it('lets a key try again when its minute is over', () => {
    let now = 0;
    const limit = createFailureLimit(2, () => now);
    limit.count('a');
    assert.equal(limit.waitS('a'), 0);
    limit.count('a');
    now = 30_000;
    assert.equal(limit.waitS('a'), 30);
    assert.equal(limit.waitS('b'), 0);
    now = 60_000;
    assert.equal(limit.waitS('a'), 0);
  });
});

describe('the bounded map', () => {
  it('forgets what was used longest ago', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [1, undefined, 3, 2]);
  });
});
