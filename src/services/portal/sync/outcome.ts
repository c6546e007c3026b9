// What an attempt at the portal means: whether it can pass, and who must act if not. Nothing is decided by the words of a
// message. Source: public-service-portal.md §11.3, §11.7, §11.11
import { SourceError, type SourceTrace } from '../../../../adapters/adapter.ts';
import { isPassing, type PortalRefusal, toAfterMs } from '../../../../adapters/portal/portal.ts';
import type { DispatchOutcome, Responsible } from '../../../delivery/types.ts';
import type { ProblemCode } from '../../../problem-codes.ts';

interface Meaning {
  readonly problem: ProblemCode;
  readonly responsible: Responsible;
}

const ofRefusals: Readonly<Record<PortalRefusal, Meaning>> = {
  invalid: { problem: 'portal-record-refused', responsible: 'caller' },
  procedure: { problem: 'portal-procedure-refused', responsible: 'caller' },
  transition: { problem: 'portal-transition-refused', responsible: 'caller' },
  'unknown-dossier': { problem: 'portal-dossier-unknown', responsible: 'caller' },
  other: { problem: 'portal-record-refused', responsible: 'source' },
};

const ofKinds: Readonly<Record<SourceError['kind'], ProblemCode>> = {
  unreachable: 'source-unreachable',
  timeout: 'source-timeout',
  unavailable: 'source-unavailable',
  unreadable: 'source-unreadable',
  refused: 'source-refused',
  unmapped: 'code-unmapped',
};

/** The portal refused the record for good. */
export const toRefusedOutcome = (why: PortalRefusal, traces: readonly SourceTrace[]): DispatchOutcome => ({
  kind: 'dead',
  ...ofRefusals[why],
  source: traces,
});

/** Code of a call that was not begun because the attempt's time was up: it says nothing of the portal. */
const outOfTime = 'deadline';

function toMeaning({ kind, party, code }: SourceError, isCredential: boolean): Meaning {
  if (isCredential) return { problem: 'portal-credential', responsible: 'hub' };
  if (code === outOfTime) return { problem: 'deadline-exceeded', responsible: 'hub' };
  return { problem: ofKinds[kind], responsible: kind === 'unreachable' ? 'network' : party };
}

/**
 * The outcome of an attempt that failed, by what failed it. What a person can mend at the hub (account, unit codes) waits
 * for it. The whole route rests only where no record can be the reason: the portal is not reached, refuses the account or
 * asks to be left alone.
 * @param more `afterMs`: least pause, where it is longer than the portal's own; `isUnsure`: it may have been stored
 * @throws what is no failure of the portal
 */
export function toFailedOutcome(
  error: unknown,
  traces: readonly SourceTrace[],
  more: { readonly afterMs?: number; readonly isUnsure?: boolean } = {},
): DispatchOutcome {
  if (!(error instanceof SourceError)) throw error;
  const isCredential = error.kind === 'refused' && isPassing(error);
  const sources = error.trace && !traces.includes(error.trace) ? [...traces, error.trace] : traces;
  const told = { ...toMeaning(error, isCredential), source: sources, cause: error };
  const isHubs = error.party === 'hub' && (error.kind === 'refused' || error.kind === 'unmapped');
  if (!isPassing(error) && !isHubs && !more.isUnsure) return { kind: 'dead', ...told };
  const asked = toAfterMs(error);
  const isRouteAway =
    (error.kind === 'unreachable' && error.code !== outOfTime) ||
    (!more.isUnsure && (isCredential || asked !== undefined));
  const afterMs = Math.max(asked ?? 0, more.afterMs ?? 0);
  return { kind: 'retry', isRouteAway, ...(afterMs > 0 && { afterMs }), ...told };
}

/** Not sent yet, and why: nothing was asked of the portal. */
export const toWaitingOutcome = (afterMs: number, isRouteAway: boolean) => ({
  kind: 'retry' as const,
  problem: 'source-unavailable' as const,
  responsible: 'source' as const,
  isRouteAway,
  afterMs,
});
