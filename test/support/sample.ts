// A small valid request for any operation, made from its contract: examples where it has them, else the least that its
// schemas ask for. What it cannot make is an error, so that no operation goes without its generated tests.
import {
  type Contract,
  type Document,
  type OperationFacts,
  toMembers,
} from '../../src/contracts/contract.ts';

/** A request without its token. */
export interface SampleRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Texts of every form that contracts ask for; a new form wants a new one here. */
const texts: readonly string[] = [
  'mau',
  'cb-0001',
  '01234567-89ab-7def-8123-456789abcdef',
  '2027-01-01T00:00:00Z',
  '1990-02-15',
  '0123456789012345678901234567890123456789012',
  '999190000002',
  'Nguyễn Thị Mẫu',
  'population.v1',
  'population.v1/confirmIdentity',
  'bWF1',
  'mau-mau-mau',
  'https://mau.invalid/thong-bao',
  '-----BEGIN CERTIFICATE-----\nbWF1\n-----END CERTIFICATE-----\n',
];

function toText(schema: Document): string {
  const pattern = new RegExp(String(schema['pattern'] ?? ''), 'u');
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  const fits = (text: string): boolean =>
    pattern.test(text) && text.length >= Number(minLength) && text.length <= Number(maxLength);
  const found = texts.find(fits);
  if (found === undefined) throw new Error(`no sample text for ${JSON.stringify(schema)}`);
  return found;
}

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Follows a reference within the document. */
function resolve(document: Document, value: unknown): Document {
  const reference = toMembers(value)['$ref'];
  if (typeof reference !== 'string') return toMembers(value);
  const found = reference
    .split('/')
    .slice(1)
    .reduce<unknown>((part, name) => toMembers(part)[name], document);
  return resolve(document, found);
}

function toObject(document: Document, schema: Document): unknown {
  const properties = toMembers(schema['properties']);
  const names = toList(schema['required']).map(String);
  return Object.fromEntries(names.map((name) => [name, toSample(document, properties[name])]));
}

/** The least value that a schema takes. @throws Error for a form of schema that is not known here */
export function toSample(document: Document, reference: unknown): unknown {
  const schema = resolve(document, reference);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const choices = toList(schema['anyOf'] ?? schema['oneOf']);
  if (choices.length > 0) return toSample(document, choices[0]);
  const parts = toList(schema['allOf']);
  if (parts.length > 0) return Object.assign({}, ...parts.map((part) => toSample(document, part)));
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  if (type === 'object') return toObject(document, schema);
  if (type === 'string') return toText(schema);
  if (type === 'integer' || type === 'number') return schema['minimum'] ?? 1;
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  if (type !== 'array') throw new Error(`no sample for ${JSON.stringify(reference)}`);
  const count = Number(schema['minItems'] ?? 0);
  return Array.from({ length: count }, () => toSample(document, schema['items']));
}

function toBody(document: Document, operation: Document): unknown {
  const media = toMembers(
    toMembers(resolve(document, operation['requestBody'])['content'])['application/json'],
  );
  const [example] = Object.values(toMembers(media['examples']));
  if (example !== undefined) return toMembers(example)['value'];
  return media['schema'] === undefined ? undefined : toSample(document, media['schema']);
}

/** A valid request of an operation. @throws Error where its contract has a form that is not known here */
export function toSampleRequest({ document, basePath }: Contract, facts: OperationFacts): SampleRequest {
  const item = toMembers(toMembers(document['paths'])[facts.path.slice(basePath.length)]);
  const operation = toMembers(item[facts.method.toLowerCase()]);
  const parameters = [...toList(item['parameters']), ...toList(operation['parameters'])].map((one) =>
    resolve(document, one),
  );
  const valuesIn = (place: string) =>
    parameters
      .filter((one) => one['in'] === place && one['required'] === true)
      .map((one) => [String(one['name']), String(toSample(document, one['schema']))] as const);
  const path = valuesIn('path').reduce(
    (text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(value)),
    facts.path,
  );
  const query = new URLSearchParams(
    valuesIn('query').map(([name, value]): [string, string] => [name, value]),
  ).toString();
  return {
    method: facts.method,
    path: query === '' ? path : `${path}?${query}`,
    headers: Object.fromEntries(valuesIn('header').map(([name, value]) => [name.toLowerCase(), value])),
    body: toBody(document, operation),
  };
}
