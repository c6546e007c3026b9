#!/usr/bin/env node
// Plain Node: `npx lgsp …`. The command itself is compiled.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../../dist/src/cli/lgsp.js', import.meta.url);
if (!existsSync(fileURLToPath(compiled))) {
  process.stderr.write('lgsp is not built yet: run npm start once\n');
  process.exit(1);
}
await import(compiled.href);
