// Tokens of the REST face: they say for whom and until when, under the mock's own key, so that nothing is kept of them.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Settings, System } from './config.ts';

/** Makes and reads tokens. */
export interface Tokens {
  readonly issue: (system: System, nowMs: number) => string;
  /** Whether a token is this system's and not over. */
  readonly isGood: (token: string, system: System, nowMs: number) => boolean;
}

/** Tokens under the key of a configuration. */
export function createTokens({ controlKey, tokenMs }: Settings): Tokens {
  const sign = (text: string): string =>
    createHmac('sha256', `token ${controlKey}`).update(text).digest('base64url');
  const make = (systemId: string, until: string): string =>
    `${Buffer.from(systemId).toString('base64url')}.${until}.${sign(`${systemId} ${until}`)}`;
  return {
    issue: ({ systemId }, nowMs) => make(systemId, String(nowMs + tokenMs)),
    isGood: (token, { systemId }, nowMs) => {
      const until = token.split('.')[1] ?? '';
      const [expected, received] = [Buffer.from(make(systemId, until)), Buffer.from(token)];
      return (
        expected.length === received.length && timingSafeEqual(expected, received) && Number(until) > nowMs
      );
    },
  };
}
