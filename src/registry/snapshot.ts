// Builds the immutable state of the registry that requests are decided by: maps only, no query, no clock.
import type {
  CodeHolder,
  Grant,
  Mandate,
  Officer,
  RegisteredService,
  Snapshot,
  SourceCredentialRow,
  Succession,
  System,
  Unit,
  Validity,
} from './types.ts';

/** The rows of the registry by what they are. Arrays are never changed: an index of one is kept as long as it is. */
export interface RegistryParts {
  readonly units: readonly Unit[];
  readonly successions: readonly Succession[];
  readonly systems: readonly System[];
  readonly mandates: readonly Mandate[];
  readonly officers: readonly Officer[];
  readonly services: readonly RegisteredService[];
  readonly grants: readonly Grant[];
  /** `jti` of tokens that were revoked one by one. */
  readonly revokedTokens: readonly string[];
  /** Names of the sources that are switched off. */
  readonly sourcesOff: readonly string[];
  /** Those active or suspended: one at most for each source and unit. */
  readonly sourceCredentials: readonly SourceCredentialRow[];
}

/** All rows of one registry version. */
export interface RegistryRows extends RegistryParts {
  readonly version: bigint;
}

/** Whether `at` lies within a validity: `from` inclusive, `to` exclusive. */
export function isInForce(validity: Validity, at: Date): boolean {
  return validity.from <= at && (validity.to === undefined || at < validity.to);
}

/** An index that is made once for the same rows, so that a snapshot costs no more than what has changed. */
function once<Rows extends object, Index>(make: (rows: Rows) => Index): (rows: Rows) => Index {
  const made = new WeakMap<Rows, Index>();
  return (rows) => {
    const index = made.get(rows) ?? make(rows);
    made.set(rows, index);
    return index;
  };
}

const byId = <T extends { readonly id: string }>() =>
  once((rows: readonly T[]): ReadonlyMap<string, T> => new Map(rows.map((row) => [row.id, row])));

function group<T>(
  rows: readonly T[],
  keysOf: (row: T) => readonly string[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows)
    for (const key of new Set(keysOf(row))) {
      const members = groups.get(key);
      if (members) members.push(row);
      else groups.set(key, [row]);
    }
  return groups;
}

const toUnits = byId<Unit>();
const toHolders = once((rows: readonly Unit[]): ReadonlyMap<string, readonly CodeHolder[]> => {
  const holders = rows.flatMap((unit) => unit.codes.map((code) => ({ unit, code })));
  // A scheme holds no space (unit_code.scheme), so the pair is unambiguous.
  return group(holders, ({ code }) => [`${code.scheme} ${code.code}`]);
});
const toSuccessions = once((rows: readonly Succession[]) => group(rows, ({ unitId }) => [unitId]));
const toSystems = byId<System>();
const toOfficers = byId<Officer>();
const toServices = byId<RegisteredService>();
// Ids hold no space (domain registry_id), so the pair is unambiguous.
const toMandatesOfPair = once((rows: readonly Mandate[]) =>
  group(rows, (mandate) => [`${mandate.systemId} ${mandate.unitId}`]),
);
const toMandatesOfSystem = once((rows: readonly Mandate[]) => group(rows, (mandate) => [mandate.systemId]));
const toGrants = once((rows: readonly Grant[]) =>
  group(rows, (grant) => grant.operations.map((operation) => `${grant.systemId} ${operation}`)),
);
const toNames = once((rows: readonly string[]): ReadonlySet<string> => new Set(rows));
const toCredentials = once(
  (rows: readonly SourceCredentialRow[]): ReadonlyMap<string, SourceCredentialRow> =>
    new Map(rows.map((row) => [`${row.source} ${row.unitId ?? ''}`, row])),
);

/** A snapshot over `rows`. A mandate counts only while its unit itself is active and in force. */
export function createSnapshot(rows: RegistryRows): Snapshot {
  const units = toUnits(rows.units);
  const holders = toHolders(rows.units);
  const successions = toSuccessions(rows.successions);
  const systems = toSystems(rows.systems);
  const officers = toOfficers(rows.officers);
  const services = toServices(rows.services);
  const mandatesOfPair = toMandatesOfPair(rows.mandates);
  const mandatesOfSystem = toMandatesOfSystem(rows.mandates);
  const grants = toGrants(rows.grants);
  const revokedTokens = toNames(rows.revokedTokens);
  const sourcesOff = toNames(rows.sourcesOff);
  const credentials = toCredentials(rows.sourceCredentials);
  const counts = (mandate: Mandate, at: Date): boolean => {
    const unit = units.get(mandate.unitId);
    return unit?.state === 'active' && isInForce(unit, at) && isInForce(mandate, at);
  };
  return Object.freeze({
    version: rows.version,
    unit: (id: string) => units.get(id),
    units: () => rows.units,
    holders: (scheme: string, code: string) => holders.get(`${scheme} ${code}`) ?? [],
    successors: (unitId: string) => successions.get(unitId) ?? [],
    system: (id: string) => systems.get(id),
    mandate: (systemId: string, unitId: string, at: Date) =>
      mandatesOfPair.get(`${systemId} ${unitId}`)?.find((mandate) => counts(mandate, at)),
    actingUnits: (systemId: string, at: Date) =>
      (mandatesOfSystem.get(systemId) ?? [])
        .filter((mandate) => counts(mandate, at))
        .map((mandate) => mandate.unitId),
    officer: (id: string) => officers.get(id),
    service: (id: string) => services.get(id),
    grants: (systemId: string, operation: string) => grants.get(`${systemId} ${operation}`) ?? [],
    isTokenRevoked: (jti: string) => revokedTokens.has(jti),
    isSourceOff: (source: string) => sourcesOff.has(source),
    sourceCredential: (source: string, unitId: string) =>
      credentials.get(`${source} ${unitId}`) ?? credentials.get(`${source} `),
  });
}
