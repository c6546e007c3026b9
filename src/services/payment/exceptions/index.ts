// The handlers of exceptions: the whole province's, for those whose grant reaches it.
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import { Problem } from '../../../problem.ts';
import { checkReach } from '../../admin/change.ts';
import { readPage } from '../../admin/page.ts';
import type { Handlers } from '../../service.ts';
import type { PaymentMovement } from '../dependencies.ts';
import { type DecidingRooms, decideException } from './decide.ts';
import { type ExceptionRow, exceptionSelect, type PaymentException, toPaymentException } from './rows.ts';

export { readExceptionsOf } from './rows.ts';

/** Handlers of exceptions; none asks the platform. */
export type ExceptionHandlers = Pick<
  Handlers<operations>,
  'listPaymentExceptions' | 'readPaymentException' | 'decidePaymentException'
>;

/** Puts the handlers together. */
export function createExceptions(rooms: DecidingRooms, movement: PaymentMovement): ExceptionHandlers {
  const { pool } = rooms;
  const toAnswer = (body: PaymentException) => ({
    ...{ status: 200, body, result: `${body.decision} ${body.exceptionId}` },
  });
  return {
    listPaymentExceptions: {
      async handle({ query, caller }) {
        checkReach(caller);
        const { kind, state = 'open', unit } = query;
        const listing = {
          select: `${exceptionSelect} WHERE ($1::text IS NULL OR e.kind = $1) AND ($2 = 'all' OR e.state = $2)
            AND ($3::text IS NULL OR p.unit_id = $3)`,
          values: [kind, state, unit],
          ...{ id: 'id', sorts: { id: 'id' } },
        };
        const page = { ...query, sort: '-id' };
        return {
          status: 200,
          body: await readPage<ExceptionRow, PaymentException>(pool, listing, page, toPaymentException),
        };
      },
    },
    readPaymentException: {
      async handle({ params: { exceptionId }, caller }) {
        checkReach(caller);
        const { rows } = await pool.query<ExceptionRow>(`${exceptionSelect} WHERE e.id = $1`, [exceptionId]);
        if (!rows[0]) throw new Problem('exception-not-found');
        return { status: 200, body: toPaymentException(rows[0]) };
      },
    },
    decidePaymentException: {
      handle: async (request) =>
        toAnswer(await decideException(rooms, movement, request, request.exchangeId)),
      repeat: async (request, earlierId) =>
        toAnswer(await decideException(rooms, movement, request, earlierId)),
    },
  };
}
