// Sessions of generation A: one for each account, made by one log-in for all that wait for it. The account's secret is
// kept nowhere. Source: public-service-portal.md §1.1, §11.1
import { type SourceCredential, SourceError, type SourceTrace } from '../adapter.ts';
import { text } from '../members.ts';
import { credentialsCode, portalName } from './portal.ts';
import type { PortalSettings, SessionFace } from './settings.ts';
import { type Asking, type PortalWire, toDigest } from './wire.ts';

/** The sessions in use. */
export interface Sessions {
  /** @throws SourceError; `refused` when the portal does not take the account, without asking again for a while */
  current(account: SourceCredential, asking: Asking): Promise<string>;
  /** The portal has ended this session: it is not used again. */
  forget(account: SourceCredential, session: string): void;
  /** A log-in of its own, of which nothing is kept. @throws SourceError */
  logIn(account: SourceCredential, asking: Asking): Promise<string>;
}

interface Held {
  readonly session: Promise<string>;
  /** Once it is there. */
  text?: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

const mostAccounts = 1_000;

const toKey = ({ account, secret }: SourceCredential): string =>
  toDigest(JSON.stringify([account, secret])).sha256;

const toRefused = (words: string, retryAfterMs: number, trace?: SourceTrace): SourceError =>
  new SourceError('refused', portalName, words, {
    ...{ code: credentialsCode, party: 'hub', retryAfterMs },
    ...(trace && { trace }),
  });

/** Waits no longer than the one who asks; the log-in itself goes on for the others. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = () =>
    new SourceError('unreachable', portalName, 'the deadline passed during the log-in', { code: 'deadline' });
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(late());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function keepMost(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= mostAccounts) return;
    map.delete(key);
  }
}

/** `now` gives epoch milliseconds. */
export function createSessions(
  face: SessionFace,
  settings: PortalSettings,
  wire: PortalWire,
  now: () => number,
): Sessions {
  const held = new Map<string, Held>();
  /** Until when a refused account is not tried, epoch milliseconds. */
  const refused = new Map<string, number>();

  async function logIn({ account, secret }: SourceCredential, { call, traces }: Asking): Promise<string> {
    const question = {
      url: face.authUrl,
      body: { username: account, password: secret },
      // Not of the body, which holds the secret.
      asked: toDigest(`POST ${new URL(face.authUrl).pathname}`),
    };
    const { code, body, trace } = await wire.post(question, { call, traces });
    if (code !== '0')
      throw toRefused(`the portal does not take the account: ${code}`, settings.loginPauseMs, trace);
    const session = text(body, 'session');
    if (session === undefined || session.length > 8_192)
      throw new SourceError('unreadable', portalName, 'the log-in gave no session', {
        code: 'no-session',
        trace,
      });
    return session;
  }

  function begin(key: string, account: SourceCredential, { call, traces }: Asking): Held {
    // It serves all that wait, so that none of them ends it.
    const asking = { call: { ...call, signal: new AbortController().signal }, traces };
    const mine: Held = {
      session: logIn(account, asking),
      until: now() + settings.sessionMinutes * 60_000,
    };
    mine.session.then(
      (session) => {
        mine.text = session;
      },
      (error: unknown) => {
        if (held.get(key) === mine) held.delete(key);
        if (!(error instanceof SourceError) || error.code !== credentialsCode) return;
        refused.set(key, now() + settings.loginPauseMs);
        keepMost(refused);
      },
    );
    held.set(key, mine);
    keepMost(held);
    return mine;
  }

  return {
    logIn,
    async current(account, asking) {
      const key = toKey(account);
      const known = held.get(key);
      if (known && now() < known.until) return untilAborted(known.session, asking.call.signal);
      const restMs = (refused.get(key) ?? 0) - now();
      if (restMs > 0) throw toRefused('the portal did not take the account a short while ago', restMs);
      refused.delete(key);
      return untilAborted(begin(key, account, asking).session, asking.call.signal);
    },
    forget(account, session) {
      const key = toKey(account);
      if (held.get(key)?.text === session) held.delete(key);
    },
  };
}
