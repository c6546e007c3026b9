// The test call: one harmless question to the source by the account in question, inside the exchange of whoever asks for
// the test, so that its entry is opened before and holds the trace after.
import type { Pool } from 'pg';
import { type CredentialTester, SourceError, type SourceTrace } from '../../../../adapters/adapter.ts';
import { Problem } from '../../../problem.ts';
import { openSecret } from '../../../registry/source-secret.ts';
import type { SourceRequest } from '../proposals.ts';
import type { CredentialRow, TestOutcome } from './rows.ts';

/** What a test call needs. */
export interface TestCallDependencies {
  /** The role that alone may write the registry. */
  readonly registryPool: Pool;
  /** `Keys.field` */
  readonly fieldKey: Buffer;
  /** The adapters of the sources that tell accounts apart, by source. */
  readonly testers: Readonly<Record<string, CredentialTester>>;
}

/** What came of a test. */
export interface Tested {
  readonly outcome: TestOutcome;
  readonly sources: readonly SourceTrace[];
  /** Present unless the source took the account. */
  readonly error?: SourceError;
}

/** Tests the account of a row and keeps the outcome there. */
export type TestCall = (row: CredentialRow, request: SourceRequest) => Promise<Tested>;

async function checkSwitch(registryPool: Pool, source: string): Promise<void> {
  const query = "SELECT FROM source_switch WHERE source = $1 AND state = 'off'";
  if ((await registryPool.query(query, [source])).rowCount !== 0) throw new Problem('source-off', { source });
}

/** Undefined where the error says nothing of the account: the officer or the hub's own settings do not fit. */
function toOutcome({ kind, code }: SourceError): TestOutcome | undefined {
  if (kind === 'unmapped' || code?.startsWith('officer-')) return undefined;
  return kind;
}

/**
 * Makes the function that tests.
 * The function @throws Problem source-off; SourceError when it cannot be found out for want of an officer or code
 */
export function createTestCall({ registryPool, fieldKey, testers }: TestCallDependencies): TestCall {
  return async (row, request) => {
    const { id, source, account, sealed_secret: sealed } = row;
    const tester = testers[source];
    if (!tester || !sealed) throw new Error(`the source credential ${id} cannot be tested`);
    await checkSwitch(registryPool, source);
    const secret = openSecret(fieldKey, { id, source, unitId: row.unit_id ?? undefined, account }, sealed);
    const tested = await request
      .askSource(tester.unitScheme, (context) => tester.testCredential({ account, secret }, context))
      .then((trace): Tested => ({ outcome: 'accepted', sources: [trace] }))
      .catch((error: unknown): Tested => {
        const outcome = error instanceof SourceError ? toOutcome(error) : undefined;
        if (!(error instanceof SourceError) || outcome === undefined) throw error;
        return { outcome, sources: error.trace ? [error.trace] : [], error };
      });
    await registryPool.query(
      'UPDATE source_credential SET last_test_at = clock_timestamp(), last_test_outcome = $2 WHERE id = $1',
      [id, tested.outcome],
    );
    return tested;
  };
}
