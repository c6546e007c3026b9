// Plain Node: one long step of making the checkout ready: told, shown to go on, ended with us, explained when it fails.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const firstNoteMs = 10_000;
const endMs = 1_000;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const interruptedExit = 130;

const reasons = [
  [/\b(ENOSPC|EDQUOT)\b|no space left/i, 'there is no space left on the disk'],
  [/\b(EACCES|EPERM|EROFS)\b/, 'this account may not write what it needs to'],
  [
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/,
    'the package registry cannot be reached',
  ],
];

/** One clear sentence for npm's many lines. */
function explain(said) {
  const known = reasons.find(([pattern]) => pattern.test(said));
  const [, path] = /^npm (?:error|ERR!) path (.+)$/m.exec(said) ?? [];
  if (known) return `${known[1]} (${known[0].exec(said)[0]}${path === undefined ? '' : `: ${path}`})`;
  const line = said.split('\n').find((text) => /^npm (error|ERR!) (?!code )/.test(text));
  return line?.replace(/^npm (error|ERR!) /, '') ?? 'it ended without a word';
}

/** Tells at growing intervals that a step goes on: after 10 s, 20 s more, 40 s more, … @returns what ends it */
function keepTelling(say, text) {
  const startedMs = Date.now();
  let timer;
  const tell = (pauseMs) => {
    timer = setTimeout(() => {
      say(`${text} … ${Math.round((Date.now() - startedMs) / 1000)} s`);
      tell(pauseMs * 2);
    }, pauseMs);
  };
  say(`${text} …`);
  tell(firstNoteMs);
  return () => clearTimeout(timer);
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Asks a child and all it started to end; npm would first install the rest, so they are ended if they do not. */
function endGroup(pid) {
  signalGroup(pid, 'SIGTERM');
  setTimeout(() => signalGroup(pid, 'SIGKILL'), endMs).unref();
}

/**
 * Runs one program to its end, in a process group of its own.
 * @param step.say told of the step
 * @param step.text what it does, for example `building`
 * @param step.isPlain true when what the program says is meant for the reader as it is
 * @param step.logFile where it is kept otherwise, when the step fails
 */
export function runStep({ say, text, command, args, cwd, isPlain, logFile }) {
  const hush = keepTelling(say, text);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const chunks = [];
    let isInterrupted = false;
    // However often the signal comes: a terminal sends SIGINT to npm and to us, and npm passes it on.
    const stop = () => {
      isInterrupted = true;
      endGroup(child.pid);
    };
    for (const name of signals) process.on(name, stop);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    const finish = (failure) => {
      hush();
      for (const name of signals) process.off(name, stop);
      if (isInterrupted) process.exit(interruptedExit);
      if (failure === undefined) resolve();
      else reject(new Error(`${text} failed: ${failure}`));
    };
    child.on('error', (error) => finish(error.message));
    child.on('close', (code) => {
      if (code === 0) return finish();
      const said = Buffer.concat(chunks).toString().trim();
      if (isPlain) return finish(said.includes('\n') ? `\n${said}` : said);
      try {
        mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
        writeFileSync(logFile, said, { mode: 0o600 });
        return finish(`${explain(said)}; all that was said is in ${logFile}`);
      } catch {
        return finish(explain(said));
      }
    });
  });
}
