// Plain Node: makes the types of every contract, then compiles. `--types` stops after the types.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { toStamp, writeStamp } from './build-stamp.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

async function generateTypes() {
  const { default: openapiTS, astToString } = await import('openapi-typescript');
  const contracts = join(root, 'openapi');
  mkdirSync(join(contracts, 'types'), { recursive: true });
  for (const file of readdirSync(contracts).filter((name) => /\.v\d+\.yaml$/.test(name))) {
    const ast = await openapiTS(pathToFileURL(join(contracts, file)), { alphabetize: true });
    const text = `// Generated from openapi/${file} by src/build.mjs; not kept in git.\n${astToString(ast)}`;
    writeFileSync(join(contracts, 'types', file.replace('.yaml', '.ts')), text);
  }
}

function compile() {
  const stamp = toStamp();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
    cwd: root,
  });
  if (status === 0) writeStamp(stamp);
  // The compiler has said what is wrong.
  else process.exitCode = 1;
}

try {
  await generateTypes();
  if (!process.argv.includes('--types')) compile();
} catch (error) {
  // A bug shows its stack; what the file system refuses is said in a sentence.
  console.error(error.code === undefined ? error : `${error.message}`);
  process.exitCode = 1;
}
