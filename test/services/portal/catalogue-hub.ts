// A whole hub with the catalogue of the portal, and the calls of a system that may use it.
import { randomUUID } from 'node:crypto';
import { type Portal, portalName } from '../../../adapters/portal/portal.ts';
import type { PortalMockConfig } from '../../../mocks/portal/config.ts';
import type { operations } from '../../../openapi/types/portal.v1.ts';
import { loadContract } from '../../../src/contracts/contract.ts';
import { Problem } from '../../../src/problem.ts';
import {
  createServices,
  publish,
  type ServiceDependencies,
  type Services,
} from '../../../src/services/index.ts';
import { type Catalogue, createCatalogue } from '../../../src/services/portal/catalogue/index.ts';
import { defaultPortalRules } from '../../../src/services/portal/rules.ts';
import type { Handlers } from '../../../src/services/service.ts';
import { makeSystem } from '../../support/made-system.ts';
import { createClient, startTestHub, type TestAnswer, type TestHub } from '../../support/sandbox-hub.ts';
import { connect, quick, startPortal, type TestPortal, toSettings, until } from './worker.ts';

/** Answers of the operations that are not the catalogue's. */
function toAbsent(served: object): Readonly<Record<string, object>> {
  const handle = () => Promise.reject(new Problem('service-off'));
  const absent = loadContract('portal.v1').operations.filter(({ id }) => !(id in served));
  return Object.fromEntries(
    absent.map(({ id, effect }) => [id, { handle, ...(effect && { repeat: handle }) }]),
  );
}

/** The hub's own services and the catalogue beside them. */
function publishCatalogue(d: ServiceDependencies, portal: Portal, made: (one: Catalogue) => void): Services {
  const services = createServices(d);
  const catalogue = createCatalogue({
    ...{ ...d, portal, rules: defaultPortalRules, now: () => new Date(), times: quick },
  });
  made(catalogue);
  const contract = loadContract('portal.v1');
  const all = { ...toAbsent(catalogue.handlers), ...catalogue.handlers };
  return {
    ...services,
    // What is left out of the service's other parts is answered with a problem.
    published: [
      ...services.published,
      publish(contract, portalName, all as unknown as Handlers<operations>, []),
    ],
    start() {
      services.start();
      catalogue.start();
    },
    async close() {
      await catalogue.close();
      await services.close();
    },
  };
}

/** A hub with the catalogue, and a system that may use it. */
export interface CatalogueHub extends Omit<TestHub, 'stop'> {
  readonly portal: TestPortal;
  readonly catalogue: Catalogue;
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
  let catalogue: Catalogue | undefined;
  const hub = await startTestHub(name, {
    publish: (d) => publishCatalogue(d, source, (made) => (catalogue = made)),
  });
  if (!catalogue) throw new Error('the hub made no catalogue');
  const rights = Object.keys(catalogue.handlers).map((id) => `portal.v1/${id}`);
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
    ...{ ...hub, portal, catalogue, get, start },
    async synchronise(key) {
      const { body } = await start(key);
      const read = () => get(`/catalogue/synchronisations/${body.synchronisationId}`);
      await until(async () => (await read()).state !== 'running');
      return read();
    },
    async stop() {
      await hub.stop();
      await source.close();
      await portal.close();
    },
  };
}
