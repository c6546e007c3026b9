// Entries that wait for each other, and when they must not.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { EvidenceLog } from '../../src/evidence/types.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { connect, dropWhenQuiet, someOpen, startLog } from './support.ts';

describe('entries that wait together', () => {
  let database: FreshDatabase;
  let owner: pg.Client;
  let log: EvidenceLog;

  before(async () => {
    database = await freshDatabase();
    owner = await connect(database.ownerUrl);
    log = await startLog(database.hubUrl);
  });
  after(async () => {
    await log.stop();
    await dropWhenQuiet(database, owner);
  });

  it('do not wait long for one that hangs', async () => {
    const [hash, forgetAt] = ['held by another', new Date(Date.now() + 60_000)];
    await owner.query('BEGIN');
    await owner.query('INSERT INTO used_proof VALUES ($1, gen_random_uuid(), $2)', [hash, forgetAt]);
    let isOpen = false;
    const hanging = log.open({ ...someOpen(), proof: { hash, forgetAt } }).then(() => {
      isOpen = true;
    });
    await pause(20);
    await log.open(someOpen());
    assert.equal(isOpen, false);
    await owner.query('ROLLBACK');
    await hanging;
  });
});
