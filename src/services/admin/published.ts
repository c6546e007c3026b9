// What rights can be about: the operations of the contracts that this hub publishes.
import { type Contract, type OperationFacts, toMembers } from '../../contracts/contract.ts';
import { toGrantedFields } from '../../contracts/granted-fields.ts';
import { Problem, type ProblemPlace } from '../../problem.ts';

/** An operation and the fields of its answer that a grant can list. */
export interface PublishedOperation extends OperationFacts {
  readonly fields: readonly string[];
  /** Whether its contract knows the header Purpose. */
  readonly hasPurpose: boolean;
}

/** Look-up by name. */
export interface Published {
  /** By `<service>/<operationId>`. */
  operation(name: string): PublishedOperation | undefined;
  hasService(id: string): boolean;
}

function hasPurpose({ document, basePath }: Contract, { path, method }: OperationFacts): boolean {
  const item = toMembers(toMembers(document['paths'])[path.slice(basePath.length)]);
  const { parameters } = toMembers(item[method.toLowerCase()]);
  const shared = toMembers(toMembers(document['components'])['parameters']);
  return (
    Array.isArray(parameters) &&
    parameters.map(toMembers).some(({ $ref, name, in: place }) => {
      const found =
        typeof $ref === 'string' ? toMembers(shared[$ref.split('/').at(-1) ?? '']) : { name, in: place };
      return found['in'] === 'header' && found['name'] === 'Purpose';
    })
  );
}

/** @param contracts of every published service */
export function toPublished(contracts: readonly Contract[]): Published {
  const operations = new Map(
    contracts.flatMap((contract) =>
      contract.operations.map((facts) => [
        facts.name,
        { ...facts, fields: toGrantedFields(contract, facts), hasPurpose: hasPurpose(contract, facts) },
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
