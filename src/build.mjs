// Plain Node: makes the types of every contract, then compiles. `--types` stops after the types.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

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

await generateTypes();
if (!process.argv.includes('--types'))
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
    {
      stdio: 'inherit',
      cwd: root,
    },
  );
