#!/usr/bin/env node
// Plain Node: `npx lgsp …`. The command itself is compiled; `witness` is a program apart, without anything of the hub.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = process.argv[2] === 'witness' ? 'witness/main.js' : 'cli/lgsp.js';
const compiled = new URL(`../../dist/src/${program}`, import.meta.url);
if (!existsSync(fileURLToPath(compiled))) {
  process.stderr.write('lgsp is not built yet: run npm start once\n');
  process.exit(1);
}
await import(compiled.href);
