// One validator an operation: express-openapi-validator's request and response validators called on plain objects, so
// that nothing of Express is needed and an answer is checked before it is recorded. What this avoids, and why the
// library's parts are called and not its middleware: docs/decisions/0001, 0025.
import { OpenAPISchemaValidator } from 'express-openapi-validator/dist/framework/openapi.schema.validator.js';
import { RequestValidator } from 'express-openapi-validator/dist/middlewares/openapi.request.validator.js';
import { ResponseValidator } from 'express-openapi-validator/dist/middlewares/openapi.response.validator.js';
import { SchemaPreprocessor } from 'express-openapi-validator/dist/middlewares/parsers/schema.preprocessor.js';
import { OpenApiValidator } from 'express-openapi-validator/dist/openapi.validator.js';
import { Problem, type ProblemPlace } from '../problem.ts';
import { type Contract, type Document, type OperationFacts, toMembers } from './contract.ts';
import { isInstant } from './instant.ts';
import { type Forms, toForms } from './place-words.ts';
import { isRefusal, noBody, notDocumented, takesJson, toPlaces, toPlainPlaces } from './refusal-places.ts';
import { toSingleDocument, withGoodAnswersOnly, withoutDefaults } from './single-operation.ts';

/** A request as the validator sees it. */
export interface CheckableRequest {
  /** Canonical path with the query string as received. */
  readonly target: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
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
  request(request: CheckableRequest): CheckedRequest;
  /**
   * Checks the JSON part of a multipart body, once it is read; `request` is the one that was checked before.
   * @throws Problem request-invalid, with the places
   */
  part(request: CheckableRequest, body: unknown): void;
  /** @returns undefined when the answer fits, else where and why it does not */
  answer(status: number, body: unknown): readonly ProblemPlace[] | undefined;
}

const options = new OpenApiValidator({
  // Not read: documents are given to the parts that are called.
  apiSpec: 'none',
  validateRequests: {
    allowUnknownQueryParameters: false,
    coerceTypes: false,
    removeAdditional: false,
    allErrors: true,
  },
  validateResponses: { removeAdditional: false, coerceTypes: false },
  formats: { instant: { type: 'string', validate: isInstant } },
  validateSecurity: false,
  fileUploader: false,
}).ajvOpts;

/** A contract made ready for its validators: one document for requests, one for answers. */
interface Prepared {
  readonly basePath: string;
  readonly requests: Document;
  readonly answers: Document;
  /** In words, what the contract's patterns ask for. */
  readonly forms: Forms;
}

/** Of OpenAPI 3.1 itself: one for all contracts, made when the first is compiled. */
let ofOpenApi: OpenAPISchemaValidator | undefined;

/** @throws Error with the first places where it is not OpenAPI 3.1 */
function checkDocument(service: string, document: Document): void {
  ofOpenApi ??= new OpenAPISchemaValidator({ version: '3.1.0', validateApiSpec: true });
  const { errors } = ofOpenApi.validate(document as never);
  if (errors && errors.length > 0)
    throw new Error(`${service} is not OpenAPI 3.1: ${JSON.stringify(errors.slice(0, 5))}`);
}

/** What takes long and is the same for every operation is done once: checking the document and resolving its parts. */
function prepare(contract: Contract): Prepared {
  const document = toMembers(withoutDefaults(withGoodAnswersOnly(contract.document)));
  checkDocument(contract.service, document);
  // The library's own type of a document is narrower than what it takes.
  const whole = new SchemaPreprocessor(document as never, options.preprocessor, {});
  const { apiDoc, apiDocRes } = whole.preProcess();
  return {
    basePath: contract.basePath,
    requests: toMembers(apiDoc),
    answers: toMembers(apiDocRes),
    forms: toForms(contract.document),
  };
}

/** A validator that compiles itself when it is first asked. */
interface LazyValidator extends OperationValidator {
  /** Compiles it now. @throws Error when it cannot be compiled, or its self-test is passed over in silence */
  compile(): void;
}

function lazily(make: () => OperationValidator): LazyValidator {
  let made: OperationValidator | undefined;
  const get = (): OperationValidator => {
    made ??= make();
    return made;
  };
  return {
    request: (request) => get().request(request),
    part: (request, body) => get().part(request, body),
    answer: (status, body) => get().answer(status, body),
    compile: () => void get(),
  };
}

/** The validators of one contract. */
export interface Validators {
  /** By operationId. */
  readonly of: ReadonlyMap<string, LazyValidator>;
}

function toValidators(contract: Contract): Validators {
  let prepared: Prepared | undefined;
  const of = contract.operations.map((operation) => {
    const make = (): OperationValidator => {
      prepared ??= prepare(contract);
      return createOperationValidator(prepared, operation);
    };
    return [operation.id, lazily(make)] as const;
  });
  return { of: new Map(of) };
}

/** They keep nothing of a call, so that hubs of one process share those of a contract. */
const known = new WeakMap<Contract, Validators>();

