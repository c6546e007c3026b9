// A process to be killed: does the daily work of retention until its end. Arguments: owner address, key folder, now, and
// where it stops: `never`, or `key`, which says so and waits before a key is destroyed.
import { createPool } from '../../src/database/pool.ts';
import { endMonthKeys } from '../../src/evidence/month-keys.ts';
import { purgeDue } from '../../src/evidence/purge.ts';
import { openKeys } from '../../src/keys.ts';

const [ownerUrl = '', folder = '', at = '', stopAt = ''] = process.argv.slice(2);
const owner = createPool(ownerUrl, { max: 2, applicationName: 'purge-process' });
const opened = openKeys(folder, 'test');
const keys = {
  ...opened,
  destroyMonth(month: string): void {
    if (stopAt !== 'key') {
      opened.destroyMonth(month);
      return;
    }
    process.stdout.write('at the key\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};
const now = (): Date => new Date(at);
await purgeDue({ pool: owner, keys, now, batchExchanges: 1 });
await endMonthKeys({ pool: owner, keys, now });
await owner.end();
