// The operations of admin.v1 as commands need them, read from the contract: a new operation needs no list here.
import { type Document, loadContract, toMembers } from '../../contracts/contract.ts';

/** A value that is given as an option: of the query, or a member of the body. */
export interface Field {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'boolean';
  readonly choices: readonly string[];
  readonly isRequired: boolean;
  readonly description: string;
}

/** The body of an operation. */
export interface BodyShape {
  /** Its members that are no lists or objects. */
  readonly fields: readonly Field[];
  /** Names of all its members. */
  readonly members: readonly string[];
  /** Names of those that must be there. */
  readonly required: readonly string[];
}

/** An operation of the contract. */
export interface AdminOperation {
  readonly id: string;
  readonly method: string;
  /** Full path template. */
  readonly path: string;
  /** Names of the path's parameters, in order. */
  readonly parameters: readonly string[];
  readonly query: readonly Field[];
  readonly body: BodyShape | undefined;
  readonly effect: boolean;
  /** In English. */
  readonly summary: string;
  /** Members of an item of the answer's list, or of the answer, in the contract's order. */
  readonly answer: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

/** The part of `Tiếng Việt. / English.` that is English. */
const toEnglish = (text: unknown): string =>
  typeof text === 'string' ? (text.split(' / ').at(-1) ?? '').trim() : '';

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const toTexts = (value: unknown): readonly string[] =>
  toList(value).filter((one): one is string => typeof one === 'string');

/** Follows `$ref`; of `anyOf` with null the other one. */
function createResolver(document: Document) {
  return function resolve(value: unknown): Members {
    const members = toMembers(value);
    const reference = members['$ref'];
    if (typeof reference === 'string')
      return resolve(
        reference
          .slice(2)
          .split('/')
          .reduce((at: unknown, name) => toMembers(at)[name], document),
      );
    const alternatives = toList(members['anyOf']);
    return alternatives.length > 0 ? { ...resolve(alternatives[0]), isNullable: true } : members;
  };
}

type Resolve = ReturnType<typeof createResolver>;

function toField(name: string, value: unknown, isRequired: boolean, resolve: Resolve): readonly Field[] {
  const schema = resolve(value);
  const type = [schema['type']].flat().find((one) => one !== 'null');
  const description = toEnglish(toMembers(value)['description'] ?? schema['description']);
  const choices = toTexts(schema['enum']);
  const field = { name, isRequired, description, choices };
  if (type === 'integer') return [{ ...field, kind: 'integer' }];
  if (type === 'boolean') return [{ ...field, kind: 'boolean' }];
  return type === 'string' ? [{ ...field, kind: 'text' }] : [];
}

function toBody(operation: Members, resolve: Resolve): BodyShape | undefined {
  const media = toMembers(toMembers(toMembers(operation['requestBody'])['content'])['application/json']);
  if (media['schema'] === undefined) return undefined;
  const schema = resolve(media['schema']);
  const required = toTexts(schema['required']);
  const properties = Object.entries(toMembers(schema['properties']));
  return {
    fields: properties.flatMap(([name, value]) => toField(name, value, required.includes(name), resolve)),
    members: properties.map(([name]) => name),
    required,
  };
}

function toAnswer(operation: Members, resolve: Resolve): readonly string[] {
  const responses = Object.entries(toMembers(operation['responses'])).find(([status]) =>
    status.startsWith('2'),
  );
  const media = toMembers(toMembers(toMembers(responses?.[1])['content'])['application/json']);
  const properties = toMembers(resolve(media['schema'])['properties']);
  const items = properties['items'];
  const shown =
    items === undefined ? properties : toMembers(resolve(toMembers(items)['items'])['properties']);
  return Object.keys(shown);
}

/** The operations of a contract; default: of administration. */
export function readOperations(service = 'admin.v1'): readonly AdminOperation[] {
  const contract = loadContract(service);
  const resolve = createResolver(contract.document);
  return contract.operations.map(({ id, method, path, effect }) => {
    const item = toMembers(toMembers(contract.document['paths'])[path.slice(contract.basePath.length)]);
    const operation = toMembers(item[method.toLowerCase()]);
    const query = toList(operation['parameters'])
      .map(resolve)
      .filter((parameter) => parameter['in'] === 'query')
      .flatMap((parameter) => {
        const [field] = toField(String(parameter['name']), parameter['schema'], false, resolve);
        return field ? [{ ...field, description: toEnglish(parameter['description']) }] : [];
      });
    return {
      id,
      method,
      path,
      parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
      query,
      body: toBody(operation, resolve),
      effect,
      summary: toEnglish(operation['summary']),
      answer: toAnswer(operation, resolve),
    };
  });
}
