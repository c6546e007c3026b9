// Accounts at the sources as rows and as the contract shows them: never with their secret.
import type { Pool, PoolClient } from 'pg';
import type { components } from '../../../../openapi/types/admin.v1.ts';
import { lockRow } from '../change.ts';
import { readOne } from '../read-one.ts';
import { toOptional, toSortableSql, toTime } from '../wire.ts';

/** A credential as the contract shows it. */
export type SourceCredential = components['schemas']['SourceCredential'];

/** What a test call came to. */
export type TestOutcome = components['schemas']['SourceCredentialTest']['outcome'];

/** A row of `source_credential`, as `credentialSelect` gives it. */
export interface CredentialRow {
  readonly id: string;
  readonly source: string;
  readonly unit_id: string | null;
  readonly account: string;
  /** Null once it is replaced or revoked. */
  readonly sealed_secret: Buffer | null;
  readonly valid_from: Date;
  readonly valid_to: Date;
  readonly state: SourceCredential['state'];
  readonly revision: bigint;
  readonly last_test_at: Date | null;
  readonly last_test_outcome: TestOutcome | null;
}

/** Credentials, and a text that sorts by their end. */
export const credentialSelect = `SELECT c.*, ${toSortableSql('c.valid_to')} AS valid_to_text FROM source_credential c`;

/** The last test, if there was one. */
export const toTest = ({
  last_test_at: at,
  last_test_outcome: outcome,
}: CredentialRow): components['schemas']['SourceCredentialTest'] | null =>
  at && outcome && { at: toTime(at), ok: outcome === 'accepted', outcome };

/** A credential as the contract shows it. */
export const toCredential = (row: CredentialRow): SourceCredential => ({
  id: row.id,
  source: row.source,
  ...toOptional('unitId', row.unit_id),
  account: row.account,
  validFrom: toTime(row.valid_from),
  validTo: toTime(row.valid_to),
  state: row.state,
  revision: Number(row.revision),
  ...toOptional('lastTest', toTest(row)),
});

/** @throws Problem record-not-found */
export const readCredential = (client: Pool | PoolClient, id: string): Promise<CredentialRow> =>
  readOne<CredentialRow>(client, `${credentialSelect} WHERE c.id = $1`, id);

/** Until the end of the transaction nobody else changes it. @throws Problem record-not-found | revision-conflict */
export const lockCredential = (client: PoolClient, id: string, revision?: number): Promise<CredentialRow> =>
  lockRow<CredentialRow>(client, `${credentialSelect} WHERE c.id = $1`, id, revision);
