// What the machine says of its own clock. Node cannot ask the kernel (adjtimex), so those are asked who can: systemd
// (timedatectl reads the kernel's flag, whichever program keeps the time), chrony, ntpd. Where none answers, as in most
// containers, it is unknown.
import { execFile } from 'node:child_process';

/** `no`: the kernel or the program that keeps the time says that it is not synchronised. */
export type Synchronised = 'yes' | 'no' | 'unknown';

/** A running watch. */
export interface SynchronisedWatch {
  readonly state: Synchronised;
  stop(): void;
}

interface Question {
  readonly command: string;
  readonly args: readonly string[];
  readonly yes: RegExp;
  readonly no: RegExp;
}

/** Sources: timedatectl(1) `show`, chronyc(1) `tracking`, ntpq(8) `rv`. */
const questions: readonly Question[] = [
  {
    command: 'timedatectl',
    args: ['show', '--property=NTPSynchronized', '--value'],
    yes: /^yes\s*$/,
    no: /^no\s*$/,
  },
  {
    command: 'chronyc',
    args: ['-n', 'tracking'],
    yes: /^Leap status\s*: (Normal|Insert second|Delete second)\s*$/m,
    no: /^Leap status\s*: Not synchronised\s*$/m,
  },
  {
    command: 'ntpq',
    args: ['-n', '-c', 'rv 0 leap'],
    yes: /\bleap(=|_)(00|01|10|none|add_sec|del_sec)\b/,
    no: /\bleap(=|_)(11|alarm)\b/,
  },
];

const commandMs = 2_000;
const everyMs = 30_000;

function ask({ command, args, yes, no }: Question, path: string | undefined): Promise<Synchronised> {
  return new Promise((resolve) => {
    const env = { LC_ALL: 'C', PATH: path ?? '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' };
    execFile(command, [...args], { timeout: commandMs, env }, (_error, stdout) => {
      if (yes.test(stdout)) resolve('yes');
      else resolve(no.test(stdout) ? 'no' : 'unknown');
    });
  });
}

/**
 * Asks in turn until one knows.
 * @param path where commands are looked for; default the system's usual folders
 */
export async function readSynchronised(path?: string): Promise<Synchronised> {
  for (const question of questions) {
    const state = await ask(question, path);
    if (state !== 'unknown') return state;
  }
  return 'unknown';
}

/** Asks now and every 30 s. */
export async function watchSynchronised(path?: string): Promise<SynchronisedWatch> {
  let state = await readSynchronised(path);
  const timer = setInterval(() => {
    readSynchronised(path).then(
      (read) => {
        state = read;
      },
      () => undefined,
    );
  }, everyMs);
  timer.unref();
  return {
    get state() {
      return state;
    },
    stop: () => clearInterval(timer),
  };
}
