// Plain Node: `npm run bench`. Makes the checkout ready, installs the peers when they are missing, then becomes the
// bench, on core 1 where cores can be chosen.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from '../src/prepare.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const mark = join(folder, 'node_modules', '.installed');
const say = (text) => process.stderr.write(`${text}\n`);

/** The benches of the log are programs of their own, on all cores and without peers. */
const isLog = ['evidence', 'abuse'].includes(process.argv[2] ?? '');
/** Rows of the hub alone need no peers. */
const needsPeers =
  !isLog && !/^(hub(-[a-z0-9]+)*,?)+$/.test(process.argv[process.argv.indexOf('--only') + 1] ?? '');

function installPeers() {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  say('installing the peers of the bench');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const { status } = spawnSync(command, [...first, ...args], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the peers of the bench could not be installed');
  writeFileSync(mark, lock);
}

try {
  await prepare(say);
  if (needsPeers) installPeers();
} catch (error) {
  say(error.message);
  process.exit(1);
}
const words = process.argv.slice(isLog ? 3 : 2);
const main = isLog ? join(process.argv[2], 'main.js') : 'main.js';
const program = [process.execPath, join(folder, '..', 'dist', 'bench', main), ...words];
const canPin =
  !isLog && cpus().length > 1 && spawnSync('taskset', ['-c', '1', 'true'], { stdio: 'ignore' }).status === 0;
const [command, ...args] = canPin ? ['taskset', '-c', '1', ...program] : program;
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, NODE_ENV: 'production' } });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  process.exitCode = signal ? 1 : code;
});
