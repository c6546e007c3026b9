// What is found in the records of a request: the catalogue and the adapter are asked once for all of them.
import type { PortalMistake } from '../../../../adapters/portal/portal.ts';
import type { components } from '../../../../openapi/types/portal.v1.ts';
import type { KnownProcedure, PortalRooms } from '../dependencies.ts';
import { type Finding, toFindings } from '../findings.ts';
import type { PortalRecord } from '../record-form.ts';

/** A record as the contract takes it. */
export type NewRecord = components['schemas']['NewRecord'];

/** The record itself, without what it is to correct. */
export const toRecord = ({ code, dossier, progress }: NewRecord): PortalRecord => ({
  code,
  ...(dossier && { dossier }),
  ...(progress && { progress }),
});

/** The records of a request with what they are held against. */
export interface Judging {
  readonly catalogue: components['schemas']['CatalogueMark'];
  /** @param lastStatus the status that was said last before it */
  judge(record: PortalRecord, lastStatus: number | undefined): readonly Finding[];
}

type Asked = Pick<PortalRooms, 'catalogue' | 'portal'>;

const toProcedureCodes = (records: readonly NewRecord[]): readonly string[] => [
  ...new Set(records.flatMap(({ dossier }) => dossier?.procedure?.code ?? [])),
];

/** Whether a record has neither a dossier nor lines: it says nothing. */
export const isEmpty = ({ dossier, progress }: Pick<PortalRecord, 'dossier' | 'progress'>): boolean =>
  dossier === undefined && progress === undefined;

const toEmpty = (record: PortalRecord): readonly PortalMistake[] =>
  isEmpty(record) ? [{ code: 'missing', where: '/dossier' }] : [];

/** Asks what is needed to judge them. */
export async function createJudging(
  { catalogue, portal }: Asked,
  records: readonly NewRecord[],
): Promise<Judging> {
  const codes = toProcedureCodes(records);
  const [mark, procedures] = await Promise.all([
    catalogue.mark(),
    codes.length === 0
      ? new Map<string, KnownProcedure>()
      : (catalogue.findProcedures(codes) as Promise<ReadonlyMap<string, KnownProcedure>>),
  ]);
  const isCatalogueFresh = mark.version > 0 && !mark.isStale;
  return {
    catalogue: mark,
    judge(record, lastStatus) {
      const code = record.dossier?.procedure?.code;
      return toFindings(record, {
        mistakes: [...toEmpty(record), ...(portal?.check(record) ?? [])],
        required: portal?.required ?? [],
        procedure: code === undefined ? undefined : procedures.get(code),
        ...{ isCatalogueFresh, lastStatus },
      });
    },
  };
}
