// The national public-service portal as the hub sees it: one port, its generations by configuration.
// Source: public-service-portal.md §1, §11

import type { SourceTrace } from '../adapter.ts';
import { SourceError } from '../adapter.ts';
import { checkRecord } from './check.ts';
import { createPortalClient, type PortalClient } from './client.ts';
import type { Driver } from './driver.ts';
import { createGenerationA } from './generation-a.ts';
import { createGenerationB } from './generation-b.ts';
import { answerInbound, readInbound } from './inbound.ts';
import { createJudge } from './judge.ts';
import { type Portal, type PortalAnswer, type PortalCall, portalName } from './portal.ts';
import { type PushDependencies, pushDossiers } from './push.ts';
import { pushLines } from './push-lines.ts';
import { createQuestions, type PortalQuestions } from './questions.ts';
import type { PortalSettings } from './settings.ts';
import { type Asking, openPortalWire, type PortalWire } from './wire.ts';

export * from './portal.ts';
export { isSameLine } from './read-holding.ts';
export { type PortalSettings, parsePortalSettings } from './settings.ts';

/** The code system of units at the portal. */
export const portalUnitScheme = 'portal';

const absent = (code: string): SourceError =>
  new SourceError('unmapped', portalName, `not configured: ${code}`, { code, party: 'hub' });

/** What passed over the wire is told whatever came of the call. */
async function withTraces<T>(
  call: PortalCall,
  work: (asking: Asking) => Promise<T>,
): Promise<PortalAnswer<T>> {
  const traces: SourceTrace[] = [];
  return { value: await work({ call, traces }), traces };
}

function toDriver(settings: PortalSettings, wire: PortalWire, client: PortalClient | undefined): Driver {
  const { generation, arrayFace } = settings;
  if (generation === 'B' && arrayFace) return createGenerationB(arrayFace, settings, wire);
  if (client) return createGenerationA(client);
  throw new TypeError('settings without the addresses of their generation');
}

/**
 * Opens the adapter; nothing is connected until the first call.
 * @param now epoch milliseconds, for the life of a session
 */
export function createPortalAdapter(settings: PortalSettings, now: () => number = Date.now): Portal {
  const wire = openPortalWire(settings);
  const { sessionFace, mostRecords, mostLines } = settings;
  const client = sessionFace && createPortalClient(sessionFace, settings, wire, now);
  const questions = client && createQuestions(client, settings);
  const hasCatalogue = client?.hasShare ?? false;
  const judge = createJudge(settings, questions, hasCatalogue);
  const d: PushDependencies = { settings, driver: toDriver(settings, wire, client), judge, questions };
  const ask = <T>(call: PortalCall, question: (of: PortalQuestions, asking: Asking) => Promise<T>) =>
    withTraces(call, async (asking) => {
      if (!questions) throw absent('no-session-face');
      return question(questions, asking);
    });
  return {
    unitScheme: portalUnitScheme,
    canLookUp: questions !== undefined,
    hasCatalogue,
    mostRecords,
    mostLines,
    required: settings.requiredMembers,
    push: (records, call) => withTraces(call, (asking) => pushDossiers(records, d, asking)),
    pushProgress: (code, lines, call) => withTraces(call, (asking) => pushLines(code, lines, d, asking)),
    lookUp: (code, call, dossier) => ask(call, (of, asking) => of.lookUp(code, asking, dossier)),
    readPage: (list, page, call) => ask(call, (of, asking) => of.readPage(list, page, asking)),
    readProcedure: (code, call) => ask(call, (of, asking) => of.readProcedure(code, asking)),
    check: (record) => checkRecord(record, settings),
    readInbound: (body) => readInbound(body, settings),
    answerInbound,
    async testCredential(credential, { exchangeId, unitCode, signal }) {
      if (!client) throw absent('no-session-face');
      return client.test(credential, { call: { requestCode: exchangeId, unitCode, signal }, traces: [] });
    },
    close: () => wire.close(),
  };
}
