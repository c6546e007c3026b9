// A request path of its own beside a test hub, over a small contract whose handler behaves as it is told: for what no
// source can be made to do. A second process, as far as the log can tell.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { loadContract } from '../../src/contracts/contract.ts';
import { createOperationTable } from '../../src/contracts/table.ts';
import { createPool } from '../../src/database/pool.ts';
import { createTicketSigner } from '../../src/evidence/ticket.ts';
import { createRate } from '../../src/exchange/admit.ts';
import { unobserved } from '../../src/exchange/observe.ts';
import { createServe } from '../../src/exchange/path.ts';
import { createPerSource } from '../../src/exchange/per-source.ts';
import { createQuota } from '../../src/exchange/quota.ts';
import { createRefusals } from '../../src/exchange/refusals.ts';
import { openKeys } from '../../src/keys.ts';
import { startRegistry } from '../../src/registry/registry.ts';
import { rootFolder } from '../../src/root.ts';
import type { AnyRequest, ServiceAnswer } from '../../src/services/service.ts';
import { createProofCheck } from '../../src/signin/proof-check.ts';
import { createTokenCheck, toAudience } from '../../src/signin/token-check.ts';
import { startLog } from '../evidence/support.ts';
import type { TestHub } from '../support/sandbox-hub.ts';

const contract = `
openapi: 3.1.0
info: { title: Thử / Probe, version: 1.0.0 }
servers: [{ url: /probe/v1 }]
security: [{ hubToken: [] }]
paths:
  /answers:
    post:
      operationId: ask
      x-deadline-ms: 100
      requestBody:
        required: true
        content: { application/json: { schema: { type: object } } }
      responses:
        "200":
          description: Trả lời / An answer
          content:
            application/json:
              schema:
                { type: object, additionalProperties: false, properties: { answer: { type: integer } } }
        default: { $ref: "common.yaml#/components/responses/Problem" }
components:
  securitySchemes:
    hubToken: { $ref: "common.yaml#/components/securitySchemes/hubToken" }
`;

/** How the handler behaves. */
export type Behaviour = 'fit' | 'misfit' | 'throw' | 'hang';

const behaviours: Readonly<Record<Behaviour, () => Promise<ServiceAnswer<unknown>>>> = {
  fit: async () => ({ status: 200, body: { answer: 1 }, result: 'found' }),
  misfit: async () => ({ status: 200, body: { answer: 'test-secret' }, result: 'found' }),
  throw: async () => {
    throw new Error('test-secret');
  },
  hang: () => new Promise(() => undefined),
};

const isBehaviour = (text: unknown): text is Behaviour => typeof text === 'string' && text in behaviours;

const handler = {
  handle({ body }: AnyRequest): Promise<ServiceAnswer<unknown>> {
    const name =
      typeof body === 'object' && body !== null && 'behaviour' in body ? body.behaviour : undefined;
    return behaviours[isBehaviour(name) ? name : 'fit']();
  },
};

function readContract() {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-probe-'));
  try {
    writeFileSync(join(folder, 'probe.v1.yaml'), contract);
    copyFileSync(join(rootFolder, 'openapi', 'common.yaml'), join(folder, 'common.yaml'));
    return loadContract('probe.v1', folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the registry must know for the one-stop system to ask for its first unit. */
async function register({ owner }: TestHub): Promise<void> {
  await owner.query("INSERT INTO service (id, state) VALUES ('probe.v1', 'active')");
  await owner.query(
    "UPDATE mandate SET operations = operations || '{probe.v1/*}' WHERE system_id = 'mot-cua' AND unit_id = 'cq-00'",
  );
  const columns = {
    operations: ['probe.v1/ask'],
    purpose: null,
    fields: null,
    case_rule: 'optional',
    sender_bound: false,
  };
  await addGrant({ owner }, { id: 'q-probe', ...columns });
}

/** Adds a grant like that for look-ups, changed by columns. */
export async function addGrant(
  { owner }: Pick<TestHub, 'owner'>,
  columns: Readonly<Record<string, unknown>>,
): Promise<void> {
  await owner.query(
    `INSERT INTO access_grant SELECT (jsonb_populate_record(g, $1)).* FROM access_grant g
     WHERE id = 'q-mot-cua-tthc'`,
    [JSON.stringify(columns)],
  );
}

/** What the probe answered. */
export interface ProbeAnswer {
  readonly status: number;
  readonly exchangeId: string;
  readonly retryAfter: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Opens the probe: one place, one who may wait for it, 50 ms. */
export async function openProbe(hub: TestHub) {
  await register(hub);
  const { hubUrl } = hub.database;
  const keys = openKeys(hub.keyFolder, 'sandbox');
  const logger = pino({ level: 'silent' });
  const pool = createPool(hubUrl, { max: 2, applicationName: 'probe' });
  const registry = await startRegistry({ hubUrl, logger });
  const log = await startLog(hubUrl, { keys });
  const refusals = createRefusals(log, () => undefined);
  const quota = await createQuota(pool, () => undefined);
  const { places, breaker } = createPerSource([], { calls: 1, waiting: 1, waitMs: 50 });
  const serve = createServe({
    ...{ registry, log, refusals, quota, logger, places, breaker },
    table: createOperationTable([
      { contract: readContract(), source: undefined, handlers: { ask: handler } },
    ]),
    environment: 'sandbox',
    publicUrl: hub.url,
    fieldKey: keys.field,
    rate: createRate(),
    findCaller: () => undefined,
    tokens: createTokenCheck({ issuer: hub.url, audience: toAudience('sandbox'), keys: keys.tokenKeys() }),
    checkProof: createProofCheck(),
    signTicket: createTicketSigner(hub.logKey.split('+')[0] ?? '', () => keys.log),
    observe: unobserved,
  });
  return {
    async ask(behaviour: Behaviour): Promise<ProbeAnswer> {
      const { token } = await hub.token({ bound: false });
      const { status, headers, body } = await serve({
        method: 'POST',
        target: '/probe/v1/answers',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        remoteAddress: '127.0.0.1',
        certificate: () => undefined,
        body: async () => Buffer.from(JSON.stringify({ behaviour })),
        content: () => Readable.from([]),
      });
      const exchangeId = headers['exchange-id'] ?? '';
      return { status, exchangeId, retryAfter: headers['retry-after'], body: JSON.parse(body.toString()) };
    },
    async close() {
      await refusals.stop();
      await quota.stop();
      await log.stop();
      await registry.close();
      await pool.end();
    },
  };
}
