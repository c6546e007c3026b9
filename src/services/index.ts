// THE list of services: contract, source, handlers. A new service is one entry here.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { CredentialTester } from '../../adapters/adapter.ts';
import { paymentPlatformName } from '../../adapters/payment-platform/index.ts';
import { createPopulationAdapter, parsePopulationSettings } from '../../adapters/population/index.ts';
import { type Portal, portalName } from '../../adapters/portal/index.ts';
import type { operations as AdminOperations } from '../../openapi/types/admin.v1.ts';
import type { operations as DeliveryOperations } from '../../openapi/types/delivery.v1.ts';
import type { operations as DiagnosisOperations } from '../../openapi/types/diagnosis.v1.ts';
import type { operations as DocumentsOperations } from '../../openapi/types/documents.v1.ts';
import type { operations as EvidenceOperations } from '../../openapi/types/evidence.v1.ts';
import type { operations as OperationOperations } from '../../openapi/types/operation.v1.ts';
import type { operations as PaymentOperations } from '../../openapi/types/payment.v1.ts';
import type { operations as PopulationOperations } from '../../openapi/types/population.v1.ts';
import type { operations as PortalOperations } from '../../openapi/types/portal.v1.ts';
import type { BlobStore } from '../blobs/types.ts';
import type { Environment, Settings } from '../config.ts';
import { type Contract, loadContract } from '../contracts/contract.ts';
import { type PublishedService, toOperationSource } from '../contracts/table.ts';
import type { RunningEngine } from '../delivery/engine.ts';
import type { Route } from '../delivery/types.ts';
import { createEntitlement } from '../delivery/webhook/entitlement.ts';
import { createWebhookNotices } from '../delivery/webhook/notices.ts';
import { createWebhookRoute } from '../delivery/webhook/route.ts';
import { parseWebhookRules } from '../delivery/webhook/settings.ts';
import type { EvidenceReader } from '../evidence/read.ts';
import { openSearch } from '../evidence/search/search.ts';
import type { EvidenceLog } from '../evidence/types.ts';
import type { Keys } from '../keys.ts';
import type { StateReader } from '../operation/state-reader.ts';
import type { Registry } from '../registry/types.ts';
import type { DailyWork } from '../schedule/daily-work.ts';
import type { TokenCheck } from '../signin/token-check.ts';
import { createAdminService } from './admin/index.ts';
import { connectAxis, connectPortal, readScanner, readSettings } from './connected-sources.ts';
import { createDeliveryService } from './delivery/index.ts';
import { createDiagnosisService } from './diagnosis/index.ts';
import type { KnownOperation } from './diagnosis/rights.ts';
import { createDocuments, type Documents } from './documents/index.ts';
import { parseDocumentRules } from './documents/rules.ts';
import { parseAuditRules } from './evidence/audit-rules.ts';
import { createExports } from './evidence/exports/index.ts';
import { createEvidenceService } from './evidence/index.ts';
import { createRetentionPart } from './evidence/retention-part.ts';
import { createOperationService } from './operation.ts';
import { connectPayment } from './payment/connect.ts';
import { askingThePlatform, createPayment, type Payment } from './payment/index.ts';
import { createPopulationService, parsePopulationLimits } from './population/index.ts';
import { askingPortal, createPortalService, type PortalService } from './portal/index.ts';
import { parsePortalRules } from './portal/rules.ts';
import type { AnyRequest, Handler, Handlers } from './service.ts';

/** What services are made of. */
export interface ServiceDependencies {
  /** The database in the hub's own role, for what needs connections of its own. */
  readonly hubUrl: string;
  readonly pool: Pool;
  /** The role that alone may write the registry. */
  readonly registryPool: Pool;
  /** The role that alone may delete what is kept no longer. */
  readonly retentionPool: Pool;
  readonly keys: Keys;
  readonly reader: EvidenceReader;
  readonly state: StateReader;
  readonly settings: Settings;
  readonly environment: Environment;
  readonly registry: Registry;
  readonly tokens: Pick<TokenCheck, 'expected'>;
  readonly engine: RunningEngine;
  readonly log: EvidenceLog;
  readonly blobs: BlobStore;
  readonly blobFolder: string;
  /** Of this process among the hub's. */
  readonly processId: string;
  readonly logger: Logger;
}

/** The published services, what they do by themselves, and the way to close what they hold. */
export interface Services {
  readonly published: readonly PublishedService[];
  /** Ways out of the hub, for the delivery engine. */
  readonly routes: readonly Route[];
  readonly works: readonly DailyWork[];
  /** Begins what they do by themselves. */
  start(): void;
  /** Lets go of calls that wait for something to come: the hub stops. */
  hush(): void;
  close(): Promise<void>;
}

/**
 * Publishes a service under its contract; `asking` names the operations that ask its source while the caller waits, where
 * not all do. The handlers' shapes are checked against the contract's types here; the
 * request path hands them what the contract's validator has proved.
 */
export function publish<Operations>(
  contract: Contract,
  source: string | undefined,
  handlers: Handlers<Operations>,
  asking?: readonly (keyof Operations & string)[],
): PublishedService {
  const untyped = handlers as unknown as Readonly<Record<string, Handler<AnyRequest, unknown>>>;
  return { contract, source, handlers: untyped, asking };
}

/** Services that only answer. */
export const answeringOnly = (
  published: readonly PublishedService[],
  close: () => Promise<void> = async () => undefined,
): Services => ({
  ...{ published, close, routes: [], works: [] },
  start: () => undefined,
  hush: () => undefined,
});

