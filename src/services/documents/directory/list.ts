// The operations `listAgencies` and `getAgency`: units of ours and agencies of the axis in one list, as of a date.
import type { Pool } from 'pg';
import { Problem } from '../../../problem.ts';
import { toHolder } from '../../../registry/succession.ts';
import type { Registry, Snapshot } from '../../../registry/types.ts';
import { type AgencyPlace, parseCursor, toCursor } from './cursor.ts';
import { agencyScheme, isAgencyCode } from './inside.ts';
import { type Listed, listInside, toInsideAgency } from './list-inside.ts';
import { listOutside, readOutside } from './list-outside.ts';
import type { Agency, AgencyPage, AgencyQuery } from './types.ts';
import { toSearchText } from './words.ts';

const defaultLimit = 50;

/** The two operations, over one state of the registry each. */
export interface AgencyLists {
  /** @throws Problem request-invalid for a cursor that is none */
  listAgencies(query: AgencyQuery): Promise<AgencyPage>;
  /** @throws Problem record-not-found */
  getAgency(code: string, at?: string): Promise<Agency>;
}

const isAfter = ({ id, agency: { code } }: Listed, place: AgencyPlace): boolean =>
  code > place.code || (code === place.code && id > place.id);

const toOurCodes = (snapshot: Snapshot): readonly string[] =>
  snapshot.units().flatMap(({ codes }) => codes.filter(isAgencyCode).map(({ code }) => code));

/** One row more than asked, where there is one. */
async function listRows(
  pool: Pool,
  snapshot: Snapshot,
  query: AgencyQuery,
  limit: number,
): Promise<readonly Listed[]> {
  const { kind, parent } = query;
  const at = query.at === undefined ? new Date() : new Date(query.at);
  const q = query.q === undefined ? undefined : toSearchText(query.q);
  const place = parseCursor(query.cursor);
  const rows: Listed[] = [];
  if (kind !== 'outside' && place?.kind !== 'outside') {
    const inside = listInside(snapshot, { q, parent, at });
    rows.push(...inside.filter((row) => !place || isAfter(row, place)).slice(0, limit + 1));
  }
  if (kind !== 'inside' && rows.length <= limit) {
    const after = place?.kind === 'outside' ? place : undefined;
    rows.push(
      ...(await listOutside(pool, {
        at,
        q,
        parent,
        after,
        limit: limit + 1 - rows.length,
        ours: toOurCodes(snapshot),
      })),
    );
  }
  return rows;
}

function findInside(snapshot: Snapshot, code: string, at: Date): Agency | undefined {
  const holder = toHolder(snapshot.holders(agencyScheme, code), at);
  return holder && toInsideAgency(snapshot, holder.unit, at);
}

/** @param pool of the hub's own role */
export function createAgencyLists(registry: Registry, pool: Pool): AgencyLists {
  return {
    async listAgencies(query) {
      const limit = query.limit ?? defaultLimit;
      const rows = await listRows(pool, registry.current, query, limit);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const next = rows.length > limit && last;
      return {
        items: page.map(({ agency }) => agency),
        next: next ? toCursor({ kind: next.agency.kind, code: next.agency.code, id: next.id }) : null,
      };
    },
    async getAgency(code, asOf) {
      const at = asOf === undefined ? new Date() : new Date(asOf);
      const inside = findInside(registry.current, code, at);
      if (inside) return inside;
      const outside = await readOutside(pool, code, at);
      if (!outside) throw new Problem('record-not-found');
      return outside.agency;
    },
  };
}
