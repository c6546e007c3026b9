// Documents as the validator is given them: without default values, and cut down to one operation.
import { type Document, isGoodStatus, type OperationFacts, toMembers } from './contract.ts';

/** A copy without `default`: the validator would fill defaults in, whatever its options say. */
export function withoutDefaults(value: unknown): unknown {
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

/**
 * A copy in which operations have only the answers that handlers give. Handlers give no others, so that an answer of another status
 * fits nothing; problems are made elsewhere.
 */
export function withGoodAnswersOnly(document: Document): Document {
  const paths = Object.entries(toMembers(document['paths'])).map(([path, item]) => {
    const members = Object.entries(toMembers(item)).map(([name, member]) => {
      const { responses } = toMembers(member);
      if (responses === undefined) return [name, member];
      const good = Object.entries(toMembers(responses)).filter(([status]) => isGoodStatus(status));
      return [name, { ...toMembers(member), responses: Object.fromEntries(good) }];
    });
    return [path, Object.fromEntries(members)];
  });
  return { ...document, paths: Object.fromEntries(paths) };
}

const place = /^#\/components\/([^/]+)\/([^/]+)/;

/** Adds the components that a part names, and those that they name; names in a discriminator's mapping count too. */
function addNamed(part: unknown, all: Document, named: Map<string, Set<string>>): void {
  if (typeof part === 'object' && part !== null)
    for (const member of Object.values(part)) addNamed(member, all, named);
  const [, kind, name] = (typeof part === 'string' && place.exec(part)) || [];
  if (kind === undefined || name === undefined || named.get(kind)?.has(name)) return;
  named.set(kind, (named.get(kind) ?? new Set()).add(name));
  addNamed(toMembers(all[kind])[name], all, named);
}

/** A streamed body is its service's to read; of a multipart one the JSON part is checked as a body by itself. */
function withBody(whole: Document, { streamedTypes, partSchema }: OperationFacts, body: BodyPart): Document {
  if (streamedTypes.length === 0) return whole;
  const { requestBody: _, ...withoutBody } = whole;
  if (body === 'whole') return withoutBody;
  return { ...withoutBody, requestBody: { content: { 'application/json': { schema: partSchema } } } };
}

/** What is checked of a body: all of it, or the JSON part of a multipart one. */
export type BodyPart = 'whole' | 'part';

/**
 * The document with one operation and the components that it stands on, which are not copied: the validator walks through
 * all of its document again for each operation.
 * @param path template, without the contract's base path
 */
export function toSingleDocument(
  document: Document,
  path: string,
  operation: OperationFacts,
  body: BodyPart = 'whole',
): Document {
  const method = operation.method.toLowerCase();
  const whole = toMembers(toMembers(toMembers(document['paths'])[path])[method]);
  const item = { [method]: withBody(whole, operation, body) };
  const all = toMembers(document['components']);
  const named = new Map<string, Set<string>>();
  addNamed(item, all, named);
  const components = [...named].map(([kind, names]) => [
    kind,
    Object.fromEntries([...names].map((name) => [name, toMembers(all[kind])[name]])),
  ]);
  return {
    ...document,
    paths: { [path]: item },
    components: { ...Object.fromEntries(components), securitySchemes: all['securitySchemes'] },
  };
}