/**
 * The validators of a contract. Each is compiled when it is first asked, and proves then that it works: an undocumented
 * query parameter and an undocumented answer must both be refused, else it throws and nothing passes. The same contract has
 * the same validators.
 */
export function createValidators(contract: Contract): Validators {
  const validators = known.get(contract) ?? toValidators(contract);
  known.set(contract, validators);
  return validators;
}

/** The names of a template's parameters, by the place of their segment. */
const toParameters = (template: string): readonly (readonly [place: number, name: string])[] =>
  template
    .split('/')
    .flatMap((segment, place) =>
      /^\{[^}]+\}$/.test(segment) ? [[place, segment.slice(1, -1)] as const] : [],
    );

function createOperationValidator(prepared: Prepared, operation: OperationFacts): OperationValidator {
  const template = operation.path.slice(prepared.basePath.length);
  const method = operation.method.toLowerCase();
  const ofRequests = toSingleDocument(prepared.requests, template, operation);
  const ofAnswers = toSingleDocument(prepared.answers, template, operation);
  const find = ({ paths }: Document): unknown => toMembers(toMembers(paths)[template])[method];
  const matched = {
    expressRoute: operation.path.replace(/\{([^}]+)\}/g, ':$1'),
    openApiRoute: operation.path,
    schema: find(ofRequests),
    _responseSchema: find(ofAnswers),
    serial: 1,
  };
  const parameters = toParameters(operation.path);
  const toCheck = (document: Document) => ({
    schema: find(document),
    requests: new RequestValidator(document as never, options.request),
  });
  const forWhole = toCheck(ofRequests);
  const forPart =
    operation.partSchema === undefined
      ? undefined
      : toCheck(toSingleDocument(prepared.requests, template, operation, 'part'));
  const hook = new ResponseValidator(ofAnswers as never, options.response, {}, matched.serial).validate();

  // A canonical path has no escapes: its segments are the parameters' values.
  function toParams(path: string): Record<string, unknown> {
    if (parameters.length === 0) return {};
    const segments = path.split('/');
    return Object.fromEntries(parameters.map(([place, name]) => [name, segments[place]]));
  }

  function check(of: typeof forWhole, checkable: CheckableRequest): CheckedRequest {
    const { target, path, headers, query, body } = checkable;
    const params = toParams(path);
    const openapi = { ...matched, schema: of.schema, pathParams: params };
    const plain = {
      ...{ method: operation.method, originalUrl: target, path, headers, body, params, openapi },
      query: { ...query },
    };
    let passed = false;
    try {
      // It throws what it refuses, and calls back before it returns.
      of.requests.validate(plain as never, {} as never, () => {
        passed = true;
      });
    } catch (error) {
      if (isRefusal(error)) throw new Problem('request-invalid', { errors: toPlaces(error, prepared.forms) });
      throw error;
    }
    if (!passed) throw new Error(`${operation.name}: the validator did not answer`);
    return { params: plain.params, query: plain.query, body: plain.body };
  }

  const validator: OperationValidator = {
    request(checkable) {
      const places = toPlainPlaces(operation, checkable);
      if (places.length > 0) throw new Problem('request-invalid', { errors: places });
      return check(forWhole, checkable);
    },
    part(checkable, body) {
      if (body === undefined || !forPart) throw new Problem('request-invalid', { errors: [noBody] });
      check(forPart, {
        ...checkable,
        headers: { ...checkable.headers, 'content-type': 'application/json' },
        body,
      });
    },
    answer(status, body) {
      const form = operation.answers.get(status);
      if (form !== undefined && form !== 'json') return body === undefined ? undefined : [notDocumented];
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
      const request = {
        method: operation.method,
        originalUrl: operation.path,
        headers: {},
        openapi: matched,
      };
      hook(request as never, answer as never, next);
      answer.json(body);
      return refused === undefined ? undefined : toPlaces(refused, prepared.forms);
    },
  };
  selfTest(operation, validator);
  return validator;
}

function selfTest(operation: OperationFacts, validator: OperationValidator): void {
  const path = operation.path.replace(/\{[^}]+\}/g, '00000000-0000-7000-8000-000000000000');
  const isRefused = (): boolean => {
    try {
      validator.request({
        target: `${path}?undocumented=1`,
        path,
        headers: takesJson(operation) ? { 'content-type': 'application/json' } : {},
        query: { undocumented: '1' },
        body: takesJson(operation) ? {} : undefined,
      });
      return false;
    } catch (error) {
      return error instanceof Problem && error.more.errors?.[0]?.where === '/query/undocumented';
    }
  };
  if (!isRefused())
    throw new Error(
      `${operation.name}: an undocumented query parameter is not refused; the contract checks nothing`,
    );
  const [goodStatus = 200] = operation.answers.keys();
  if (validator.answer(goodStatus, { undocumented: 1 }) === undefined)
    throw new Error(`${operation.name}: an undocumented answer is not refused; the contract checks nothing`);
}
