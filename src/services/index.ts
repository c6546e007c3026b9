// THE list of services: contract, source, handlers. A new service is one entry here.
import type { Pool } from 'pg';
import type { CredentialTester } from '../../adapters/adapter.ts';
import { createPopulationAdapter, parsePopulationSettings } from '../../adapters/population/index.ts';
import type { operations as AdminOperations } from '../../openapi/types/admin.v1.ts';
import type { operations as DeliveryOperations } from '../../openapi/types/delivery.v1.ts';
import type { operations as DiagnosisOperations } from '../../openapi/types/diagnosis.v1.ts';
import type { operations as EvidenceOperations } from '../../openapi/types/evidence.v1.ts';
import type { operations as OperationOperations } from '../../openapi/types/operation.v1.ts';
import type { operations as PopulationOperations } from '../../openapi/types/population.v1.ts';
import type { Environment, Settings } from '../config.ts';
import { type Contract, loadContract } from '../contracts/contract.ts';
import type { PublishedService } from '../contracts/table.ts';
import { StartError, toMessage } from '../database/start-error.ts';
import type { RunningEngine } from '../delivery/engine.ts';
import type { Route } from '../delivery/types.ts';
import { createEntitlement } from '../delivery/webhook/entitlement.ts';
import { createWebhookNotices } from '../delivery/webhook/notices.ts';
import { createWebhookRoute } from '../delivery/webhook/route.ts';
import { parseWebhookRules } from '../delivery/webhook/settings.ts';
import type { EvidenceReader } from '../evidence/read.ts';
import type { Keys } from '../keys.ts';
import type { StateReader } from '../operation/state-reader.ts';
import type { Registry } from '../registry/types.ts';
import type { TokenCheck } from '../signin/token-check.ts';
import { createAdminService } from './admin/index.ts';
import { createDeliveryService } from './delivery/index.ts';
import { createDiagnosisService } from './diagnosis/index.ts';
import type { KnownOperation } from './diagnosis/rights.ts';
import { createEvidenceService } from './evidence.ts';
import { createOperationService } from './operation.ts';
import { createPopulationService, parsePopulationLimits } from './population/index.ts';
import type { AnyRequest, Handler, Handlers } from './service.ts';

/** What services are made of. */
export interface ServiceDependencies {
  readonly pool: Pool;
  /** The owner's role, which alone may write the registry. */
  readonly owner: Pool;
  readonly keys: Keys;
  readonly reader: EvidenceReader;
  readonly state: StateReader;
  readonly settings: Settings;
  readonly environment: Environment;
  readonly registry: Registry;
  readonly tokens: Pick<TokenCheck, 'expected'>;
  readonly engine: Omit<RunningEngine, 'start' | 'stop'>;
}

/** The published services and the way to close what they hold. */
export interface Services {
  readonly published: readonly PublishedService[];
  /** The ways out of the hub that the engine is to work on; default: none. */
  readonly routes?: readonly Route[];
  close(): Promise<void>;
}

/**
 * Publishes a service under its contract. The handlers' shapes are checked against the contract's types here; the
 * request path hands them what the contract's validator has proved.
 */
export function publish<Operations>(
  contract: Contract,
  source: string | undefined,
  handlers: Handlers<Operations>,
): PublishedService {
  const untyped = handlers as unknown as Readonly<Record<string, Handler<AnyRequest, unknown>>>;
  return { contract, source, handlers: untyped };
}

/** A mistake in the settings is the operator's to mend, so it is told as a sentence. */
function readSettings<T>(parse: (json: unknown) => T, json: unknown): T {
  try {
    return parse(json);
  } catch (error) {
    throw new StartError(`SETTINGS_FILE: ${toMessage(error)}`, error);
  }
}

/** Administration, which is told of the contracts and sources that there are beside it. */
function publishAdmin(
  d: ServiceDependencies,
  others: readonly PublishedService[],
  testers: Readonly<Record<string, CredentialTester>>,
): PublishedService {
  const contract = loadContract('admin.v1');
  const admin = createAdminService({
    ...d,
    contracts: [...others.map((one) => one.contract), contract],
    sources: [...new Set(others.flatMap(({ source }) => source ?? []))],
    testers,
  });
  return publish<AdminOperations>(contract, undefined, admin);
}

/** @throws StartError naming every mistake in the settings of a source, or in the limits of a service */
export function createServices(d: ServiceDependencies): Services {
  const population = createPopulationAdapter(
    readSettings(parsePopulationSettings, d.settings.sources['population']),
  );
  const findOperation = (name: string): KnownOperation | undefined =>
    published.flatMap(({ contract, source }) =>
      contract.operations.filter((one) => one.name === name).map((operation) => ({ ...operation, source })),
    )[0];
  const rules = readSettings(
    (json) => parseWebhookRules(json, d.environment),
    d.settings.limits['delivery.v1'],
  );
  const fieldKey = d.keys.field;
  const isEntitled = createEntitlement(d.registry);
  const webhooks = createWebhookRoute({ pool: d.pool, fieldKey, rules, isEntitled });
  const notices = createWebhookNotices(rules.networks.length > 0, isEntitled);
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
      createEvidenceService(d.reader, findOperation),
    ),
    publish<DeliveryOperations>(
      loadContract('delivery.v1'),
      undefined,
      createDeliveryService({ ...d, fieldKey, rules, notices }),
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
  ];
  const published: readonly PublishedService[] = [...others, publishAdmin(d, others, { population })];
  return {
    published,
    routes: [webhooks.route],
    async close() {
      await webhooks.close();
      await population.close();
    },
  };
}
