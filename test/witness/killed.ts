// A witness that is killed before one of its calls of the file system: arguments are its folder and the number of the call.
// Says where it listens; counts from the first submission on.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [folder = '', place = ''] = process.argv.slice(2);
let count = -1;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
  // The signal is there before the next call.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000);
}

for (const name of ['rmSync', 'openSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync'] as const) {
  const call: (...values: unknown[]) => unknown = fs[name] as never;
  const killed = (...values: unknown[]): unknown => {
    if (count < 0) return call(...values);
    if (count === Number(place)) die();
    count += 1;
    return call(...values);
  };
  Object.assign(fs, { [name]: killed });
}
syncBuiltinESMExports();

const { startWitness } = await import('../../src/witness/server.ts');
const witness = await startWitness(folder, (error) => {
  throw error;
});
count = 0;
process.send?.({ url: witness.url });
