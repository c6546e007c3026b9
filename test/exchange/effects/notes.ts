// A service with an effect, for tests: it writes a note, once for each idempotency key. Its table is its own.

import { join } from 'node:path';
import type pg from 'pg';
import { loadContract } from '../../../src/contracts/contract.ts';
import { Problem } from '../../../src/problem.ts';
import { rootFolder } from '../../../src/root.ts';
import { answeringOnly, publish, type Services } from '../../../src/services/index.ts';
import type { Handler, RequestOf } from '../../../src/services/service.ts';

interface WriteNote {
  readonly requestBody: { readonly content: { readonly 'application/json': { readonly text: string } } };
  readonly responses: {
    readonly 200: { readonly content: { readonly 'application/json': { readonly note: string } } };
  };
}

type Note = { readonly note: string };

const folder = join(rootFolder, 'test', 'exchange', 'effects');

/** Makes the table and the rights; before the hub starts. */
export async function prepareNotes(owner: pg.Pool): Promise<void> {
  await owner.query(`
    create table note (id bigint generated always as identity, exchange_id uuid unique, text text not null);
    insert into service (id, state) values ('notes.v1', 'active');
    update mandate set operations = operations || '{notes.v1/*}'::operation_pattern[] where system_id = 'mot-cua';
    insert into access_grant (id, system_id, operations, legal_basis, grantor, case_rule, least_assurance, environment,
        per_minute, per_day, reach, valid_from, valid_to)
      values ('q-notes', 'mot-cua', '{notes.v1/writeNote}', 'test', 'test', 'optional', 1, 'sandbox', 60000, 60000,
        'unit', now() - interval '1 day', now() + interval '1 day')`);
}

/** The service; `before` runs before each effect and may wait or fail. */
export function createNotes(owner: pg.Pool, before: () => Promise<void>): Services {
  const write = async (exchangeId: string, text: string): Promise<Note> => {
    await before();
    const { rows } = await owner.query<{ id: bigint }>(
      'insert into note (exchange_id, text) values ($1, $2) returning id',
      [exchangeId, text],
    );
    return { note: String(rows[0]?.id) };
  };
  const writeNote: Handler<RequestOf<WriteNote>, Note> = {
    handle: async ({ exchangeId, body }) => ({ status: 200, body: await write(exchangeId, body.text) }),
    async repeat({ body }, earlierId) {
      const { rows } = await owner.query<{ id: bigint }>('select id from note where exchange_id = $1', [
        earlierId,
      ]);
      if (!rows[0]) return { status: 200, body: await write(earlierId, body.text) };
      return { status: 200, body: { note: String(rows[0].id) } };
    },
  };
  return answeringOnly([
    publish<{ writeNote: WriteNote }>(loadContract('notes.v1', folder), undefined, { writeNote }),
  ]);
}

/** What a test lets happen before an effect. */
export const refuseNote = (): Promise<void> => Promise.reject(new Problem('source-unreachable'));
