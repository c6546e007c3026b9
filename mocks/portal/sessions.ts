// Sessions: they say for whom and until when, under the mock's own key, so that they outlive the process. Those that a
// fault ended early are remembered.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Settings } from './config.ts';

/** Makes, reads and ends sessions. */
export interface Sessions {
  readonly issue: (username: string, nowMs: number) => string;
  readonly isGood: (session: string, nowMs: number) => boolean;
  /** Ends one before its time. */
  readonly end: (session: string) => void;
}

const endedMost = 100_000;

/** Sessions under the key of a configuration. */
export function createSessions({ controlKey, sessionMs, accounts }: Settings): Sessions {
  const ended = new Set<string>();
  const sign = (text: string): string =>
    createHmac('sha256', `session ${controlKey}`).update(text).digest('base64url');
  const isSigned = (text: string, signature: string): boolean => {
    const [expected, received] = [Buffer.from(sign(text)), Buffer.from(signature)];
    return expected.length === received.length && timingSafeEqual(expected, received);
  };
  return {
    issue: (username, nowMs) => {
      const name = Buffer.from(username).toString('base64url');
      const text = `${name}.${nowMs + sessionMs}.${randomBytes(9).toString('base64url')}`;
      return `${text}.${sign(text)}`;
    },
    isGood: (session, nowMs) => {
      const [name = '', until = '', nonce = '', signature = ''] = session.split('.');
      const username = Buffer.from(name, 'base64url').toString('utf8');
      return (
        isSigned(`${name}.${until}.${nonce}`, signature) &&
        Number(until) > nowMs &&
        accounts.some((account) => account.username === username) &&
        !ended.has(session)
      );
    },
    end: (session) => {
      if (ended.size >= endedMost) ended.clear();
      ended.add(session);
    },
  };
}
