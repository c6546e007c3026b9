// The token of the REST facade: one for all calls, fetched by one of those that wait for it. Source: document-axis.md §4.1

import { isMembers, member, text } from '../../members.ts';
import { type Answer, readAnswer } from '../answer.ts';
import type { AxisCall } from '../axis.ts';
import { toUnreadable } from '../refusals.ts';
import type { DocumentAxisSettings } from '../settings.ts';
import { type AxisWire, toDigest } from '../wire.ts';

/** The token in use. */
export interface TokenHolder {
  /** @throws SourceError `refused` when the axis does not take the credentials */
  current(call: AxisCall): Promise<string>;
  /** The axis did not take this token: it is not used again. */
  forget(token: string): void;
}

interface Held {
  readonly token: Promise<string>;
  /** Once it is there. */
  text?: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

const names = ['token', 'accessToken', 'access_token'] as const;

/** Where the two shapes put it. */
function toToken({ envelope, trace }: Answer): string {
  const data = member(envelope, 'data');
  const inner = isMembers(data) ? text(data, ...names) : text(envelope, 'data');
  const token = inner ?? text(envelope, ...names);
  if (token === undefined || !/^[\x21-\x7e]{1,8192}$/.test(token)) throw toUnreadable('no-token', trace);
  return token;
}

/** Credentials in both ways, as the form of the login is not stated [assumed]. */
function toLogin(settings: DocumentAxisSettings) {
  const { systemId, secret } = settings;
  return {
    headers: { 'Content-Type': 'application/json', 'X-SystemId': systemId, 'X-SecretKey': secret },
    body: Buffer.from(JSON.stringify({ systemId, secretKey: secret }), 'utf8'),
  };
}

/** `now` gives epoch milliseconds. */
export function createTokenHolder(
  settings: DocumentAxisSettings,
  path: string,
  wire: AxisWire,
  now: () => number,
): TokenHolder {
  let held: Held | undefined;

  async function logIn({ requestCode, onTrace }: AxisCall): Promise<string> {
    const reply = await wire.exchange({
      method: 'POST',
      path,
      ...toLogin(settings),
      // Not of the body, which holds the secret.
      asked: toDigest(`POST ${path}`),
      requestCode,
      onTrace,
      // It serves all that wait, so that none of them ends it.
      signal: new AbortController().signal,
      callMs: settings.timeoutMs,
      idleMs: settings.timeoutMs,
      answerBytes: settings.limits.answerBytes,
    });
    return toToken(await readAnswer(reply, settings.limits.answerBytes));
  }

  return {
    async current(call) {
      if (held && now() < held.until) return held.token;
      const mine: Held = { token: logIn(call), until: now() + settings.tokenMinutes * 60_000 };
      held = mine;
      try {
        mine.text = await mine.token;
        return mine.text;
      } catch (error) {
        if (held === mine) held = undefined;
        throw error;
      }
    },
    forget(token) {
      if (held?.text === token) held = undefined;
    },
  };
}
