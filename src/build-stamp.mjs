// Plain Node: tells whether `dist` was built from the files that are there now.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'dist', '.built');
const sources = [
  'src',
  'adapters',
  'mocks',
  'openapi',
  'bench',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

function describe(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return `${relative(root, path)} ${stat.size} ${stat.mtimeMs}\n`;
  if ([join('openapi', 'types'), join('bench', 'node_modules')].includes(relative(root, path))) return '';
  return readdirSync(path)
    .sort()
    .map((name) => describe(join(path, name)))
    .join('');
}

/** Every file that the build depends on, with its size and time. */
export const toStamp = () => sources.map((name) => describe(join(root, name))).join('');

/** Whether the last build was finished and nothing changed since. */
export const isBuilt = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === toStamp();

/** Notes a finished build. @param stamp taken before it began */
export const writeStamp = (stamp) => writeFileSync(stampFile, stamp);
