// A program of a test: says whether Node calls hooks at promises while oidc-provider's storage is in use, and afterwards.
import { executionAsyncId } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { loadRequestScope } from '../../src/signin/oidc-provider.ts';

/** Node knows where it is after a promise only while the hooks are on. */
async function areHooksOn(): Promise<boolean> {
  await Promise.resolve();
  return executionAsyncId() !== 0;
}

// The file that the scope switches off, as oidc-provider itself uses it.
const file: string = 'oidc-provider/lib/helpers/als.js';
const { default: storage } = await import(file);
const inScope = await loadRequestScope();
let during = false;
await inScope(() =>
  storage.run({}, async () => {
    await pause(1);
    during = await areHooksOn();
  }),
);
await pause(1);
process.stdout.write(`during ${during}, after ${await areHooksOn()}`);
