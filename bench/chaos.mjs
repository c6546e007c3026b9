// Plain Node: `npm run chaos`. Makes the checkout ready, then becomes the run that kills.
import { prepare } from '../src/prepare.mjs';

try {
  await prepare((text) => process.stderr.write(`${text}\n`));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
await import('../dist/bench/chaos/main.js');
