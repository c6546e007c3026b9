// Which fields of an operation's answer a grant can list, read from its contract.
import { type Contract, type Document, type OperationFacts, toMembers } from './contract.ts';

const asJson = ['content', 'application/json', 'schema'];

/** The member at the end of `names`, references within the document followed. */
function follow(document: Document, start: unknown, names: readonly string[]): unknown {
  const resolve = (value: unknown): unknown => {
    const reference = toMembers(value)['$ref'];
    const found =
      typeof reference === 'string' ? follow(document, document, reference.split('/').slice(1)) : value;
    // Of a list its items are meant.
    return toMembers(found)['type'] === 'array' ? resolve(toMembers(found)['items']) : found;
  };
  return names.reduce((value, name) => toMembers(resolve(value))[name], start);
}

/** Names of the fields that a grant can withhold; none where the operation has no `x-granted-fields`. */
export function toGrantedFields(contract: Contract, operation: OperationFacts): readonly string[] {
  const { document, basePath } = contract;
  if (operation.grantedFields === undefined) return [];
  const path = [operation.path.slice(basePath.length), operation.method.toLowerCase(), 'responses'];
  const within = operation.grantedFields.flatMap((name) => ['properties', name]).concat('properties');
  const answers = toMembers(follow(document, document['paths'], path));
  return Object.keys(answers)
    .filter((status) => status.startsWith('2'))
    .flatMap((status) => Object.keys(toMembers(follow(document, answers[status], [...asJson, ...within]))));
}
