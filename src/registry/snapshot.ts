// Builds the immutable state of the registry that requests are decided by: maps only, no query, no clock.
import type {
  Grant,
  Mandate,
  Officer,
  RegisteredService,
  Snapshot,
  SourceCredentialRow,
  System,
  Unit,
  Validity,
} from './types.ts';

/** All rows of one registry version. */
export interface RegistryRows {
  readonly version: bigint;
  readonly units: readonly Unit[];
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

/** Whether `at` lies within a validity: `from` inclusive, `to` exclusive. */
export function isInForce(validity: Validity, at: Date): boolean {
  return validity.from <= at && (validity.to === undefined || at < validity.to);
}

const byId = <T extends { readonly id: string }>(rows: readonly T[]): ReadonlyMap<string, T> =>
  new Map(rows.map((row) => [row.id, row]));

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

/** A snapshot over `rows`. A mandate counts only while its unit itself is active and in force. */
export function createSnapshot(rows: RegistryRows): Snapshot {
  const units = byId(rows.units);
  const systems = byId(rows.systems);
  const officers = byId(rows.officers);
  const services = byId(rows.services);
  // Ids hold no space (domain registry_id), so the pair is unambiguous.
  const mandatesOfPair = group(rows.mandates, (mandate) => [`${mandate.systemId} ${mandate.unitId}`]);
  const mandatesOfSystem = group(rows.mandates, (mandate) => [mandate.systemId]);
  const grants = group(rows.grants, (grant) =>
    grant.operations.map((operation) => `${grant.systemId} ${operation}`),
  );
  const revokedTokens = new Set(rows.revokedTokens);
  const sourcesOff = new Set(rows.sourcesOff);
  const credentials = new Map(
    rows.sourceCredentials.map((row) => [`${row.source} ${row.unitId ?? ''}`, row]),
  );
  const counts = (mandate: Mandate, at: Date): boolean => {
    const unit = units.get(mandate.unitId);
    return unit?.state === 'active' && isInForce(unit, at) && isInForce(mandate, at);
  };
  return Object.freeze({
    version: rows.version,
    unit: (id: string) => units.get(id),
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
