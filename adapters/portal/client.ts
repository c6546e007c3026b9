// Calls of generation A: the session, the unit and the service around the service's own keys. A call that the portal
// answers with an ended session is repeated once, since nothing of it was carried out. Source: public-service-portal.md
// §1.1, §2, §11.1, §11.2
import { type SourceCredential, SourceError, type SourceTrace } from '../adapter.ts';
import { portalName } from './portal.ts';
import { createSessions, type Sessions } from './session.ts';
import type { PortalSettings, SessionFace } from './settings.ts';
import type { Asking, PortalReply, PortalWire } from './wire.ts';

/** The two endpoints of services. */
export type Endpoint = 'integration' | 'share';

/** The services of the portal. */
export interface PortalClient {
  readonly hasShare: boolean;
  /** @throws SourceError */
  ask(
    endpoint: Endpoint,
    service: string,
    keys: Readonly<Record<string, unknown>>,
    asking: Asking,
  ): Promise<PortalReply>;
  /** Logs in, and keeps nothing. @throws SourceError */
  test(account: SourceCredential, asking: Asking): Promise<SourceTrace>;
}

/** The unit on whose behalf a call is made: its own code, as it is, or the province's. */
export const toUnitCode = ({ call }: Asking, settings: PortalSettings): string =>
  call.unitCode ?? settings.madonvi;

const toEnded = (trace: SourceTrace): SourceError =>
  new SourceError('unavailable', portalName, 'a session that was just made had ended', {
    code: 'session-ended',
    trace,
  });

async function toAccount({ call }: Asking, { username, password }: SessionFace): Promise<SourceCredential> {
  return (await call.credential?.()) ?? { account: username, secret: password };
}

/** `now` gives epoch milliseconds. */
export function createPortalClient(
  face: SessionFace,
  settings: PortalSettings,
  wire: PortalWire,
  now: () => number,
): PortalClient {
  const sessions: Sessions = createSessions(face, settings, wire, now);
  const urls = { integration: face.integrationUrl, share: face.shareUrl };
  return {
    hasShare: face.shareUrl !== undefined,
    async ask(endpoint, service, keys, asking) {
      const url = urls[endpoint];
      if (url === undefined)
        throw new SourceError('unmapped', portalName, 'no such endpoint is configured', {
          code: 'no-endpoint',
        });
      const account = await toAccount(asking, face);
      const once = async (): Promise<PortalReply & { readonly session: string }> => {
        const session = await sessions.current(account, asking);
        const body = { ...keys, session, madonvi: toUnitCode(asking, settings), service };
        return { ...(await wire.post({ url, body }, asking)), session };
      };
      const isEnded = ({ code }: PortalReply): boolean => settings.sessionEndedCodes.includes(code);
      const first = await once();
      if (!isEnded(first)) return first;
      sessions.forget(account, first.session);
      const second = await once();
      // Where the code also has other meanings, it now has one of those.
      if (isEnded(second) && second.code !== '-1') throw toEnded(second.trace);
      return second;
    },
    async test(account, asking) {
      await sessions.logIn(account, asking);
      const trace = asking.traces.at(-1);
      if (!trace) throw new TypeError('a log-in without a trace');
      return trace;
    },
  };
}
