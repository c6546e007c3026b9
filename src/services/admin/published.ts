// What rights can be about: the operations of the contracts that this hub publishes.
import type { Contract, OperationFacts } from '../../contracts/contract.ts';
import { toGrantedFields } from '../../contracts/granted-fields.ts';
import { Problem, type ProblemPlace } from '../../problem.ts';

/** An operation and the fields of its answer that a grant can list. */
export interface PublishedOperation extends OperationFacts {
  readonly fields: readonly string[];
}

/** Look-up by name. */
export interface Published {
  /** By `<service>/<operationId>`. */
  operation(name: string): PublishedOperation | undefined;
  hasService(id: string): boolean;
}

/** @param contracts of every published service */
export function toPublished(contracts: readonly Contract[]): Published {
  const operations = new Map(
    contracts.flatMap((contract) =>
      contract.operations.map((facts) => [
        facts.name,
        { ...facts, fields: toGrantedFields(contract, facts) },
      ]),
    ),
  );
  const services = new Set(contracts.map(({ service }) => service));
  return { operation: (name) => operations.get(name), hasService: (id) => services.has(id) };
}

/** @throws Problem request-invalid naming the places, if there are any */
export function refusePlaces(errors: readonly ProblemPlace[]): void {
  if (errors.length > 0) throw new Problem('request-invalid', { errors });
}
