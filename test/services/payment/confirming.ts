// A process to be killed while it takes a confirmation in: it dies after so many answers of the database, COMMIT among them.
// Prints the code of its answer. Arguments: hub address, reference, statements before its death.
import type { PoolClient } from 'pg';
import { createPool } from '../../../src/database/pool.ts';
import { createLedgerRooms, toConfirm } from './bench.ts';

const [hubUrl = '', reference = '', last = ''] = process.argv.slice(2);
const pool = createPool(hubUrl, { max: 2, applicationName: 'test-confirming' });
let left = Number(last);

/** kill -9 of itself: nothing runs after it, no buffer is flushed. */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

pool.on('connect', (client) => {
  const query = client.query.bind(client) as (...all: readonly unknown[]) => Promise<unknown>;
  const counted = async (...all: readonly unknown[]): Promise<unknown> => {
    if (left <= 0) die();
    const answer = query(...all);
    // At a half the statement is on its way when the process dies.
    if (left < 1) die();
    left -= 1;
    return answer;
  };
  Object.assign(client as PoolClient, { query: counted });
});

const [code] = await createLedgerRooms(pool).confirm(toConfirm(reference));
process.stdout.write(`${code}\n`);
await pool.end();
