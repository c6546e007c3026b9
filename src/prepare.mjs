// Plain Node, before anything else: checks Node, installs what the lock file names, builds what changed, links `lgsp`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const installed = join(root, 'node_modules', '.installed');
const built = join(root, 'dist', '.built');
const sources = [
  'src',
  'adapters',
  'mocks',
  'openapi',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

const hashOf = (text) => createHash('sha256').update(text).digest('hex');
const readIf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`Node ${process.versions.node} is too old: the hub needs Node 20.19 or later`);
}

/** Every source file with its size and time: what the build depends on. */
function describe(path) {
  if (!existsSync(path)) return '';
  const stat = statSync(path);
  if (!stat.isDirectory()) return `${relative(root, path)} ${stat.size} ${stat.mtimeMs}\n`;
  if (relative(root, path) === join('openapi', 'types')) return '';
  return readdirSync(path)
    .sort()
    .map((name) => describe(join(path, name)))
    .join('');
}

function run(command, args, what) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
    const stop = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
    child.on('error', (error) => reject(new Error(`${what} failed: ${error.message}`)));
    child.on('close', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM']) process.off(name, stop);
      if (signal) process.exit(130);
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `${what} failed:\n${Buffer.concat(said).toString().trim().split('\n').slice(-15).join('\n')}`,
          ),
        );
    });
  });
}

/** A line when a long step begins, and a point every two seconds while it lasts. */
async function step(say, text, work) {
  const startedMs = Date.now();
  say(`${text} …`);
  const timer = setInterval(() => say(`${text} … ${Math.round((Date.now() - startedMs) / 1000)} s`), 10_000);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

async function install(say) {
  const lock = hashOf(readIf(join(root, 'package-lock.json')) + process.platform + process.arch);
  if (readIf(installed) === lock) return;
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  await step(say, 'installing packages', () =>
    npm ? run(process.execPath, [npm, ...args], 'npm ci') : run('npm', args, 'npm ci'),
  );
  writeFileSync(installed, lock);
}

async function build(say) {
  const state = hashOf(sources.map((name) => describe(join(root, name))).join(''));
  if (readIf(built) === state) return;
  await step(say, 'building', async () => {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    await run(process.execPath, [join(root, 'src', 'build.mjs')], 'the build');
  });
  writeFileSync(built, state);
}

/** `npx lgsp` finds the command among the installed ones. */
function link() {
  const command = join(root, 'src', 'cli', 'lgsp.mjs');
  const place = join(root, 'node_modules', '.bin', 'lgsp');
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  rmSync(place, { force: true });
  symlinkSync(relative(dirname(place), command), place);
  chmodSync(command, 0o755);
}

/** Makes a checkout ready to run. @param say told of each long step */
export async function prepare(say) {
  checkNode();
  try {
    await install(say);
    await build(say);
    link();
  } catch (error) {
    if (error.code === 'EACCES' || error.code === 'EPERM')
      throw new Error(`this account may not write in ${root}; give it the folder or start as its owner`);
    throw error;
  }
}
