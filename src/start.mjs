// Plain Node: `npm start`. Makes the checkout ready, then becomes the sandbox, or the hub of another environment.
import { prepare } from './prepare.mjs';

// A terminal or pipe that was closed is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await prepare((text) => process.stderr.write(`${text}\n`));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const isSandbox = (process.env.LGSP_ENVIRONMENT || 'sandbox') === 'sandbox';
await import(isSandbox ? '../dist/src/sandbox/main.js' : '../dist/src/main.js');
