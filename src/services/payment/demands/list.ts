// A unit's payments, or the province's, the newest first: their ids are in the order of their making.
import type { Pool } from 'pg';
import type { components, operations } from '../../../../openapi/types/payment.v1.ts';
import { Problem } from '../../../problem.ts';
import type { RequestOf } from '../../service.ts';
import { isForProvince } from './own.ts';
import { selectViews, toView, type ViewRow } from './views.ts';

const defaultLimit = 50;
const idForm = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const toCursor = (id: string): string => Buffer.from(id).toString('base64url');

/** @throws Problem request-invalid */
function parseCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (idForm.test(id)) return id;
  const [vi, en] = ['phải là `next` của trang trước', 'must be the `next` of the page before'];
  throw new Problem('request-invalid', { errors: [{ where: '/query/cursor', vi, en }] });
}

/** A page of what the acting unit demanded; of all units by a right for the province. @throws Problem request-invalid */
export async function listPayments(
  { pool, fieldKey }: { readonly pool: Pool; readonly fieldKey: Buffer },
  { query, caller }: RequestOf<operations['listPayments']>,
): Promise<components['schemas']['PaymentPage']> {
  const limit = query.limit ?? defaultLimit;
  const { rows } = await pool.query<ViewRow>({
    name: 'payments-of-unit',
    text: `${selectViews} WHERE ($1::text IS NULL OR p.unit_id = $1) AND ($2::uuid IS NULL OR p.id < $2) AND ($3::text IS NULL OR p.state = $3)
       AND ($4::text IS NULL OR p.dossier = $4) AND ($5::timestamptz IS NULL OR p.created_at >= $5)
       AND ($6::timestamptz IS NULL OR p.created_at < $6)
     ORDER BY p.id DESC LIMIT $7`,
    values: [
      ...[
        isForProvince(caller) ? null : caller.actingUnit.id,
        parseCursor(query.cursor) ?? null,
        query.state ?? null,
        query.dossier ?? null,
      ],
      ...[query.since ?? null, query.until ?? null, limit + 1],
    ],
  });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { items: page.map((row) => toView(fieldKey, row)), next: last ? toCursor(last.id) : null };
}
