// The pools of a hub process by the roles that they come as; the sequencer and the exchange log have pools of their own.
import type pg from 'pg';
import { createPool } from './pool.ts';
import type { WorkingUrls } from './roles.ts';

/** Pools of the request path, of administration and of retention. */
export type RolePools = Readonly<Record<'hub' | 'registry' | 'retention', pg.Pool>>;

/** Opens them; each connects at first use. */
export const openRolePools = ({ hubUrl, registryUrl, retentionUrl }: WorkingUrls): RolePools => ({
  hub: createPool(hubUrl, { max: 10, applicationName: 'lgsp-hub' }),
  registry: createPool(registryUrl, { max: 4, applicationName: 'lgsp-registry' }),
  retention: createPool(retentionUrl, { max: 2, applicationName: 'lgsp-retention' }),
});
