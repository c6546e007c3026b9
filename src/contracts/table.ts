// The table of operations: which operation a method and a canonical path mean.

import type { AnyRequest, Handler } from '../services/service.ts';
import type { Contract, OperationFacts } from './contract.ts';
import { createDeadline } from './deadline.ts';
import { createValidators, type OperationValidator } from './validator.ts';

/** An operation with everything the request path needs. */
export interface Operation extends OperationFacts {
  readonly validator: OperationValidator;
  readonly handler: Handler<AnyRequest, unknown>;
  /** Gives a call its signal, which aborts at the deadline. */
  readonly signal: () => AbortSignal;
  /** Name of the national source behind it, if any. */
  readonly source: string | undefined;
}

/** A contract and what serves it. Shapes were compared by the compiler where the list is written. */
export interface PublishedService {
  readonly contract: Contract;
  readonly source: string | undefined;
  /** Operations that ask the source while the caller waits; undefined: all. The others are answered while it is away. */
  readonly asking?: readonly string[] | undefined;
  readonly handlers: Readonly<Record<string, Handler<AnyRequest, unknown>>>;
}

/** The source that an operation asks, or that calls it; undefined: it is answered without one. */
export const toOperationSource = (
  { source, asking }: Pick<PublishedService, 'source' | 'asking'>,
  { id, scheme }: Pick<OperationFacts, 'id' | 'scheme'>,
): string | undefined =>
  scheme === 'source' || asking === undefined || asking.includes(id) ? source : undefined;

/** Look-up of operations. */
export interface OperationTable {
  /** The operation, the methods that this path knows instead, or undefined when no contract has the path. */
  find(method: string, path: string): Operation | { readonly allow: readonly string[] } | undefined;
  readonly operations: readonly Operation[];
}

interface Route {
  readonly segments: readonly string[];
  readonly operation: Operation;
}

const toSegments = (path: string): readonly string[] => path.slice(1).split('/');

const fits = (template: readonly string[], segments: readonly string[]): boolean =>
  template.length === segments.length &&
  template.every(
    (part, place) => part === segments[place] || (part.startsWith('{') && segments[place] !== ''),
  );

/**
 * Lays out the operations of all contracts. One of them is compiled now: where the validator's package does not check any
 * more what it checked, the hub does not start. The others are compiled when they are first asked, or ahead.
 * @throws Error for a contract without its handlers, or when that self-test fails
 */
export function createOperationTable(services: readonly PublishedService[]): OperationTable {
  const routes = new Map<string, Route[]>();
  for (const service of services) {
    const { contract, handlers } = service;
    const list: Route[] = [];
    const validators = createValidators(contract).of;
    for (const facts of contract.operations) {
      const handler = handlers[facts.id];
      if (!handler) throw new Error(`${facts.name} has no handler`);
      const source = toOperationSource(service, facts);
      if (facts.scheme === 'source' && source === undefined)
        throw new Error(`${facts.name}: there is no national system that could call it`);
      if (facts.effect !== (handler.repeat !== undefined))
        throw new Error(`${facts.name}: x-effect and a handler that can repeat go together`);
      const validator = validators.get(facts.id);
      if (!validator) throw new Error(`${facts.name} has no validator`);
      const signal = createDeadline(facts.deadlineMs);
      const operation = { ...facts, validator, handler, signal, source };
      list.push({ segments: toSegments(facts.path), operation });
    }
    routes.set(contract.basePath, list);
  }
  const [first] = services;
  if (first) [...createValidators(first.contract).of.values()][0]?.compile();
  return {
    operations: [...routes.values()].flat().map((route) => route.operation),
    find(method, path) {
      const segments = toSegments(path);
      const known = routes
        .get(`/${segments.slice(0, 2).join('/')}`)
        ?.filter((route) => fits(route.segments, segments));
      if (!known || known.length === 0) return undefined;
      const route = known.find((candidate) => candidate.operation.method === method);
      return route ? route.operation : { allow: known.map((candidate) => candidate.operation.method) };
    },
  };
}
