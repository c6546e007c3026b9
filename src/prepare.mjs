// Plain Node, before anything else: checks Node, installs what the lock file names, builds what changed, links `lgsp`.
// As a program of its own it does just that.
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isBuilt } from './build-stamp.mjs';
import { runStep } from './prepare-step.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const link = join(root, 'node_modules', '.bin', 'lgsp');
const lockPollMs = 300;

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`Node ${process.versions.node} is too old: the hub needs Node 20.19 or later`);
}

const readPackages = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;

/** Whether this machine can use an optional package. */
const fits = ({ os, cpu, libc }) =>
  libc === undefined &&
  (os === undefined || os.includes(process.platform)) &&
  (cpu === undefined || cpu.includes(process.arch));

/** Whether npm finished installing what the lock file names: it says so in a file of its own, written last. */
function isInstalled() {
  if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) return false;
  const present = readPackages(join('node_modules', '.package-lock.json'));
  return Object.entries(readPackages('package-lock.json')).every(
    ([path, wanted]) =>
      path === '' ||
      present[path]?.integrity === wanted.integrity ||
      (wanted.optional && !present[path] && !fits(wanted)),
  );
}

function install(say) {
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  return runStep({
    say,
    text: 'installing packages',
    ...(npm ? { command: process.execPath, args: [npm, ...args] } : { command: 'npm', args }),
    cwd: root,
    logFile: join(root, 'var', 'log', 'install.log'),
  });
}

function build(say) {
  const program = join(root, 'src', 'build.mjs');
  return runStep({
    say,
    text: 'building',
    command: process.execPath,
    args: [program],
    cwd: root,
    isPlain: true,
  });
}

/** `npx lgsp` finds the command among the installed ones. */
function linkCommand() {
  const command = join(root, 'src', 'cli', 'lgsp.mjs');
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), command), link);
  chmodSync(command, 0o755);
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two that prepare the same checkout would spoil each other's work: the second waits. */
async function lock(say) {
  const file = join(root, 'var', 'preparing');
  const own = `${file}-${process.pid}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(own, String(process.pid));
  for (let isTold = false; ; isTold = true) {
    try {
      linkSync(own, file);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
    if (holder !== undefined && !isAlive(holder)) rmSync(file, { force: true });
    else if (!isTold) say(`waiting for process ${holder}, which prepares this checkout (see ${file})`);
    await sleep(lockPollMs);
  }
  rmSync(own);
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  return () => {
    process.off('exit', release);
    release();
  };
}

/** Makes a checkout ready to run. @param say told of each long step @throws Error whose message is for the reader */
export async function prepare(say) {
  checkNode();
  if (isInstalled() && isBuilt() && existsSync(link)) return;
  try {
    accessSync(root, constants.W_OK);
    const release = await lock(say);
    if (!isInstalled()) await install(say);
    if (!isBuilt()) await build(say);
    if (!existsSync(link)) linkCommand();
    release();
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(error.code))
      throw new Error(
        `this account may not write ${error.path ?? root}; give it the folder or start as its owner`,
      );
    if (error.code === 'ENOSPC') throw new Error(`there is no space left on the disk of ${root}`);
    throw error;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await prepare((text) => console.error(text));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
