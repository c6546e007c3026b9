// Small forms of the contract that every part of administration uses.

/** RFC 3339 in UTC. */
export const toTime = (at: Date): string => at.toISOString();

/** An instant as SQL text whose order is that of time. */
export const toSortableSql = (instant: string): string =>
  `to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`;

/** The member, or none where the column is null. */
export const toOptional = <Name extends string, Value>(
  name: Name,
  value: Value | null,
): { readonly [N in Name]?: Value } =>
  // The type of a computed member is wider than its name.
  value === null ? {} : ({ [name]: value } as { readonly [N in Name]: Value });
