// x
import assert from 'node:assert/strict';
import { type Ground, layGround, openGround } from './ground.ts';
import { look, nothing } from './outsiders.ts';

describe('The red team against the history', () => {
  let ground: Ground;
  before(async () => {
    ground = await layGround();
  });
  after(() => ground.close());

  it('finds nothing where nothing was done', async () => {
    const scene = await openGround(ground);
    const t = performance.now();
    assert.deepEqual(await look(scene), nothing);
    console.log(performance.now() - t);
    await scene.close();
  });
});
