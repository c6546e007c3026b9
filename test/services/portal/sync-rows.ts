// Changes as the service accepts them, as rows; invented codes and lines, none like another.
import { hash } from 'node:crypto';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { withTransaction } from '../../../src/database/pool.ts';
import type { DeliveryEngine } from '../../../src/delivery/types.ts';
import { type PortalRecord, sealRecord } from '../../../src/services/portal/record-form.ts';
import { portalRoute } from '../../../src/services/portal/sync/route.ts';

/** A record to be accepted. */
export interface Submitted extends PortalRecord {
  readonly corrects?: string;
}

let serial = 0;

/** An invented dossier code that no other test has. */
export function newCode(): string {
  serial += 1;
  return `H99.01-251120-${String(serial).padStart(4, '0')}`;
}

let minutes = 0;

/** A progress line like no other. */
export function newLine(status = 4): NonNullable<PortalRecord['progress']>[number] {
  minutes += 1;
  const at = new Date(Date.UTC(2025, 10, 20) + minutes * 60_000).toISOString();
  return { officer: 'Cán bộ thử', content: `Bước ${minutes}`, at, status };
}

interface Row {
  readonly id: string;
  readonly code: string;
  readonly unit: string;
  readonly no: number;
}

const insert = `WITH g AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, code text, unit text, no integer, dossier boolean,
    lines integer, status smallint, form text, sha text, corrects uuid, record integer)
), d AS (
  INSERT INTO portal_dossier (code, unit_id, last_no) SELECT code, unit, no FROM g WHERE no = 1
)
INSERT INTO portal_change (id, dossier_code, no, unit_id, system_id, exchange_id, record_no, has_dossier, lines, status,
  form, sha256, findings, catalogue_version, corrects)
SELECT id, code, no, unit, 'mot-cua', $2, record, dossier, lines, status, decode(form, 'base64'), decode(sha, 'hex'), '[]',
  7, corrects FROM g`;

/** Accepts records in one transaction. @returns ids of their changes */
export type Submit = (records: readonly Submitted[], unitId?: string) => Promise<readonly string[]>;

/** @param field key of what is sealed */
export function createSubmit(pool: pg.Pool, engine: DeliveryEngine, field: Buffer): Submit {
  const last = new Map<string, number>();
  const toRow = ({ corrects, ...record }: Submitted, n: number, unitId: string) => {
    const id = uuidv7();
    const no = (last.get(record.code) ?? 0) + 1;
    last.set(record.code, no);
    const text = JSON.stringify(record);
    return {
      ...{ id, code: record.code, unit: unitId, no, record: n, corrects, sha: hash('sha256', text) },
      ...{ dossier: record.dossier !== undefined, lines: record.progress?.length ?? 0 },
      ...{ status: record.dossier?.status, form: sealRecord(field, id, record).toString('base64') },
    };
  };
  const toDraft = ({ id, unit: unitId }: Row, n: number) => ({
    ...{ id, subject: id, receiver: 'portal', receiverUnit: undefined, by: n },
    facts: {
      ...{ systemId: 'mot-cua', owningUnit: unitId, actingUnit: unitId, grantId: 'grant-1' },
      ...{ service: 'portal.v1', operation: 'submitDossiers' },
    },
    private: { acceptedBy: id },
  });
  return async (records, unitId = 'so-a') => {
    const rows = records.map((record, n) => toRow(record, n, unitId));
    await withTransaction(pool, async (client) => {
      await client.query(insert, [JSON.stringify(rows), uuidv7()]);
      await engine.accept(client, {
        deliveries: rows.map(toDraft),
        dispatches: rows.map(({ id, code, corrects }) => ({
          ...{ route: portalRoute, orderKey: code, share: unitId, priority: 0, content: { change: id } },
          ...(corrects !== undefined && { inPlaceOf: corrects }),
        })),
      });
    });
    engine.poke();
    return rows.map(({ id }) => id);
  };
}
