// How far search lies behind the log, as the database tells it.
import assert from 'node:assert/strict';
import { withTransaction } from '../../src/database/pool.ts';
import { readSearchLag } from '../../src/operation/search-lag.ts';
import { indexAll, numberAll, openOwner, writeExchange } from '../evidence/retention-support.ts';
import { freshDatabase } from '../support/database.ts';

describe('How far search is behind', () => {
  it('is the leaves that it does not hold, and the age of the oldest of them; nothing once it holds all', async () => {
    const database = await freshDatabase();
    const owner = openOwner(database);
    const record = () =>
      withTransaction(owner, (client) =>
        writeExchange(client, {
          ...{ service: 'population.v1', operation: 'lookUpCitizen', kinds: ['opened', 'closed'] },
          times: [new Date()],
        }),
      );
    await record();
    await numberAll(database.ownerUrl);
    await indexAll(owner);
    assert.deepEqual(await readSearchLag(owner), { leaves: 0, ageMs: 0 });
    const { rows } = await owner.query<{ before: Date }>('SELECT clock_timestamp() AS before');
    await record();
    await record();
    await numberAll(database.ownerUrl);
    const { leaves, ageMs } = await readSearchLag(owner);
    const most = Date.now() - (rows[0]?.before.getTime() ?? 0) + 1_000;
    assert.ok(leaves === 4 && ageMs > 0 && ageMs < most, `${leaves} leaves, ${ageMs} of ${most} ms`);
    await owner.end();
    await database.drop();
  });
});
