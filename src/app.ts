// The HTTP edge: the only place that knows Express. Everything goes through the request path, but for the list below.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type Express, type Request, type Response } from 'express';
import { limitSending, send, toCall } from './edge.ts';
import type { KeyChainReader } from './evidence/key-chain.ts';
import type { EvidenceReader } from './evidence/read.ts';
import type { ReadStamps } from './evidence/time-stamps/list.ts';
import { toProblemAnswer } from './exchange/check-answer.ts';
import type { Serve } from './exchange/path.ts';
import { listStamps, proveLeaf } from './log-proof.ts';
import type { Readiness } from './operation/health.ts';
import { Problem, toProblem } from './problem.ts';
import {
  isProblemCode,
  toProblemEntry,
  toProblemList,
  toProblemListPage,
  toProblemPage,
} from './problem-pages.ts';
import type { Reference, ReferenceAnswer } from './reference/reference.ts';
import type { AuthorizationServer } from './signin/authorization-server.ts';
import type { ToPeer } from './signin/peer.ts';

/** What the edge needs. */
export interface AppDependencies {
  readonly serve: Serve;
  readonly publicUrl: string;
  readonly toPeer: ToPeer;
  /** The authorisation server; it reads its own bodies. */
  readonly authorization: Pick<AuthorizationServer, 'paths' | 'handler'>;
  readonly reader: Pick<EvidenceReader, 'checkpoint' | 'consistency' | 'leafOf'>;
  readonly readStamps: ReadStamps;
  readonly keyChain: KeyChainReader;
  /** The verifier key of the newest key that signs, `<name>+<hash>+<key>`. */
  readonly toLogKey: () => string;
  readonly readiness: () => Readiness;
  /** True while nothing may be recorded. */
  readonly isReadOnly: () => boolean;
  /** True once the hub takes no new calls. */
  readonly isStopping: () => boolean;
  readonly reference: Reference;
  /** Told of errors outside the request path. */
  readonly onError: (error: unknown) => void;
}

/** A place outside the request path. test/app.test.ts holds this list against the design. */
export interface OutsidePlace {
  readonly path: string;
  readonly answer: (request: Request, response: Response) => void | Promise<void>;
}

const maxTreeSize = 2 ** 53;

function toTreeSize(text: unknown, name: string): number {
  const size = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (size <= maxTreeSize) return size;
  throw new Problem('request-invalid', {
    errors: [{ where: `/query/${name}`, vi: 'phải là kích thước cây', en: 'must be a tree size' }],
  });
}

const toUnavailable = (cause: unknown): never => {
  throw new Problem('log-unavailable', { cause, retryAfterS: 5 });
};

async function answerConsistency(d: AppDependencies, request: Request, response: Response): Promise<void> {
  const from = toTreeSize(request.query['from'], 'from');
  const to = toTreeSize(request.query['to'], 'to');
  const proof = await d.reader.consistency(from, to).catch(toUnavailable);
  if (!proof)
    throw new Problem('request-invalid', {
      errors: [
        {
          where: '/query',
          vi: 'from ít nhất là 1, to không nhỏ hơn from và không quá kích thước đã ký',
          en: 'from must be at least 1, to at least from and at most the signed size',
        },
      ],
    });
  response.json({ from, to, proof });
}

async function answerCheckpoint(d: AppDependencies, response: Response): Promise<void> {
  const note = await d.reader.checkpoint().catch(toUnavailable);
  if (note === undefined) throw new Problem('receipt-not-ready', { retryAfterS: 1 });
  response.type('text/plain').send(note);
}

/** The newest key that signs, for tools that take one; all of them with their time as JSON. */
async function answerKey(d: AppDependencies, request: Request, response: Response): Promise<void> {
  if (request.accepts(['text', 'json']) === 'json')
    response.json({ keys: await d.keyChain.list().catch(toUnavailable) });
  else response.type('text/plain').send(`${d.toLogKey()}\n`);
}

async function answerKeyChain(d: AppDependencies, response: Response): Promise<void> {
  response.json(await d.keyChain.chain().catch(toUnavailable));
}

function answerProblem(request: Request, response: Response): void {
  const code = String(request.params['code']);
  if (!isProblemCode(code)) throw new Problem('not-found');
  if (request.accepts(['html', 'json']) === 'json') response.json(toProblemEntry(code));
  else response.type('html').send(toProblemPage(code));
}