/** Names of all sources, behind operations and behind ways out. */
export const toSources = (
  published: readonly PublishedService[],
  routes: readonly Route[],
): readonly string[] => [...new Set([...published, ...routes].flatMap(({ source }) => source ?? []))];

/** Administration, which is told of the contracts and sources that there are beside it. */
function publishAdmin(
  d: ServiceDependencies,
  others: readonly PublishedService[],
  testers: Readonly<Record<string, CredentialTester>>,
  sources: readonly string[],
): PublishedService {
  const contract = loadContract('admin.v1');
  const admin = createAdminService({
    ...d,
    contracts: [...others.map((one) => one.contract), contract],
    sources,
    testers,
  });
  return publish<AdminOperations>(contract, undefined, admin);
}

const makeDocuments = (
  d: ServiceDependencies,
  { notices }: Pick<ReturnType<typeof makeWebhooks>, 'notices'>,
): Documents =>
  createDocuments({
    ...{ ...d, notices },
    axis: connectAxis(d),
    scanner: readScanner(d),
    rules: readSettings(parseDocumentRules, d.settings.limits['documents.v1']),
    now: () => new Date(),
  });

const makePayment = (
  d: ServiceDependencies,
  { notices }: Pick<ReturnType<typeof makeWebhooks>, 'notices'>,
): Payment =>
  createPayment({ ...d, notices, ...readSettings(connectPayment, d.settings), now: () => new Date() });

const makePortal = (
  d: ServiceDependencies,
  portal: Portal | undefined,
  { notices }: Pick<ReturnType<typeof makeWebhooks>, 'notices'>,
): PortalService =>
  createPortalService({
    ...{ ...d, notices, portal },
    rules: readSettings(parsePortalRules, d.settings.limits['portal.v1']),
    now: () => new Date(),
  });

/** The way to tell systems of units, and what is asked for it while messages are accepted. */
function makeWebhooks(d: ServiceDependencies) {
  const rules = readSettings(
    (json) => parseWebhookRules(json, d.environment),
    d.settings.limits['delivery.v1'],
  );
  const isEntitled = createEntitlement(d.registry);
  return {
    ...createWebhookRoute({ pool: d.pool, fieldKey: d.keys.field, rules, isEntitled }),
    ...{ rules, notices: createWebhookNotices(rules.networks.length > 0, isEntitled) },
  };
}

/** @throws StartError naming every mistake in the settings of a source, or in the limits of a service */
export function createServices(d: ServiceDependencies): Services {
  const population = createPopulationAdapter(
    readSettings(parsePopulationSettings, d.settings.sources['population']),
  );
  const search = openSearch(d.hubUrl);
  const webhooks = makeWebhooks(d);
  const documents = makeDocuments(d, webhooks);
  const payment = makePayment(d, webhooks);
  const portalSource = connectPortal(d);
  const portal = makePortal(d, portalSource, webhooks);
  const exports = createExports(d);
  const findOperation = (name: string): KnownOperation | undefined =>
    published.flatMap((service) =>
      service.contract.operations
        .filter((one) => one.name === name)
        .map((operation) => ({ ...operation, source: toOperationSource(service, operation) })),
    )[0];
  const others = [
    publish<PopulationOperations>(
      loadContract('population.v1'),
      'population',
      createPopulationService({
        ...d,
        adapter: population,
        limits: readSettings(parsePopulationLimits, d.settings.limits['population.v1']),
      }),
    ),
    publish<EvidenceOperations>(
      loadContract('evidence.v1'),
      undefined,
      createEvidenceService({
        ...{ ...d, search, findOperation, exports, now: () => new Date() },
        rules: readSettings(parseAuditRules, d.settings.limits['evidence.v1']),
        services: () => published.map(({ contract }) => contract.service),
      }),
    ),
    publish<DeliveryOperations>(
      loadContract('delivery.v1'),
      undefined,
      createDeliveryService({ ...d, ...webhooks, fieldKey: d.keys.field }),
    ),
    publish<DiagnosisOperations>(
      loadContract('diagnosis.v1'),
      undefined,
      createDiagnosisService({ ...d, expected: d.tokens.expected, findOperation }),
    ),
    publish<OperationOperations>(
      loadContract('operation.v1'),
      undefined,
      createOperationService({ ...d, isSourceOff: (source) => d.registry.current.isSourceOff(source) }),
    ),
    publish<DocumentsOperations>(loadContract('documents.v1'), undefined, documents.handlers),
    publish<PaymentOperations>(
      loadContract('payment.v1'),
      paymentPlatformName,
      payment.handlers,
      askingThePlatform,
    ),
    publish<PortalOperations>(loadContract('portal.v1'), portalName, portal.handlers, askingPortal),
  ];
  const parts = [documents, payment, portal, createRetentionPart(d)];
  const works = [...parts, exports].flatMap((part) => part.works);
  const routes = [...parts.flatMap((part) => part.routes), webhooks.route];
  const sources = toSources(others, routes);
  const published: readonly PublishedService[] = [
    ...others,
    publishAdmin(d, others, { population, ...(portalSource && { [portalName]: portalSource }) }, sources),
  ];
  return {
    ...{ published, routes, works },
    start() {
      for (const part of [...parts, exports]) part.start();
    },
    hush() {
      for (const part of parts) part.hush();
    },
    async close() {
      for (const part of [...parts, exports]) await part.close();
      await webhooks.close();
      await population.close();
      await search.close();
    },
  };
}
