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
  /** Who looked up outside hours on so many of the 28 days before is on duty; 0: nobody is. */
  readonly dutyDays: number;
  /** In place of `outsideHours`, for who is on duty; never less than it. */
  readonly dutyLookUps: number;
  /** Look-ups of one officer within `burstMinutes`. */
  readonly burst: number;
  readonly burstMinutes: number;
  /** Look-ups of one officer whose person was not confirmed. */
  readonly misses: number;
  /** Look-ups of one officer for cases that no dossier has. */
  readonly casesUnknown: number;
  /** Whole days after the day until its cases are judged: so long a dossier may be made later. */
  readonly caseGraceDays: number;
}

/** What holds unless configured otherwise. Source: docs/decisions/0050-unusual-access.md */
export const defaultAuditRules: AuditRules = {
  personSearches: 50,
  officerPersons: 120,
  outsideHours: 6,
  dayStartHour: 6,
  dayEndHour: 19,
  dutyDays: 3,
  dutyLookUps: 30,
  burst: 20,
  burstMinutes: 5,
  misses: 10,
  casesUnknown: 8,
  caseGraceDays: 7,
};

/** @throws Error naming every mistake */
export function parseAuditRules(json: unknown): AuditRules {
  const given = Object.entries(typeof json === 'object' && json !== null ? json : {});
  const mistakes = given.filter(
    ([name, value]) => !(name in defaultAuditRules && Number.isSafeInteger(value) && value >= 0),
  );
  if (mistakes.length > 0)
    throw new Error(
      `limits of evidence.v1: ${mistakes.map(([name]) => name).join(', ')} must be whole numbers of ${Object.keys(defaultAuditRules).join(', ')}`,
    );
  return { ...defaultAuditRules, ...Object.fromEntries(given) };
}
