// What the database refuses of payments, told by its constraint.
import pg from 'pg';

/** Whether the database refused by this constraint. */
export const isViolation = (error: unknown, constraint: string): boolean =>
  error instanceof pg.DatabaseError && error.constraint === constraint;
