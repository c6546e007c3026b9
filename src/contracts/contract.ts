// Reads a contract (OpenAPI 3.1) and lists its operations with the hub's own `x-` members. Rules that every contract
// keeps are in test/contracts/rules.test.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { rootFolder } from '../root.ts';

/** An OpenAPI document that refers to itself only; members are read with care. */
export type Document = Readonly<Record<string, unknown>>;

/**
 * The one way by which callers of an operation are identified; `anyone` where its contract says `security: []`, `source`
 * where the national system behind the service calls us.
 */
export type Scheme = 'hubToken' | 'source' | 'anyone';

/** What the request path needs to know of an operation. */
export interface OperationFacts {
  /** operationId, e.g. `lookUpCitizen`. */
  readonly id: string;
  /** `<service>/<operationId>`, as mandates and grants name it. */
  readonly name: string;
  /** e.g. `population.v1`. */
  readonly service: string;
  /** Upper case. */
  readonly method: string;
  /** Full external path template, e.g. `/evidence/v1/exchanges/{id}`. */
  readonly path: string;
  readonly scheme: Scheme;
  /** `x-personal-data`: only tokens bound to their holder. */
  readonly personalData: boolean;
  /** `x-officer`: the headers Officer and Purpose are compulsory. */
  readonly officer: boolean;
  /** `x-effect`: it changes something; the header Idempotency-Key is compulsory. */
  readonly effect: boolean;
  /**
   * `x-granted-fields`: where in the answer stands the object whose fields a grant can withhold, as the names on the way
   * (`/items/sealed`); of a list on the way every item is meant. Undefined: nowhere.
   */
  readonly grantedFields: readonly string[] | undefined;
  /** `x-deadline-ms`, 100 to 60,000; up to 3,600,000 where bodies are streamed. */
  readonly deadlineMs: number;
  /** `x-body-bytes`: the largest body taken. Default 65,536; 0 where the operation takes none. */
  readonly bodyBytes: number;
  /** Its calls may last long without costing much: a body is streamed, or it waits for something (`x-waits`). */
  readonly isLong: boolean;
  /** Media types of a body that is handed on as a stream; empty where there is none, or it is JSON. */
  readonly streamedTypes: readonly string[];
  /** Schema of the JSON part `document` of a multipart body, where there is one. */
  readonly partSchema: unknown;
  /** What an answer of each good status carries. */
  readonly answers: ReadonlyMap<number, AnswerForm>;
  /** Lower-case names of the header parameters that the contract itself names. */
  readonly headerNames: readonly string[];
}

/** JSON, bytes as a stream, or no body. */
export type AnswerForm = 'json' | 'stream' | 'none';

/** A published contract. */
export interface Contract {
  /** File name without its ending, e.g. `population.v1`. */
  readonly service: string;
  /** `/population/v1` */
  readonly basePath: string;
  readonly document: Document;
  readonly operations: readonly OperationFacts[];
}

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head'] as const;

const json = 'application/json';
const longestMs = { json: 60_000, stream: 3_600_000 } as const;

