// What is printed when the sandbox is ready: where it is, a call and its receipt to paste, how to stop. At most 30 lines.
import { join, relative } from 'node:path';
import { rootFolder } from '../root.ts';
import { type SandboxFolders, toSandboxFolders } from './folders.ts';
import type { SandboxProvince } from './province.ts';
import type { SandboxFile } from './sandbox-file.ts';

/** What the lines tell of. */
export interface WelcomeOptions {
  readonly file: SandboxFile;
  readonly folders: SandboxFolders;
  readonly officers: SandboxProvince['officers'];
  /** The folder in which the lines will be pasted; what lies below it is named from there. */
  readonly from: string;
}

const isInside = (path: string, folder: string): boolean => !relative(folder, path).startsWith('..');

/** One word of a command line in any POSIX shell. */
const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The citizen of the example: a fixed person of the mock, invented. */
const citizen = {
  personalNumber: '999190000002',
  fullName: 'Nguyễn Thị Thử Nghiệm',
  birthDate: '1990-02-15',
} as const;

function toCommands({ file, folders, officers, from }: WelcomeOptions): { call: string; receipt: string } {
  const here = (path: string): string => quote(isInside(path, from) ? relative(from, path) : path);
  const [system] = file.systems;
  const officer = officers.find((one) => one.case === 'ordinary' && system?.actingUnits.includes(one.unitId));
  if (!system || !officer) throw new Error('the sandbox has no officer of its first system to call for');
  const isDefault = folders.file === toSandboxFolders(undefined).file;
  const whose = `--system ${system.clientId} --unit ${officer.unitId}${isDefault ? '' : ` --sandbox ${here(folders.file)}`}`;
  const url = `${file.baseUrl}/population/v1/citizen-lookups`;
  const answer = here(join(folders.root, 'answer.txt'));
  const headers = [
    `"@$(npx lgsp headers POST ${url} ${whose} --file)"`,
    `'Content-Type: application/json'`,
    `'Officer: ${officer.id}'`,
    `'Purpose: giai-quyet-tthc'`,
    `'Case-Code: H99.10-251123-0001'`,
  ];
  return {
    call: `curl -sS -i -D ${answer} ${headers.map((header) => `-H ${header}`).join(' ')} -d '${JSON.stringify(citizen)}' -w '\\n' ${url}`,
    receipt: `npx lgsp receipt ${answer} ${whose} --out ${here(join(folders.root, 'receipt.json'))}`,
  };
}

/** The lines; the last one is `ready <base url>`. */
export function toWelcome(options: WelcomeOptions): readonly string[] {
  const { file, folders, from } = options;
  const { call, receipt } = toCommands(options);
  return [
    '',
    `Hub            ${file.baseUrl}`,
    `Health         ${file.baseUrl}/health/ready`,
    `Reference      ${file.baseUrl}/reference (examples of calls: examples/README.md)`,
    `Problems       ${file.baseUrl}/problems`,
    ...(file.metricsUrl === undefined ? [] : [`Metrics        ${file.metricsUrl}`]),
    `Exchange log   ${file.baseUrl}/log/checkpoint`,
    `Log key        ${file.logKey}`,
    `Population     ${file.mocks.population?.url} (a mock, invented people only)`,
    `Document axis  ${file.mocks['document-axis']?.url} (a mock)`,
    '',
    `Look a citizen up, in another terminal in ${isInside(from, rootFolder) ? from : rootFolder}:`,
    call,
    '',
    'Fetch the receipt of that exchange and verify it:',
    receipt,
    '',
    `Credentials    ${folders.file}`,
    `Logs           ${folders.log}`,
    'Stop           Ctrl+C here, or SIGTERM to this process',
    `ready ${file.baseUrl}`,
  ];
}
