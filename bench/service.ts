// The service of the bench and its adapter: JSON out, JSON back, with the digests that every adapter of the hub gives.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Digest, type SourceContext, SourceError, type SourceTrace } from '../adapters/adapter.ts';
import { openWire, toWireCode } from '../adapters/undici-axios.ts';
import { loadContract } from '../src/contracts/contract.ts';
import { rootFolder } from '../src/root.ts';
import { createServices, publish, type ServiceDependencies, type Services } from '../src/services/index.ts';
import type { Handlers, ServiceAnswer } from '../src/services/service.ts';
import type { Item } from './item.ts';

/** The operations of `contract/bench.v1.yaml`, as they would be generated from it. */
export interface BenchOperations {
  readonly getItem: {
    readonly parameters: { readonly path: { readonly id: string } };
    readonly responses: { readonly 200: { readonly content: { readonly 'application/json': Item } } };
  };
  readonly exchangeItem: {
    readonly requestBody: { readonly content: { readonly 'application/json': Item } };
    readonly responses: { readonly 200: { readonly content: { readonly 'application/json': Item } } };
  };
}

/** The source's name. */
export const sourceName = 'bench';

const limits = { connectMs: 2_000, callMs: 5_000, answerBytes: 1_048_576, connections: 64 };

const toDigest = (bytes: Buffer): Digest => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.length,
});

function createAdapter(url: string) {
  const wire = openWire({ url, ...limits });
  const headers = { 'Content-Type': 'application/json' };
  return {
    async call(method: 'get' | 'post', path: string, body: Buffer | undefined, context: SourceContext) {
      const config = { url: `${url}${path}`, method, headers, signal: context.signal };
      const answer = await wire.http
        .request<Buffer>(body ? { ...config, data: body } : config)
        .catch((error: unknown) => {
          throw new SourceError('unreachable', sourceName, `no answer: ${toWireCode(error)}`);
        });
      if (answer.status !== 200) throw new SourceError('refused', sourceName, `status ${answer.status}`);
      const trace: SourceTrace = {
        source: sourceName,
        requestCode: context.exchangeId,
        request: toDigest(body ?? Buffer.alloc(0)),
        answer: toDigest(answer.data),
      };
      const value: unknown = JSON.parse(answer.data.toString('utf8'));
      return { value, trace };
    },
    close: () => wire.close(),
  };
}

// The contract's check of the answer proves the shape before it leaves.
const toAnswer = ({ value, trace }: { value: unknown; trace: SourceTrace }): ServiceAnswer<Item> => ({
  status: 200,
  body: value as Item,
  sources: [trace],
});

function createBenchService(adapter: ReturnType<typeof createAdapter>): Handlers<BenchOperations> {
  const scheme = 'population';
  return {
    getItem: {
      handle: async ({ params, askSource }) =>
        toAnswer(
          await askSource(scheme, (context) =>
            adapter.call('get', `/bench/v1/items/${params.id}`, undefined, context),
          ),
        ),
    },
    exchangeItem: {
      handle: async ({ body, askSource }) =>
        toAnswer(
          await askSource(scheme, (context) =>
            adapter.call('post', '/bench/v1/items', Buffer.from(JSON.stringify(body)), context),
          ),
        ),
    },
  };
}

/** The hub's own services and that of the bench. @param url of the source, without a slash at the end */
export function createBenchServices(d: ServiceDependencies, url: string): Services {
  const adapter = createAdapter(url);
  const own = createServices(d);
  const contract = loadContract('bench.v1', join(rootFolder, 'bench', 'contract'));
  return {
    ...own,
    published: [
      ...own.published,
      publish<BenchOperations>(contract, sourceName, createBenchService(adapter)),
    ],
    async close() {
      await adapter.close();
      await own.close();
    },
  };
}
