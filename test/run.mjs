// Plain Node: `npm test`. Makes the checkout ready, runs every test, then the scan of what the run wrote, and ends with
// one line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from '../src/prepare.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (text) => process.stderr.write(`${text}\n`);

/** Runs mocha once and reads what its reporter counted. */
function runMocha(args, written) {
  const counts = join(written, 'counts.json');
  rmSync(counts, { force: true });
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        join(root, 'node_modules/mocha/bin/mocha.js'),
        '--reporter',
        join(root, 'test/support/reporter.cjs'),
        ...args,
      ],
      { cwd: root, stdio: 'inherit', env: { ...process.env, TEST_WRITTEN: written, TEST_COUNTS: counts } },
    );
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('close', (code) => {
      try {
        resolve({ ...JSON.parse(readFileSync(counts, 'utf8')), code });
      } catch {
        resolve({ passed: 0, failed: 1, skipped: 0, code: code || 1 });
      }
    });
  });
}

try {
  await prepare(say);
} catch (error) {
  say(error.message);
  process.exit(1);
}
const files = process.argv.slice(2);
const written = mkdtempSync(join(tmpdir(), 'lgsp-written-'));
const runs = [await runMocha(files, written)];
if (files.length === 0) runs.push(await runMocha(['--spec', 'test/scan.ts'], written));
rmSync(written, { recursive: true, force: true });

const sum = (name) => runs.reduce((total, run) => total + run[name], 0);
// A run that ended badly without a failed test (a hook, a crash, a forbidden .only) has failed all the same.
const failed = Math.max(sum('failed'), runs.some((run) => run.code !== 0) ? 1 : 0);
const skipped = sum('skipped');
console.log(`\n${sum('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 && (skipped === 0 || !process.env.CI) ? 0 : 1;
