// Plain Node: `npm run day`. Makes the checkout ready, then becomes the simulator of a province's day.
import { prepare } from '../src/prepare.mjs';

try {
  await prepare((text) => process.stderr.write(`${text}\n`));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
await import('../dist/bench/day/main.js');
