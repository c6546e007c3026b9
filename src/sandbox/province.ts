// Fills the registry with the sandbox province and hands back what developers and the mocks need to know of it.
// Everything in it is invented but the communes' names and codes; outside the sandbox it refuses.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { createPool, withTransaction } from '../database/pool.ts';
import type { Keys } from '../keys.ts';
import { rootFolder } from '../root.ts';
import { parseCommunes } from './seed-communes.ts';
import { seedGrants, toLastingPeriod } from './seed-grants.ts';
import { openSystemKey } from './seed-key.ts';
import { formerCodes } from './seed-merger.ts';
import { type OfficerCase, type SeedOfficer, spareNumbers, toOfficers } from './seed-officers.ts';
import { seedBeneficiaries } from './seed-payments.ts';
import { insertMissing, updateRights } from './seed-rows.ts';
import { toSystems } from './seed-systems.ts';
import { firstDay, lastDayOfExpired, type Seed, toTables } from './seed-tables.ts';
import { spareCodes, toUnits } from './seed-units.ts';

/** What the seed needs. */
export interface ProvinceOptions {
  /** The database as its owner. */
  readonly ownerUrl: string;
  readonly keys: Pick<Keys, 'field'>;
  /** Where the private keys of the systems are kept, one file each, mode 0600; made 0700 when missing. */
  readonly folder: string;
  /** Anything but `sandbox` is refused. */
  readonly environment: string;
  /** Now: grants are dated by it. */
  readonly at: Date;
}

/** A system and where its private key lies. */
export interface SandboxSystem {
  readonly clientId: string;
  /** The owning unit. */
  readonly unitId: string;
  readonly actingUnits: readonly string[];
  /** PEM (PKCS #8), P-256. */
  readonly privateKeyFile: string;
}

/** An officer as the population mock is told of one: days `yyyy-MM-dd`, both included. */
export interface MockOfficer {
  readonly number: string;
  readonly from: string;
  readonly to?: string;
}

/** What others need to know of the seeded province. */
export interface SandboxProvince {
  /** All four; see `systemIds` of seed-systems.ts. */
  readonly systems: readonly SandboxSystem[];
  /** Without their numbers. */
  readonly officers: readonly { readonly id: string; readonly unitId: string; readonly case: OfficerCase }[];
  readonly mockOfficers: readonly MockOfficer[];
  /** Every unit's code in the scheme `population`, and the spare ones. */
  readonly mockUnitCodes: readonly string[];
  /** Codes of all units on the document axis, closed ones and aliases included. */
  readonly agencyCodes: readonly string[];
  /** Codes and officers' numbers that the mock knows and the registry does not. */
  readonly spare: { readonly units: readonly string[]; readonly officers: readonly string[] };
}

/** `lgsp` and `seed` in ASCII: the advisory lock of one seeding process. */
const lockKeys = [0x6c677370, 0x73656564] as const;

/** Gives a new period to grants that end within 30 days, or have not begun because the clock was set back. */
async function renewGrants(client: ClientBase, at: Date): Promise<void> {
  const lasting = seedGrants.filter(({ isExpired }) => !isExpired).map(({ id }) => id);
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM access_grant
      WHERE id = ANY ($1) AND (valid_to < $2::timestamptz + interval '30 days' OR valid_from > $2) FOR UPDATE`,
    [lasting, at],
  );
  if (rows.length === 0) return;
  const { from, to } = toLastingPeriod(at);
  await client.query('UPDATE access_grant SET valid_from = $2, valid_to = $3 WHERE id = ANY ($1)', [
    rows.map(({ id }) => id),
    from,
    to,
  ]);
}

async function write(ownerUrl: string, seed: Seed): Promise<void> {
  const pool = createPool(ownerUrl, { max: 1, applicationName: 'lgsp sandbox seed' });
  try {
    await withTransaction(pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1, $2)', [...lockKeys]);
      for (const table of toTables(seed)) {
        await insertMissing(client, table);
        await updateRights(client, table);
      }
      await renewGrants(client, seed.at);
      await seedBeneficiaries(client, seed.officers);
    });
  } finally {
    await pool.end();
  }
}

const toMockOfficers = (officers: readonly SeedOfficer[]): readonly MockOfficer[] =>
  officers
    .filter((officer) => officer.case !== 'unknown-at-source')
    .map((officer) => ({
      number: officer.number,
      from: firstDay,
      ...(officer.case === 'expired-at-source' && { to: lastDayOfExpired }),
    }));

/**
 * Makes the sandbox province, or adds what is missing of it: rows and key files that are there stay as they are, but
 * the rights that an older version made are brought up to date where no administrator has changed them, and grants that
 * would soon end are renewed. One transaction.
 * @throws Error outside the sandbox, when a key file cannot be read, or of the database
 */
export async function seedProvince(options: ProvinceOptions): Promise<SandboxProvince> {
  const { ownerUrl, keys, folder, environment, at } = options;
  if (environment !== 'sandbox')
    throw new Error(`the sandbox province is only for the sandbox; this hub runs as ${environment}`);
  const csv = readFileSync(join(rootFolder, 'src/sandbox/lam-dong-communes.csv'), 'utf8');
  const units = toUnits(parseCommunes(csv));
  const officers = toOfficers(units);
  const systems = toSystems(units).map((system) => ({ ...system, key: openSystemKey(folder, system.id) }));
  await write(ownerUrl, { units, systems, officers, fieldKey: keys.field, at });
  return {
    systems: systems.map(({ id, unitId, actingUnits, key }) => ({
      clientId: id,
      unitId,
      actingUnits,
      privateKeyFile: key.file,
    })),
    officers: officers.map(({ id, unitId, case: is }) => ({ id, unitId, case: is })),
    mockOfficers: [
      ...toMockOfficers(officers),
      ...spareNumbers.map((number) => ({ number, from: firstDay })),
    ],
    agencyCodes: [...units.map(({ codes }) => codes.agency), ...formerCodes.map(({ code }) => code)],
    mockUnitCodes: [...units.map(({ codes }) => codes.population), ...spareCodes],
    spare: { units: spareCodes, officers: spareNumbers },
  };
}
