// A whole hub with the portal's service as it is published, and the real mock of the portal beside it: each calls the other.
import { randomUUID } from 'node:crypto';
import type { PortalMockConfig } from '../../../mocks/portal/config.ts';
import type { PortalMock } from '../../../mocks/portal/mock.ts';
import { makeProof } from '../../../src/cli/proof.ts';
import {
  type createClient,
  startTestHub,
  type TestAnswer,
  type TestHub,
  type TestSettings,
} from '../../support/sandbox-hub.ts';
import { startPortal, type TestPortal, toSettings } from './worker.ts';

/** By which the portal calls the hub. */
export const caller = { user: 'cong-dvc-quoc-gia', secret: 'test-inbound-secret' };

const codes = { unknown: -4, procedure: -5, unit: -6, fields: -7, transition: -8 };

/** What the mock requires and how it refuses, as the adapter is told it. */
const rules = {
  requiredMembers: ['/code', '/dossier/procedure/code', '/dossier/owner/name', '/dossier/status'],
  ...{ requiredLineMembers: ['/officer', '/at', '/content', '/status'], mostLines: 5 },
  ...{ unknownCodes: ['-4'], procedureCodes: ['-5'], unitCodes: ['-6'], invalidCodes: ['-7'] },
  transitionCodes: ['-8'],
};

/** Settings of a hub that is connected to a mock in both directions. */
export const toConnection = (
  mock: PortalMock,
  more: object = {},
): Pick<TestSettings, 'sources' | 'callers'> => ({
  sources: { portal: { ...toSettings(mock), ...rules, ...more } },
  callers: { portal: { networks: ['127.0.0.1/32'], account: caller } },
});

/** Starts the mock with a code for each kind of refusal. */
export const startCodedPortal = (more: Partial<PortalMockConfig> = {}): Promise<TestPortal> =>
  startPortal({
    ...{ codes, procedures: 20, agencies: 5, inboundAccount: caller.user, inboundSecret: caller.secret },
    ...{ inboundTries: 1, inboundRetryMs: 50, ...more },
  });

/** Calls of a one-stop system under `/portal/v1`. */
export function createPortalCaller(call: ReturnType<typeof createClient>['call']) {
  const ask = (path: string, unit = 'cq-03'): Promise<TestAnswer> =>
    call({ path: `/portal/v1${path}`, unit });
  const tell = (path: string, body: unknown, unit = 'cq-03', key: string = randomUUID()) =>
    call({
      ...{ method: 'POST', path: `/portal/v1${path}`, unit, body },
      headers: { 'idempotency-key': key },
    });
  return { ask, tell };
}

/** Calls the hub as the portal does. */
export async function handOver(url: string, body: unknown, account = caller) {
  const credential = Buffer.from(`${account.user}:${account.secret}`).toString('base64');
  const answer = await fetch(`${url}/portal/v1/inbound-dossiers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Basic ${credential}` },
    body: JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what the tests are about
  const json: any = await answer.json();
  return { status: answer.status, exchangeId: answer.headers.get('exchange-id') ?? '', body: json };
}

/** Has dossiers filed at the mock, which tells the hub of them. @returns their references and what the hub answered */
export async function file({ mock }: TestPortal, hubUrl: string, order: object) {
  const gatewayUrl = `${hubUrl}/portal/v1/inbound-dossiers`;
  const post = { method: 'POST', body: JSON.stringify({ gatewayUrl, wait: true, ...order }) };
  // The mock's own answers, as its README says.
  const { codes: references } = (await (await fetch(mock.inboundUrl, post)).json()) as { codes: string[] };
  const { entries } = (await (await fetch(`${mock.inboundUrl}?limit=1000`)).json()) as {
    entries: { code: string; answers: string[] }[];
  };
  const answers = references.map((code) => entries.find((entry) => entry.code === code)?.answers ?? []);
  return { references, answers };
}

/** The bytes at a path under `/portal/v1`, for a unit. */
async function download({ url, token }: TestHub, path: string, unit: string): Promise<Buffer> {
  const { token: accessToken, key } = await token({ unit });
  const at = `${url}/portal/v1${path}`;
  const dpop = await makeProof({ key, method: 'GET', url: at, accessToken });
  const answer = await fetch(at, { headers: { authorization: `DPoP ${accessToken}`, dpop } });
  return Buffer.from(await answer.arrayBuffer());
}

/** A hub that is connected, and its mock. */
export interface PortalHub extends TestHub, ReturnType<typeof createPortalCaller> {
  readonly portal: TestPortal;
  handOver(body: unknown): ReturnType<typeof handOver>;
  file(order: object): ReturnType<typeof file>;
  download(path: string, unit: string): Promise<Buffer>;
}

/** Starts both. @param settings of the hub, `adapter` over those of the adapter */
export async function startPortalHub(
  name: string,
  { adapter, mock, ...settings }: TestSettings & { adapter?: object; mock?: Partial<PortalMockConfig> } = {},
): Promise<PortalHub> {
  const portal = await startCodedPortal(mock);
  const hub = await startTestHub(name, { ...toConnection(portal.mock, adapter), ...settings });
  return {
    ...{ ...hub, portal, ...createPortalCaller(hub.call) },
    handOver: (body) => handOver(hub.url, body),
    file: (order) => file(portal, hub.url, order),
    download: (path, unit) => download(hub, path, unit),
    async stop() {
      await hub.stop();
      await portal.close();
    },
  };
}
