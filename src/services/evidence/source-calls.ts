// What the log tells of the calls to one source on one day, for whoever compares it with the source's own list.
import type { Pool } from 'pg';
import type { operations } from '../../../openapi/types/evidence.v1.ts';
import { readSourceCalls } from '../../evidence/source-calls.ts';
import { toDayStart, toNextDay } from '../../local-day.ts';
import { Problem } from '../../problem.ts';
import type { Handlers } from '../service.ts';
import { toFound } from './present.ts';

/** Only who may see the province: a source's list does not know our units. */
export const createSourceCalls = (pool: Pool): Pick<Handlers<operations>, 'listSourceCalls'> => ({
  listSourceCalls: {
    async handle({ query, caller }) {
      if (caller.grant.reach !== 'province') throw new Problem('reach-too-small');
      const start = toDayStart(query.day);
      if (!start)
        throw new Problem('request-invalid', {
          errors: [{ where: '/query/day', vi: 'không có ngày này', en: 'there is no such day' }],
        });
      const limit = query.limit ?? 500;
      const day = { start, end: toNextDay(start) };
      const { calls, lost, next } = await readSourceCalls(pool, query.source, day, query.from, limit);
      return {
        status: 200,
        body: { calls: [...calls], lost: [...lost], ...(next !== undefined && { next }) },
        result: toFound(calls.length, query),
      };
    },
  },
});
