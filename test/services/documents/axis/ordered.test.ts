// Side by side, yet in order under each key.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { workInOrder } from '../../../../src/services/documents/axis/ordered.ts';

describe('Work in order', () => {
  it('adapter 9.12: whatever fetching takes and whatever fails, nothing overtakes under its key and nothing is left', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), turns: fc.nat(5), fails: fc.boolean() }), {
          maxLength: 30,
        }),
        fc.integer({ min: 1, max: 6 }),
        async (given, most) => {
          const items = given.map((item, n) => ({ ...item, n }));
          const taken: (typeof items)[number][] = [];
          const failed: number[] = [];
          await workInOrder(items, {
            most,
            async fetch(item) {
              for (let n = 0; n < item.turns; n += 1) await turn();
              if (item.fails) throw new Error('away');
              return item;
            },
            keyOf: ({ key }) => key,
            take: async (item) => void taken.push(item),
            onFailure: ({ n }) => void failed.push(n),
            isOver: () => false,
          });
          const byNumber = (list: readonly number[]) => [...list].sort((one, other) => one - other);
          const numbers = (fails: boolean) => items.filter((item) => item.fails === fails).map(({ n }) => n);
          assert.deepEqual(byNumber(failed), numbers(true));
          assert.deepEqual(byNumber(taken.map(({ n }) => n)), numbers(false));
          for (const key of ['a', 'b', 'c']) {
            const order = taken.filter((item) => item.key === key).map(({ n }) => n);
            assert.deepEqual(order, byNumber(order));
          }
        },
      ),
      { numRuns: 60 },
    ));
});
