// Places at a source: how many at once, who waits, in which turn, for how long.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createPlaces, type PlaceLimits, type Places } from '../../src/exchange/places.ts';

const openPlaces = (limits: Partial<PlaceLimits> = {}, source: string | undefined = 'population'): Places =>
  createPlaces({ calls: 1, waiting: 8, waitMs: 1_000, ...limits }, source);

describe('Places', () => {
  it('are given at once up to the limit; one more waits until another is left', async () => {
    const places = openPlaces({ calls: 2 });
    const leave = await places.enter('a');
    await places.enter('b');
    const third = places.enter('c');
    assert.equal(places.waiting, 1);
    leave();
    await third;
    assert.equal(places.waiting, 0);
  });

  it('go round the units: a busy one cannot keep the others out', async () => {
    const places = openPlaces();
    const order: string[] = [];
    let leave = await places.enter('x');
    for (const unit of ['a', 'a', 'a', 'a', 'b', 'c', 'c'])
      void places.enter(unit).then((next) => {
        order.push(unit);
        leave = next;
      });
    for (let n = 0; n < 7; n += 1) {
      leave();
      await turn();
    }
    assert.equal(order.join(''), 'abcacaa');
  });

  it('may be left twice without giving a second place', async () => {
    const places = openPlaces();
    const leave = await places.enter('a');
    const waiting = [places.enter('b'), places.enter('c')];
    leave();
    leave();
    await waiting[0];
    await turn();
    assert.equal(places.waiting, 1);
  });

  it('refuse at once when the queue is full, naming the source and when to come again', async () => {
    const places = openPlaces({ waiting: 2 });
    const leave = await places.enter('a');
    const waiting = [places.enter('b'), places.enter('c')];
    await assert.rejects(places.enter('d'), {
      code: 'source-busy',
      more: { retryAfterS: 2, source: 'population' },
    });
    leave();
    const [next] = await Promise.all(waiting.slice(0, 1));
    next?.();
    await waiting[1];
  });

  it('let one unit fill at most half of the queue', async () => {
    const places = openPlaces({ waiting: 4, waitMs: 20 });
    await places.enter('a');
    const waiting = ['a', 'a', 'b'].map((unit) => places.enter(unit));
    await assert.rejects(places.enter('a'), { code: 'source-busy' });
    assert.equal(places.waiting, 3);
    for (const result of await Promise.allSettled(waiting)) assert.equal(result.status, 'rejected');
  });

  it('are waited for no longer than the limit; who gave up leaves no trace', async () => {
    const places = openPlaces({ waitMs: 30 });
    const leave = await places.enter('a');
    await assert.rejects(places.enter('b'), { code: 'source-busy' });
    assert.equal(places.waiting, 0);
    leave();
    await places.enter('c');
  });

  it('of the hub itself name no source', async () => {
    const places = createPlaces({ calls: 0, waiting: 0, waitMs: 1 }, undefined);
    await assert.rejects(places.enter('a'), { code: 'hub-busy', more: { retryAfterS: 2 } });
  });
});
