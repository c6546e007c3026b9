// Loads oidc-provider without its one warning that we have answered (every test of ours runs it on Node 20), and keeps
// its AsyncLocalStorage to its own requests.
import type { AsyncLocalStorage } from 'node:async_hooks';

type OidcProvider = typeof import('oidc-provider');

const answered = 'oidc-provider WARNING: Unsupported runtime.';

/** Imports oidc-provider; anything else that is warned of meanwhile is let through. */
export async function loadOidcProvider(): Promise<OidcProvider> {
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes(answered)) warn.apply(console, words);
  };
  try {
    return await import('oidc-provider');
  } finally {
    console.warn = warn;
  }
}

/** Runs one request of oidc-provider. */
export type RequestScope = (work: () => Promise<void>) => Promise<void>;

let underWay = 0;

/**
 * Makes the scope in which every request of oidc-provider must run. It keeps the request (`Provider.ctx`) in an
 * AsyncLocalStorage, and from its first use on Node 20 calls hooks at every promise of the process, for every call that
 * the hub serves. So it is switched off whenever no such request is under way: docs/decisions/0026.
 */
export async function loadRequestScope(): Promise<RequestScope> {
  // The package declares no types of this file, and the compiler need not look for any.
  const file: string = 'oidc-provider/lib/helpers/als.js';
  const { default: storage }: { default: AsyncLocalStorage<unknown> } = await import(file);
  return async (work) => {
    underWay += 1;
    try {
      await work();
    } finally {
      underWay -= 1;
      if (underWay === 0) storage.disable();
    }
  };
}
