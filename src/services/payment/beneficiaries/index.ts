// The handlers of beneficiary accounts: units see those that they may name, changes are the province's.
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import { checkReach } from '../../admin/change.ts';
import { readPage } from '../../admin/page.ts';
import type { Caller, Handlers } from '../../service.ts';
import type { PaymentRooms } from '../dependencies.ts';
import { decideChange } from './decide.ts';
import { proposeChange } from './propose.ts';
import {
  type Beneficiary,
  type BeneficiaryChange,
  type BeneficiaryRow,
  type ChangeRow,
  changeSelect,
  toBeneficiary,
  toChange,
} from './rows.ts';

export { createBeneficiaryBook } from './book.ts';

/** Handlers of accounts and their changes. */
export type BeneficiaryHandlers = Pick<
  Handlers<operations>,
  'listBeneficiaries' | 'listBeneficiaryChanges' | 'proposeBeneficiaryChange' | 'decideBeneficiaryChange'
>;

/** Whose accounts the caller may see; undefined: all. */
const toShare = ({ grant, actingUnit }: Caller): string | undefined =>
  grant.reach === 'province' ? undefined : actingUnit.id;

/** Puts the handlers together; none asks the platform. */
export function createBeneficiaries(rooms: Pick<PaymentRooms, 'pool' | 'registry'>): BeneficiaryHandlers {
  const { pool } = rooms;
  return {
    listBeneficiaries: {
      async handle({ query, caller }) {
        const listing = {
          select: `SELECT * FROM beneficiary WHERE ($1::text IS NULL OR unit_id = $1)
            AND ($2::text IS NULL OR unit_id IS NULL OR unit_id = $2)`,
          values: [query.unit, toShare(caller)],
          ...{ id: 'code', sorts: { code: 'code' } },
        };
        return {
          status: 200,
          body: await readPage<BeneficiaryRow, Beneficiary>(pool, listing, query, toBeneficiary),
        };
      },
    },
    listBeneficiaryChanges: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `${changeSelect} WHERE ($1::text IS NULL OR c.state = $1)`,
          values: [query.state],
          ...{ id: 'id', sorts: { id: 'id' } },
        };
        const page = { ...query, sort: '-id' };
        return {
          status: 200,
          body: await readPage<ChangeRow, BeneficiaryChange>(pool, listing, page, toChange),
        };
      },
    },
    proposeBeneficiaryChange: {
      async handle(request) {
        const body = await proposeChange(rooms, request, request.exchangeId);
        return { status: 202, body, result: `asked ${body.code}` };
      },
      async repeat(request, earlierId) {
        const body = await proposeChange(rooms, request, earlierId);
        return { status: 202, body, result: `asked ${body.code}` };
      },
    },
    decideBeneficiaryChange: {
      async handle(request) {
        const body = await decideChange(rooms, request, request.exchangeId);
        return { status: 200, body, result: `${body.state} ${body.changeId}` };
      },
      async repeat(request, earlierId) {
        const body = await decideChange(rooms, request, earlierId);
        return { status: 200, body, result: `${body.state} ${body.changeId}` };
      },
    },
  };
}
