// The last line of a day: the members of the issues first, then what else is worth knowing; and whether the day was fine.
import type { DayResult } from './day.ts';
import type { HubFigures } from './gauge.ts';
import type { PayResult } from './payments/pay-day.ts';
import type { PortalResult } from './portal/portal-day.ts';

/** Names and figures. */
export type Report = Readonly<Record<string, number>>;

/** A part of the report, and what of it is wrong, a sentence each. */
export interface Part {
  readonly report: Report;
  readonly isFine: boolean;
  readonly faults: readonly string[];
}

const toTenth = (value: number): number => Math.round(value * 10) / 10;

function toFigure(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return toTenth(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

const areZero = (...counts: readonly number[]): boolean => counts.every((count) => count === 0);

/** Of the documents. @param faults calls of the axis that were hit */
export function toDocumentsPart(result: DayResult, faults: number, hub: HubFigures | undefined): Part {
  const { ledger, seconds, documents, bytes } = result;
  const { accepted, lost, duplicated, outOfOrder, disagreements } = result;
  return {
    report: {
      ...{ documents, accepted, delivered: result.delivered, statuses: result.statuses },
      ...{ lost, duplicated, outOfOrder, seconds: toTenth(seconds) },
      documentsPerSecond: toTenth(documents / seconds),
      ...{ p50Ms: toFigure(ledger.sendMs, 0.5), p99Ms: toFigure(ledger.sendMs, 0.99) },
      ...{ disagreements, sendSeconds: toTenth(result.sendSeconds) },
      ...{ repeats: ledger.repeats, cuts: ledger.cuts, faults, repeatedItems: ledger.repeatedItems },
      ...{ calls: result.calls, resent: result.resent, mib: Math.round(bytes / 2 ** 20) },
      ...(hub && { hubCpuMs: hub.cpuMs, hubRssMiB: hub.rssMiB }),
    },
    isFine: accepted === documents && areZero(lost, duplicated, outOfOrder, disagreements),
    faults: ledger.faults,
  };
}

/** Of the dossiers. @param faults calls of the portal that were hit */
export function toDossiersPart(result: PortalResult, faults: number): Part {
  const { ledger, seconds, disagreements, ...account } = result;
  return {
    report: {
      ...account,
      ...{ dossierSeconds: toTenth(seconds), dossierDisagreements: disagreements },
      ...{ submitP50Ms: toFigure(ledger.submitMs, 0.5), submitP99Ms: toFigure(ledger.submitMs, 0.99) },
      ...{ batches: ledger.batches, batchRepeats: ledger.repeats, batchCuts: ledger.cuts },
      portalFaults: faults,
    },
    isFine:
      account.synchronised === account.dossiers &&
      areZero(account.dossiersLost, account.dossiersDuplicated, account.dossiersOutOfOrder) &&
      areZero(account.dossiersAltered, disagreements),
    faults: ledger.faults,
  };
}

/** Of the payments. */
export function toPaymentsPart({ seconds, faults, ...account }: PayResult): Part {
  return {
    report: { ...account, paymentSeconds: toTenth(seconds) },
    isFine: areZero(account.unexplained, account.confirmedSum - account.platformSum),
    faults,
  };
}