function answerReference(answer: ReferenceAnswer | undefined, response: Response): void {
  if (!answer) throw new Problem('not-found');
  response.set(answer.headers).send(answer.body);
}

/** Everything that is not in the request path, besides the authorisation server's own paths. */
export const toOutsidePlaces = (d: AppDependencies): readonly OutsidePlace[] => [
  { path: '/health/live', answer: (_, response) => void response.json({ status: 'live' }) },
  {
    path: '/health/ready',
    answer: (_, response) => {
      const readiness = d.readiness();
      response.status(readiness.status === 'ready' ? 200 : 503).json(readiness);
    },
  },
  {
    path: '/problems',
    answer: (request, response) => {
      if (request.accepts(['html', 'json']) === 'json') response.json({ problems: toProblemList() });
      else response.type('html').send(toProblemListPage());
    },
  },
  { path: '/problems/:code', answer: answerProblem },
  { path: '/reference', answer: (_, response) => answerReference(d.reference.list(), response) },
  { path: '/reference/', answer: (_, response) => response.redirect(308, '/reference') },
  {
    path: '/reference/:name',
    answer: (request, response) =>
      answerReference(d.reference.contract(String(request.params['name'])), response),
  },
  {
    path: '/reference/files/:name',
    answer: (request, response) =>
      answerReference(d.reference.file(String(request.params['name'])), response),
  },
  { path: '/log/checkpoint', answer: (_, response) => answerCheckpoint(d, response) },
  { path: '/log/consistency', answer: (request, response) => answerConsistency(d, request, response) },
  {
    path: '/log/proof',
    answer: async (request, response) => void response.json(await proveLeaf(d.reader, request.query['leaf'])),
  },
  {
    path: '/log/time-stamps',
    answer: async (request, response) => void response.json(await listStamps(d.readStamps, request.query)),
  },
  { path: '/log/key', answer: (request, response) => answerKey(d, request, response) },
  { path: '/log/keys', answer: (_, response) => answerKeyChain(d, response) },
];

/** What Express itself refuses or what failed on the way: a problem as any other, never Express's own page. */
function answerFailure(
  d: AppDependencies,
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  // The router cannot decode an escape in a path.
  const problem = error instanceof URIError ? new Problem('path-invalid') : toProblem(error);
  if (problem.code === 'internal-error') d.onError(error);
  void send(request, response, toProblemAnswer(d.publicUrl, problem, toCall(request, d.toPeer), undefined));
}

/** A call through the request path. */
async function answerCall(
  d: AppDependencies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = toCall(request, d.toPeer);
  if (!d.isStopping() && !d.isReadOnly()) return send(request, response, await d.serve(call));
  if (d.isStopping()) response.setHeader('connection', 'close');
  const problem = d.isStopping()
    ? new Problem('hub-stopping', { retryAfterS: 5 })
    : new Problem('hub-read-only', { retryAfterS: 60 });
  await send(request, response, toProblemAnswer(d.publicUrl, problem, call, undefined));
}

/** The Express application of one hub process. */
function createApp(d: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  app.use(d.authorization.handler);
  for (const place of toOutsidePlaces(d))
    app.get(place.path, async (request, response) => {
      response.setHeader('x-content-type-options', 'nosniff');
      response.setHeader('cache-control', 'no-store');
      await place.answer(request, response);
    });
  app.use((request, response) => answerCall(d, request, response));
  // Express knows a handler of errors by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: unknown) =>
    answerFailure(d, error, request, response),
  );
  return app;
}

/** `/population/v1` of `/population/v1/…`; nothing that is published of anything shorter. */
function toBasePath(target: string): string {
  const second = target.indexOf('/', 1);
  return second < 0 ? '' : target.slice(0, Math.max(0, target.indexOf('/', second + 1)));
}

/**
 * What Node's server calls. Calls under the base path of a contract go straight to the request path; Express, which
 * would look through all its places first, has everything else.
 * @param basePaths of the published contracts, e.g. `/population/v1`
 */
export function createListener(d: AppDependencies, basePaths: readonly string[]): RequestListener {
  const app = createApp(d);
  const published = new Set(basePaths);
  return (request, response) => {
    if (!published.has(toBasePath(request.url ?? ''))) {
      limitSending(request);
      return app(request, response);
    }
    answerCall(d, request, response).catch((error) => answerFailure(d, error, request, response));
  };
}
