// Loads oidc-provider without its one warning that we have answered: every test of ours runs it on Node 20.
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
