// A whole hub with the catalogue of the portal, and the calls of a system that may use it.
import { randomUUID } from 'node:crypto';
import { type Portal, portalName } from '../../../adapters/portal/portal.ts';
import type { PortalMockConfig } from '../../../mocks/portal/config.ts';
import { loadContract } from '../../../src/contracts/contract.ts';
import { createWebhookNotices } from '../../../src/delivery/webhook/notices.ts';
import {
  createServices,
  publish,
  type ServiceDependencies,
  type Services,
} from '../../../src/services/index.ts';
import { createCatalogueView } from '../../../src/services/portal/catalogue/view.ts';
import type { CatalogueView } from '../../../src/services/portal/dependencies.ts';
import { askingPortal, createPortalService } from '../../../src/services/portal/index.ts';
import { defaultPortalRules } from '../../../src/services/portal/rules.ts';
import { makeSystem } from '../../support/made-system.ts';
import { createClient, startTestHub, type TestAnswer, type TestHub } from '../../support/sandbox-hub.ts';
import { connect, quick, startPortal, type TestPortal, toSettings, until } from './worker.ts';

/** The hub's own services, of which the portal's does not keep a test waiting. */
function publishQuick(d: ServiceDependencies, portal: Portal): Services {
  const services = createServices(d);
  const quickly = createPortalService({
    ...{ ...d, portal, rules: defaultPortalRules, now: () => new Date(), times: quick },
    notices: createWebhookNotices(false, () => false),
  });
  const contract = loadContract('portal.v1');
  const others = services.published.filter((one) => one.contract.service !== contract.service);
  return {
    ...services,
    published: [...others, publish(contract, portalName, quickly.handlers, askingPortal)],
    start() {
      services.start();
      quickly.start();
    },
    async close() {
      await quickly.close();
      await services.close();
    },
  };
}

/** A hub with the catalogue, and a system that may use it. */
export interface CatalogueHub extends Omit<TestHub, 'stop'> {
  readonly portal: TestPortal;
  readonly view: CatalogueView;
  /** GET under `/portal/v1`. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what the tests are about
  get(path: string, status?: number): Promise<any>;
  /** Begins a synchronisation. */
  start(key?: string): Promise<TestAnswer>;
  /** Begins one and waits for its end. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  synchronise(key?: string): Promise<any>;
  stop(): Promise<void>;
}

/** Starts a hub with the mock of the portal beside it. */
export async function startCatalogueHub(
  name: string,
  more: Partial<PortalMockConfig> = {},
): Promise<CatalogueHub> {
  const portal = await startPortal(more);
  const source = connect(toSettings(portal.mock));
  const hub = await startTestHub(name, {
    publish: (d) => publishQuick(d, source),
  });
  const rights = loadContract('portal.v1')
    .operations.filter(({ scheme }) => scheme === 'hubToken')
    .map(({ name }) => name);
  const view = createCatalogueView({ pool: hub.owner, rules: defaultPortalRules, now: () => new Date() });
  const system = await makeSystem(hub, {
    ...{ id: 'cong-thu', unitId: 'cq-03', mandate: rights, grant: rights, reach: 'unit' },
  });
  const { call } = createClient(hub.url, { ...hub.province, systems: [system] });
  const get = async (path: string, status = 200) => {
    const answer = await call({ path: `/portal/v1${path}`, system: system.clientId });
    if (answer.status !== status) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const start = (key: string = randomUUID()) =>
    call({
      ...{ method: 'POST', path: '/portal/v1/catalogue/synchronisations', system: system.clientId },
      headers: { 'idempotency-key': key },
    });
  // The registry knows the system within a second.
  const isKnown = () => get('/catalogue').then(Boolean, () => false);
  await until(isKnown);
  return {
    ...{ ...hub, portal, view, get, start },
    async synchronise(key) {
      const { body } = await start(key);
      const read = () => get(`/catalogue/synchronisations/${body.synchronisationId}`);
      await until(async () => (await read()).state !== 'running');
      return read();
    },
    async stop() {
      await hub.stop();
      await portal.close();
    },
  };
}
