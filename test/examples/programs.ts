// The examples, how each is run, and how one finds out whether this machine can run it.
import { spawnSync } from 'node:child_process';

/** An example in one language. */
export interface ExampleProgram {
  readonly language: string;
  /** What must be installed, in words. */
  readonly needs: string;
  /** Ends with 0 where the example can be run. */
  readonly probe: readonly [string, ...string[]];
  /** Run in the checkout; the path of a sandbox.json is added. */
  readonly command: readonly [string, ...string[]];
  /** Whether it checks the checkpoint's signature itself. */
  readonly checksSignature: boolean;
}

const php =
  'exit(PHP_VERSION_ID >= 80200 && extension_loaded("openssl") && extension_loaded("sodium") ? 0 : 1);';

/** All of them. */
export const programs: readonly ExampleProgram[] = [
  {
    language: 'bash',
    needs: 'curl and OpenSSL 3',
    probe: ['bash', '-c', 'curl --version && openssl version | grep "^OpenSSL [3-9]"'],
    command: ['bash', 'examples/curl/look-up.sh'],
    checksSignature: true,
  },
  {
    language: 'TypeScript',
    needs: 'Node',
    probe: [process.execPath, '--version'],
    command: [process.execPath, '--import', 'tsx', 'examples/typescript/look-up.ts'],
    checksSignature: true,
  },
  {
    language: 'Java',
    needs: 'a JDK 17',
    probe: ['javac', '--release', '17', '--version'],
    // Compiled for one run: the quick compiler is the faster one.
    command: ['java', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', 'examples/java/LookUp.java'],
    checksSignature: true,
  },
  {
    language: 'PHP',
    needs: 'PHP 8.2 with openssl and sodium',
    probe: ['php', '-r', php],
    command: ['php', 'examples/php/look-up.php'],
    checksSignature: true,
  },
  {
    language: 'C#',
    needs: '.NET 8',
    probe: ['dotnet', '--version'],
    command: ['dotnet', 'run', '--project', 'examples/csharp', '--'],
    checksSignature: false,
  },
];

/** Whether this machine can run it. */
export const canRun = ({ probe: [command, ...args] }: ExampleProgram): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;
