// Plain Node: `npm test`. Makes the checkout ready, runs every test, then the scan of what the run wrote, and ends with
// one line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from '../src/prepare.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** For everything; a run on two quiet cores takes half of it. */
const limitMs = 1_500_000;
const endMs = 15_000;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const say = (text) => process.stderr.write(`${text}\n`);

/** Runs mocha once and reads what its reporter counted; what lasts beyond the limit is ended and has failed. */
function runMocha(args, written, limitMs) {
  const counts = join(written, 'counts.json');
  const reporter = join(root, 'test/support/reporter.cjs');
  rmSync(counts, { force: true });
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      // Not mocha's own starter, which would be ended by a signal and leave the tests running.
      ['--import', 'tsx', join(root, 'node_modules/mocha/lib/cli/cli.js'), '--reporter', reporter, ...args],
      { cwd: root, stdio: 'inherit', env: { ...process.env, TEST_WRITTEN: written, TEST_COUNTS: counts } },
    );
    const end = (signal) => child.kill(signal);
    const timers = [
      setTimeout(() => {
        say(
          `the tests did not end within ${Math.round(limitMs / 1000)} s: they are ended and count as failed`,
        );
        end('SIGTERM');
      }, limitMs),
      setTimeout(() => end('SIGKILL'), limitMs + endMs),
    ];
    for (const signal of signals) process.on(signal, end);
    child.on('close', (code) => {
      for (const timer of timers) clearTimeout(timer);
      for (const signal of signals) process.off(signal, end);
      try {
        resolve({ ...JSON.parse(readFileSync(counts, 'utf8')), code: code ?? 1 });
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
const startedMs = Date.now();
const files = process.argv.slice(2);
const written = mkdtempSync(join(tmpdir(), 'lgsp-written-'));
const runs = [await runMocha(files, written, limitMs)];
if (files.length === 0)
  runs.push(
    await runMocha(['--spec', 'test/scan.ts'], written, Math.max(endMs, startedMs + limitMs - Date.now())),
  );
rmSync(written, { recursive: true, force: true });

const sum = (name) => runs.reduce((total, run) => total + run[name], 0);
// A run that ended badly without a failed test (a hook, a crash, a forbidden .only) has failed all the same.
const failed = Math.max(sum('failed'), runs.some((run) => run.code !== 0) ? 1 : 0);
const skipped = sum('skipped');
console.log(`\n${sum('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 && (skipped === 0 || !process.env.CI) ? 0 : 1;
