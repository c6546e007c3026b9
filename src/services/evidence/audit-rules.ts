// The limits of audit: how often an auditor asks about persons, and from where on access is unusual.

/** Limits of evidence.v1; whole numbers. */
export interface AuditRules {
  /** Person searches and subject reports of one auditor a day; 0 refuses all. */
  readonly personSearches: number;
  /** Persons that one officer asked about in a day. */
  readonly officerPersons: number;
  /** Look-ups of one officer outside `dayStartHour` to `dayEndHour`, or on Saturday or Sunday. */
  readonly outsideHours: number;
  readonly dayStartHour: number;
  readonly dayEndHour: number;
  /** Look-ups of one officer within `burstMinutes`. */
  readonly burst: number;
  readonly burstMinutes: number;
  /** Look-ups of one officer whose person was not confirmed. */
  readonly misses: number;
  /** Look-ups of one officer for cases that no dossier has. */
  readonly casesUnknown: number;
}

const defaults: AuditRules = {
  personSearches: 50,
  officerPersons: 100,
  outsideHours: 5,
  dayStartHour: 6,
  dayEndHour: 19,
  burst: 30,
  burstMinutes: 5,
  misses: 20,
  casesUnknown: 5,
};

/** @throws Error naming every mistake */
export function parseAuditRules(json: unknown): AuditRules {
  const given = Object.entries(typeof json === 'object' && json !== null ? json : {});
  const mistakes = given.filter(
    ([name, value]) => !(name in defaults && Number.isSafeInteger(value) && value >= 0),
  );
  if (mistakes.length > 0)
    throw new Error(
      `limits of evidence.v1: ${mistakes.map(([name]) => name).join(', ')} must be whole numbers of ${Object.keys(defaults).join(', ')}`,
    );
  return { ...defaults, ...Object.fromEntries(given) };
}
