// The published population service: whose record may be given, and to whom it is refused. It keeps no result.
import type { Pool } from 'pg';
import type { SourceAnswer, SourceTrace } from '../../../adapters/adapter.ts';
import type { PopulationAdapter } from '../../../adapters/population/index.ts';
import type { operations } from '../../../openapi/types/population.v1.ts';
import type { Subject } from '../../evidence/types.ts';
import type { Keys } from '../../keys.ts';
import { Problem } from '../../problem.ts';
import type { Handlers, RequestOf } from '../service.ts';
import { isSamePerson } from './compare.ts';
import {
  createUseLimits,
  defaultPopulationLimits,
  type PopulationLimits,
  type Reservation,
  type Use,
} from './limits.ts';

export { defaultPopulationLimits, type PopulationLimits, parsePopulationLimits } from './limits.ts';

/** What the service is made of. */
export interface PopulationDependencies {
  readonly adapter: PopulationAdapter;
  readonly pool: Pool;
  readonly keys: Pick<Keys, 'month'>;
  /** Those that are left out keep their default. */
  readonly limits?: Partial<PopulationLimits>;
  /** Epoch milliseconds; the system's clock by default. */
  readonly now?: () => number;
}

type LookUpRequest = RequestOf<operations['lookUpCitizen']>;
type ConfirmationRequest = RequestOf<operations['confirmIdentity']>;
type AnyRequest = LookUpRequest | ConfirmationRequest;

function toSubjects({ body }: AnyRequest): readonly Subject[] {
  const kind = body.personalNumber.length === 12 ? 'personal-number' : 'old-identity-number';
  return [{ role: 'subject', kind, number: body.personalNumber }];
}

/** A day that no calendar has is a slip of the pen; it must not cost the officer a failure. */
function checkBirthDate(date: string): void {
  if (date.length === 4 || new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)) return;
  throw new Problem('request-invalid', {
    errors: [{ where: '/body/birthDate', vi: 'không có ngày này trong lịch', en: 'there is no such day' }],
  });
}

function toUse({ caller, body }: AnyRequest): Use {
  if (caller.officerId === undefined) throw new Problem('officer-missing');
  return { officerId: caller.officerId, unitId: caller.actingUnit.id, number: body.personalNumber };
}

/**
 * A trace without the answer's digest and size. The caller may read its private part: they would tell an empty answer
 * from a record that does not agree, and so a number that exists from one that does not.
 */
function withoutAnswer({ source, requestCode, request }: SourceTrace): SourceTrace {
  return { source, requestCode, request };
}

/**
 * Asks the source under a failure counted in advance, which is taken back when the person was confirmed or when the
 * source gave no answer that can be used.
 */
async function ask<T>(
  reservation: Reservation,
  call: () => Promise<SourceAnswer<T>>,
  isConfirmed: (value: T) => boolean,
): Promise<SourceAnswer<T> & { readonly confirmed: boolean }> {
  let answer: SourceAnswer<T>;
  try {
    answer = await call();
  } catch (error) {
    // The source's error is the one that matters; a failure that cannot be taken back stays counted.
    await reservation.release().catch(() => undefined);
    throw error;
  }
  const confirmed = isConfirmed(answer.value);
  // An answer that is here is not lost over a count: a failure that cannot be taken back stays counted.
  if (confirmed) await reservation.release().catch(() => undefined);
  else reservation.keep();
  return { ...answer, confirmed };
}

/** Handlers of `openapi/population.v1.yaml`. */
export function createPopulationService(d: PopulationDependencies): Handlers<operations> {
  const limits = createUseLimits(
    d.pool,
    d.keys,
    { ...defaultPopulationLimits, ...d.limits },
    d.now ?? Date.now,
  );

  return {
    lookUpCitizen: {
      subjects: toSubjects,
      async check(request) {
        checkBirthDate(request.body.birthDate);
        await limits.check(toUse(request));
      },
      async handle(request) {
        const { value, trace, unknown, confirmed } = await ask(
          await limits.reserve(toUse(request)),
          () => request.askSource(d.adapter.unitScheme, (context) => d.adapter.lookUp(request.body, context)),
          (found) => found.outcome === 'found' && isSamePerson(request.body, found.citizen),
        );
        if (!confirmed || value.outcome !== 'found')
          return {
            status: 200,
            body: { outcome: 'notConfirmed' },
            result: 'notConfirmed',
            sources: [withoutAnswer(trace)],
          };
        return {
          status: 200,
          body: { outcome: 'found', citizen: value.citizen },
          result: 'found',
          sources: [trace],
          unknownFields: unknown,
        };
      },
    },
    confirmIdentity: {
      subjects: toSubjects,
      check: (request) => limits.check(toUse(request)),
      async handle(request) {
        const { trace, unknown, confirmed } = await ask(
          await limits.reserve(toUse(request)),
          () =>
            request.askSource(d.adapter.unitScheme, (context) => d.adapter.confirm(request.body, context)),
          ({ outcome }) => outcome === 'confirmed',
        );
        if (!confirmed)
          return {
            status: 200,
            body: { outcome: 'notConfirmed' },
            result: 'notConfirmed',
            sources: [withoutAnswer(trace)],
          };
        return {
          status: 200,
          body: { outcome: 'confirmed' },
          result: 'confirmed',
          sources: [trace],
          ...(unknown.length > 0 && { unknownFields: unknown }),
        };
      },
    },
  };
}
