// Step 4: rate, quota, then a place at the source in fair turns. Shedding answers at once and never waits for the log.
// The body is taken in before the place, so that a slow sender holds none.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../problem.ts';
import type { Grant } from '../registry/types.ts';
import type { Places } from './places.ts';
import type { Quota } from './quota.ts';
import type { Admitted, Authorised } from './stages.ts';

/** What admit needs. */
export interface AdmitDependencies {
  readonly quota: Quota;
  readonly rate: Rate;
  /** Places by the name of the source; services without one share the hub's own. */
  readonly places: (source: string | undefined) => Places;
}

/** Calls a minute of a grant, per acting unit. */
export interface Rate {
  /** @throws Problem rate-exceeded */
  use(grant: Grant, unitId: string): Promise<void>;
}

const mediaType = /^application\/json(?:\s*;\s*charset=utf-8)?$/i;

/** One limiter per limit, however many grants share it. */
export function createRate(): Rate {
  const limiters = new Map<number, RateLimiterMemory>();
  return {
    async use(grant, unitId) {
      const points = grant.quota.perMinute;
      let limiter = limiters.get(points);
      if (!limiter) {
        limiter = new RateLimiterMemory({ points, duration: 60 });
        limiters.set(points, limiter);
      }
      try {
        await limiter.consume(`${grant.id} ${unitId}`);
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        throw new Problem('rate-exceeded', {
          retryAfterS: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)),
        });
      }
    },
  };
}

async function takeBody(authorised: Authorised): Promise<Buffer> {
  const { call, operation } = authorised;
  const coding = call.headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') throw new Problem('media-type-not-supported');
  const bytes = await call.body(operation.bodyBytes);
  if (bytes.length > 0 && !mediaType.test(call.headers['content-type'] ?? ''))
    throw new Problem('media-type-not-supported');
  return bytes;
}

/** @throws Problem rate-exceeded | quota-exceeded | body-too-large | media-type-not-supported | source-busy | hub-busy */
export async function admit(d: AdmitDependencies, authorised: Authorised): Promise<Admitted> {
  const unitId = authorised.actingUnit.id;
  await d.rate.use(authorised.grant, unitId);
  d.quota.use(authorised.grant, unitId, authorised.at);
  const bytes = await takeBody(authorised);
  const leave = await d.places(authorised.operation.source).enter(unitId);
  return { ...authorised, bytes, leave };
}
