// One validator an operation: express-openapi-validator's handlers called on plain objects, so that nothing of Express
// is needed and an answer is checked before it is recorded. The traps this avoids are in docs/decisions/0001.
import { middleware } from 'express-openapi-validator';
import { Problem, type ProblemPlace } from '../problem.ts';
import { type Contract, type Document, type OperationFacts, toMembers } from './contract.ts';

/** A request as the validator sees it. */
export interface CheckableRequest {
  /** Canonical path with the query string as received. */
  readonly target: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Parsed JSON, or undefined where there is none. */
  readonly body: unknown;
}

/** What was read by the contract's schemas: parameters coerced, the body untouched. */
export interface CheckedRequest {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Checks requests and answers of one operation. */
export interface OperationValidator {
  /** @throws Problem request-invalid, with the places */
  request(request: CheckableRequest): Promise<CheckedRequest>;
  /** @returns undefined when the answer fits, else where and why it does not */
  answer(status: number, body: unknown): Promise<readonly ProblemPlace[] | undefined>;
}

type Handler = (request: object, answer: object, next: (error?: unknown) => void) => unknown;

interface PlainRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly url: string;
  readonly path: string;
  readonly baseUrl: '';
  readonly headers: Record<string, string>;
  query: Record<string, unknown>;
  params: Record<string, unknown>;
  body: unknown;
  readonly app: { enabled(name: string): boolean; param(): void };
}

// enabled: strict routing and case-sensitive routing, as our own match is.
const app = { enabled: () => true, param: () => undefined };

/** A copy without `default`: the validator would fill defaults in, whatever its options say. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([name, member]) => !(name === 'default' && !isResponse(member)),
  );
  return Object.fromEntries(entries.map(([name, member]) => [name, withoutDefaults(member)]));
}

// `responses.default` is a response, not a default value.
const isResponse = (member: unknown): boolean =>
  '$ref' in toMembers(member) || 'description' in toMembers(member);

/** The contract with one operation only: the validator scans every path of its document on every request. */
function toSingleDocument(contract: Contract, operation: OperationFacts): Document {
  const path = operation.path.slice(contract.basePath.length);
  const item = toMembers(toMembers(contract.document['paths'])[path]);
  const method = operation.method.toLowerCase();
  return toMembers(
    withoutDefaults({
      ...contract.document,
      paths: {
        [path]: { [method]: item[method], ...(item['parameters'] ? { parameters: item['parameters'] } : {}) },
      },
    }),
  );
}

/** Digits of nine and more may be a personal number: they are not repeated, not even to the caller. */
const toPlace = (where: string, message: string): ProblemPlace => ({
  where: where.replace(/\d{9,}/g, '…').slice(0, 200),
  message: message.replace(/\d{9,}/g, '…').slice(0, 300),
});

function toPlaces(error: unknown): readonly ProblemPlace[] {
  const { errors, path, message } = toMembers(error);
  const list = Array.isArray(errors) ? errors : [{ path, message }];
  return list.slice(0, 50).map((item) => {
    const place = toMembers(item);
    return toPlace(String(place['path'] ?? ''), String(place['message'] ?? 'does not fit the contract'));
  });
}

const isRefusal = (error: unknown): boolean => typeof toMembers(error)['status'] === 'number';

function run(handler: Handler, request: PlainRequest, answer: object): Promise<void> {
  return new Promise((resolve, reject) => {
    Promise.resolve(
      handler(request, answer, (error) => (error === undefined ? resolve() : reject(error))),
    ).catch(reject);
  });
}

/**
 * Compiles the validator of one operation and proves that it works: an undocumented query parameter and an
 * undocumented answer must both be refused.
 * @throws Error when the contract cannot be compiled or the self-test is passed over in silence
 */
export async function createOperationValidator(
  contract: Contract,
  operation: OperationFacts,
  validateContract: boolean,
): Promise<OperationValidator> {
  const handlers = middleware({
    // The library's own type of a document is narrower than what it takes.
    apiSpec: structuredClone(toSingleDocument(contract, operation)) as never,
    validateApiSpec: validateContract,
    validateRequests: {
      allowUnknownQueryParameters: false,
      coerceTypes: false,
      removeAdditional: false,
      allErrors: true,
    },
    validateResponses: { removeAdditional: false, coerceTypes: false },
    validateSecurity: false,
    fileUploader: false,
  }) as readonly Handler[];
  const steps = handlers.slice(0, -1);
  const hook = handlers.at(-1);
  if (!hook) throw new Error(`${operation.name}: the validator has no handlers`);

  const toPlain = (request: CheckableRequest): PlainRequest => ({
    method: operation.method,
    originalUrl: request.target,
    url: request.target,
    path: request.path,
    baseUrl: '',
    headers: { ...request.headers },
    query: { ...request.query },
    params: {},
    body: request.body,
    app,
  });

  const sample = operation.path.replace(/\{[^}]+\}/g, '00000000-0000-7000-8000-000000000000');
  const prepared = toPlain({ target: sample, path: sample, headers: {}, query: {}, body: undefined });
  for (const step of steps.slice(0, 3)) await run(step, prepared, {});

  const validator: OperationValidator = {
    async request(request) {
      const plain = toPlain(request);
      try {
        for (const step of steps) await run(step, plain, {});
      } catch (error) {
        if (isRefusal(error)) throw new Problem('request-invalid', { errors: toPlaces(error) });
        throw error;
      }
      return { params: plain.params, query: plain.query, body: plain.body };
    },
    async answer(status, body) {
      let refused: unknown;
      const answer = {
        statusCode: status,
        headersSent: false,
        getHeaders: () => ({ 'content-type': 'application/json' }),
        // Replaced by the handler, which checks what it is given.
        json: (_: unknown): void => undefined,
      };
      const next = (error?: unknown): void => {
        refused = error ?? refused;
      };
      await hook({ ...prepared, headers: {} }, answer, next);
      answer.json(body);
      return refused === undefined ? undefined : toPlaces(refused);
    },
  };
  await selfTest(operation, sample, validator);
  return validator;
}

async function selfTest(
  operation: OperationFacts,
  path: string,
  validator: OperationValidator,
): Promise<void> {
  const refused = await validator
    .request({
      target: `${path}?undocumented=1`,
      path,
      headers: operation.bodyBytes > 0 ? { 'content-type': 'application/json' } : {},
      query: { undocumented: '1' },
      body: operation.bodyBytes > 0 ? {} : undefined,
    })
    .then(() => false)
    .catch((error) => error instanceof Problem && error.more.errors?.[0]?.where === '/query/undocumented');
  if (!refused)
    throw new Error(
      `${operation.name}: an undocumented query parameter is not refused; the contract checks nothing`,
    );
  if ((await validator.answer(200, { undocumented: 1 })) === undefined)
    throw new Error(`${operation.name}: an undocumented answer is not refused; the contract checks nothing`);
}
