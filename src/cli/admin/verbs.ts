// How the operations of the contract are called as commands: `<resource> <verb>`, from path and operationId.
import type { AdminOperation } from './contract-operations.ts';

/** A command made of an operation. */
export interface Verb {
  readonly resource: string;
  readonly verb: string;
  readonly operation: AdminOperation;
  /** Members of the body that the verb itself says. */
  readonly preset: Readonly<Record<string, string>>;
}

/** Shorter than in the contract's paths. */
const shorter: Readonly<Record<string, string>> = { 'token-revocations': 'tokens' };

/** Verbs of an operation that sets a state. */
const stateVerbs: Readonly<Record<string, string>> = {
  suspended: 'suspend',
  active: 'resume',
  revoked: 'revoke',
  off: 'off',
};

/** What an item of a collection is called in operationIds, where it is not the singular. */
const nouns: Readonly<Record<string, string>> = { quarantine: 'Quarantined' };

const toKebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `source-credentials` as `SourceCredential`. */
const toNoun = (resource: string): string =>
  nouns[resource] ??
  resource.replace(/s$/, '').replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

/** The last part of the path that is a collection with members of its own, or the first part. */
function toResource(path: string, paths: ReadonlySet<string>): string {
  const parts = path.split('/').slice(3);
  const collections = parts.filter(
    (part, place) =>
      !part.startsWith('{') && (place === 0 || [...paths].some((one) => one.includes(`/${part}/{`))),
  );
  const last = collections.at(-1) ?? '';
  return shorter[last] ?? last;
}

function toVerbs(operation: AdminOperation, resource: string): readonly Verb[] {
  const states = operation.body?.fields.find(({ name }) => name === 'state')?.choices ?? [];
  if (operation.path.endsWith('/state') && states.length > 0)
    return states.map((state) => {
      const verb = state === 'active' && states.includes('off') ? 'on' : (stateVerbs[state] ?? state);
      return { resource, verb, operation, preset: { state } };
    });
  const verb = operation.id.startsWith('list')
    ? 'list'
    : toKebab(operation.id.replace(new RegExp(`${toNoun(resource)}(?![a-z])`), ''));
  return [{ resource, verb, operation, preset: {} }];
}

/** A command for each operation, three for one that sets one of three states. */
export function toCommands(operations: readonly AdminOperation[]): readonly Verb[] {
  const paths = new Set(operations.map(({ path }) => path));
  return operations.flatMap((operation) => toVerbs(operation, toResource(operation.path, paths)));
}