/** The value as an object, or an empty one. */
export function toMembers(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** @throws Error unless the contract names exactly one scheme, or says outright that there is none */
function toScheme(name: string, security: unknown): Scheme {
  if (!Array.isArray(security)) throw new Error(`${name} does not say who may call it (security)`);
  if (security.length === 0) return 'anyone';
  const [scheme, ...more] = security.flatMap((one) => Object.keys(toMembers(one)));
  if (security.length === 1 && more.length === 0 && (scheme === 'hubToken' || scheme === 'source'))
    return scheme;
  throw new Error(`${name}: security must be [] or exactly one scheme of the hub`);
}

/** Follows a reference within the document. */
function follow(document: Document, value: unknown): Document {
  const reference = toMembers(value)['$ref'];
  if (typeof reference !== 'string') return toMembers(value);
  const names = reference.split('/').slice(1);
  return follow(
    document,
    names.reduce<unknown>((part, name) => toMembers(part)[name], document),
  );
}

/** @throws Error where a body is JSON or something else */
function toStreamedTypes(operation: Document, name: string): readonly string[] {
  const types = Object.keys(toMembers(toMembers(operation['requestBody'])['content']));
  if (!types.includes(json)) return types;
  if (types.length > 1) throw new Error(`${name}: a body is JSON or streamed, not both`);
  return [];
}

const multipart = 'multipart/form-data';

/** A multipart body begins with a part of JSON, named `document`, that says what follows. */
function toPartSchema(operation: Document): unknown {
  const { schema } = toMembers(toMembers(toMembers(operation['requestBody'])['content'])[multipart]);
  return toMembers(toMembers(schema)['properties'])['document'];
}

/** Of the statuses that handlers may give: 2xx, and 304 to a question with a condition. */
function toAnswers(document: Document, operation: Document): ReadonlyMap<number, AnswerForm> {
  return new Map(
    Object.entries(toMembers(operation['responses']))
      .filter(([status]) => isGoodStatus(status))
      .map(([status, answer]) => {
        const types = Object.keys(toMembers(follow(document, answer)['content']));
        const form = types.length === 0 ? 'none' : types.includes(json) ? 'json' : 'stream';
        return [Number(status), form];
      }),
  );
}

/** Whether handlers may answer with it. */
export const isGoodStatus = (status: string): boolean => /^2\d\d$|^304$/.test(status);

const toHeaderNames = (document: Document, ...lists: readonly unknown[]): readonly string[] =>
  lists
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .map((parameter) => follow(document, parameter))
    .filter((parameter) => parameter['in'] === 'header')
    .map((parameter) => String(parameter['name']).toLowerCase());

/**
 * What a contract may not ask of callers, or give to them. A national system sends no idempotency key: what a repeat is, the
 * service itself knows by what it is told.
 */
const marksOfRights: Readonly<Record<Scheme, readonly string[]>> = {
  hubToken: [],
  source: ['x-officer', 'x-effect', 'x-granted-fields'],
  anyone: ['x-personal-data', 'x-officer', 'x-effect', 'x-granted-fields'],
};

/**
 * @throws Error when a member is missing or two do not go together
 */
function toOperation(
  service: string,
  path: string,
  method: string,
  item: Document,
  document: Document,
): OperationFacts {
  const operation = toMembers(item[method]);
  const id = operation['operationId'];
  const deadline = operation['x-deadline-ms'];
  const fields = operation['x-granted-fields'];
  const bytes = operation['x-body-bytes'];
  if (typeof id !== 'string') throw new Error(`${service}: ${method} ${path} has no operationId`);
  const streamedTypes = toStreamedTypes(operation, `${service}/${id}`);
  const answers = toAnswers(document, operation);
  const isStreamed = streamedTypes.length > 0 || [...answers.values()].includes('stream');
  const longest = isStreamed ? longestMs.stream : longestMs.json;
  if (typeof deadline !== 'number' || deadline < 100 || deadline > longest)
    throw new Error(`${service}: ${id} needs x-deadline-ms between 100 and ${longest}`);
  const scheme = toScheme(`${service}/${id}`, operation['security'] ?? document['security']);
  const mark = marksOfRights[scheme].find((name) => name in operation);
  if (mark) throw new Error(`${service}/${id}: ${mark} is not for ${scheme}`);
  return {
    id,
    name: `${service}/${id}`,
    service,
    method: method.toUpperCase(),
    path,
    scheme,
    personalData: operation['x-personal-data'] === true,
    officer: operation['x-officer'] === true,
    effect: operation['x-effect'] === true,
    grantedFields: typeof fields === 'string' ? fields.split('/').slice(1) : undefined,
    deadlineMs: deadline,
    bodyBytes: operation['requestBody'] === undefined ? 0 : typeof bytes === 'number' ? bytes : 65_536,
    isLong: isStreamed || operation['x-waits'] === true,
    streamedTypes,
    partSchema: toPartSchema(operation),
    answers,
    headerNames: toHeaderNames(document, item['parameters'], operation['parameters']),
  };
}

function toOperations(service: string, basePath: string, document: Document): readonly OperationFacts[] {
  return Object.entries(toMembers(document['paths'])).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = toMembers(item)[method];
      return operation === undefined
        ? []
        : [toOperation(service, `${basePath}${path}`, method, toMembers(item), document)];
    }),
  );
}

/** Draws `common.yaml` into a contract: its components under the same names, references made local. */
function withCommonParts(contract: Document, common: Document): Document {
  const own = toMembers(contract['components']);
  const shared = toMembers(common['components']);
  const kinds = new Set([...Object.keys(own), ...Object.keys(shared)]);
  const components = Object.fromEntries(
    [...kinds].map((kind) => [kind, { ...toMembers(own[kind]), ...toMembers(shared[kind]) }]),
  );
  const text = JSON.stringify({ ...contract, components });
  return toMembers(JSON.parse(text.replaceAll('"common.yaml#/', '"#/')));
}

const ownFolder = join(rootFolder, 'openapi');

/** @throws Error when the texts are no contract of the hub */
function toContract(service: string, text: string, common: string): Contract {
  const document = withCommonParts(toMembers(parse(text)), toMembers(parse(common)));
  const servers = document['servers'];
  const basePath = Array.isArray(servers) ? toMembers(servers[0])['url'] : undefined;
  const expected = `/${service.replace('.', '/')}`;
  if (basePath !== expected) throw new Error(`${service}: servers[0].url must be ${expected}`);
  return { service, basePath, document, operations: toOperations(service, basePath, document) };
}

/** Contracts by their texts: nobody changes one, and reading YAML and compiling what it says take long. */
const contracts = new Map<string, Contract>();

/**
 * Reads `<folder>/<service>.yaml` and the hub's `common.yaml`; the same texts give the same object.
 * @param folder default: `openapi` of this checkout
 * @throws Error when the file is no contract of the hub
 */
export function loadContract(service: string, folder = ownFolder): Contract {
  const text = readFileSync(join(folder, `${service}.yaml`), 'utf8');
  const common = readFileSync(join(ownFolder, 'common.yaml'), 'utf8');
  const key = JSON.stringify([service, text, common]);
  const contract = contracts.get(key) ?? toContract(service, text, common);
  contracts.set(key, contract);
  return contract;
}
