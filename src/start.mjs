// Plain Node: `npm start`. Makes the checkout ready, then becomes the sandbox, or the hub of another environment.
import { prepare } from './prepare.mjs';

const say = (text) => process.stderr.write(`${text}\n`);

try {
  await prepare(say);
} catch (error) {
  say(error.message);
  process.exit(1);
}
const isSandbox = (process.env.LGSP_ENVIRONMENT ?? 'sandbox') === 'sandbox';
await import(isSandbox ? '../dist/src/sandbox/main.js' : '../dist/src/main.js');
