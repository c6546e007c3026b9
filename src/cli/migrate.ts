// Brings a database to the schema of this program and grants its roles what they need, for hubs that run without the owner.
import { prepareDatabase } from '../database/migrate.ts';
import { roleSettings } from '../database/roles.ts';

const environments = ['sandbox', 'test', 'production'];

function readVariable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
}

/** @returns names of the files that were applied now @throws Error in one sentence */
export async function migrate(): Promise<readonly string[]> {
  const environment = readVariable('LGSP_ENVIRONMENT');
  if (!environments.includes(environment))
    throw new Error(`LGSP_ENVIRONMENT must be sandbox, test or production, not ${environment}`);
  const { applied } = await prepareDatabase({
    environment,
    hubUrl: readVariable(roleSettings.hub),
    ownerUrl: readVariable(roleSettings.owner),
    sequencerUrl: process.env[roleSettings.sequencer] || undefined,
    retentionUrl: process.env[roleSettings.retention] || undefined,
    registryUrl: process.env[roleSettings.registry] || undefined,
  });
  return applied;
}
