// Step 4: rate, quota, then a place at the source in fair turns. Shedding answers at once and never waits for the log.
// The body is taken in before the place, so that a slow sender holds none.
import { BurstyRateLimiter, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { toNetwork } from '../addresses.ts';
import type { Operation } from '../contracts/table.ts';
import { Problem } from '../problem.ts';
import type { Grant } from '../registry/types.ts';
import type { CallerLimits } from './caller-settings.ts';
import type { Places } from './places.ts';
import type { Quota } from './quota.ts';
import type { FindCaller } from './source-callers.ts';
import { type Admitted, type Authorised, add } from './stages.ts';

/** What admit needs. */
export interface AdmitDependencies {
  readonly quota: Quota;
  readonly rate: Rate;
  /** Places at the source of an operation; those without one share the hub's own, and those that last long have others. */
  readonly places: (operation: Pick<Operation, 'source' | 'isLong'>) => Places;
  /** National systems that call have places of their own. */
  readonly findCaller: FindCaller;
}

/** How fast calls may come: a minute, or a second for national systems. */
export interface Rate {
  /** Of a grant, per acting unit. @throws Problem rate-exceeded */
  use(grant: Grant, unitId: string): Promise<void>;
  /** Of operations that anyone may call, by the caller's network and together. @throws Problem rate-exceeded */
  useAsAnyone(network: string): Promise<void>;
  /** Of a national system that calls. @throws Problem rate-exceeded */
  useAsSource(source: string, limits: CallerLimits): Promise<void>;
}

/** How fast callers without a name may call, and so fill the log: calls a minute. */
const anyoneLimits = { network: 30, together: 600 };
/** For how long a national system may use up what it may call beyond its rate. */
const burstS = 10;

const mediaType = /^application\/json(?:\s*;\s*charset=utf-8)?$/i;

const toRateProblem = ({ msBeforeNext }: RateLimiterRes): Problem =>
  new Problem('rate-exceeded', { retryAfterS: Math.max(1, Math.ceil(msBeforeNext / 1000)) });

async function consume(limiter: Pick<RateLimiterMemory, 'consume'>, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    throw refused instanceof RateLimiterRes ? toRateProblem(refused) : refused;
  }
}

const createBursty = ({ perSecond, burst }: CallerLimits) =>
  new BurstyRateLimiter(
    new RateLimiterMemory({ points: perSecond, duration: 1 }),
    new RateLimiterMemory({ points: burst, duration: burstS }),
  );

/** One limiter per limit, however many grants share it. */
export function createRate(): Rate {
  const limiters = new Map<number, RateLimiterMemory>();
  const network = new RateLimiterMemory({ points: anyoneLimits.network, duration: 60 });
  const sources = new Map<string, BurstyRateLimiter>();
  const together = new RateLimiterMemory({ points: anyoneLimits.together, duration: 60 });
  return {
    use(grant, unitId) {
      const points = grant.quota.perMinute;
      let limiter = limiters.get(points);
      if (!limiter) {
        limiter = new RateLimiterMemory({ points, duration: 60 });
        limiters.set(points, limiter);
      }
      return consume(limiter, `${grant.id} ${unitId}`);
    },
    async useAsAnyone(from) {
      // Asked first, so that networks are remembered no faster than calls are let in; taken last, so that one network
      // that is over its own limit takes nothing from the others.
      const all = await together.get('');
      if (all && all.remainingPoints <= 0) throw toRateProblem(all);
      await consume(network, from);
      await consume(together, '');
    },
    useAsSource(source, limits) {
      const limiter = sources.get(source) ?? createBursty(limits);
      sources.set(source, limiter);
      return consume(limiter, '');
    },
  };
}

const noBytes = Buffer.alloc(0);

/** A streamed body is left where it is: its service reads it after the entry is opened. */
function checkStreamed({ call, operation }: Authorised): Buffer {
  const [type = ''] = (call.headers['content-type'] ?? '').split(';', 1);
  if (!operation.streamedTypes.includes(type.trim().toLowerCase()))
    throw new Problem('media-type-not-supported');
  if (Number(call.headers['content-length'] ?? 0) > operation.bodyBytes) throw new Problem('body-too-large');
  return noBytes;
}

async function takeBody(authorised: Authorised): Promise<Buffer> {
  const { call, operation } = authorised;
  const coding = call.headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') throw new Problem('media-type-not-supported');
  if (operation.streamedTypes.length > 0) return checkStreamed(authorised);
  const bytes = await call.body(operation.bodyBytes);
  if (bytes.length > 0 && !mediaType.test(call.headers['content-type'] ?? ''))
    throw new Problem('media-type-not-supported');
  return bytes;
}

async function useRate(d: AdmitDependencies, authorised: Authorised): Promise<void> {
  const { operation, grant, actingUnit, call, at } = authorised;
  if (operation.scheme === 'anyone') return d.rate.useAsAnyone(toNetwork(call.remoteAddress));
  await d.rate.use(grant, actingUnit.id);
  d.quota.use(grant, actingUnit.id, at);
}

/** @throws Problem rate-exceeded | quota-exceeded | body-too-large | media-type-not-supported | source-busy | hub-busy */
export async function admit(d: AdmitDependencies, authorised: Authorised): Promise<Admitted> {
  const { operation, sourceCaller } = authorised;
  const known = sourceCaller && d.findCaller(sourceCaller.name);
  if (known) await d.rate.useAsSource(sourceCaller.name, known.limits);
  else await useRate(d, authorised);
  const bytes = await takeBody(authorised);
  const places = known?.places ?? d.places(operation);
  const leave = await places.enter(authorised.actingUnit.id);
  return add(authorised, { bytes, leave });
}
