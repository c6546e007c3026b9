// Why the portal refused a record, where its code alone does not say: by asking it, never by its words. A general refusal is
// believed only of a portal that answers otherwise. Source: public-service-portal.md §7, §11.3, §11.4, §11.7
import { SourceError } from '../adapter.ts';
import { type Meaning, toMeaning } from './codes.ts';
import { type PortalOutcome, type PortalRefusal, portalName } from './portal.ts';
import { procedureCode as noSuchProcedure, type PortalQuestions } from './questions.ts';
import type { PortalSettings } from './settings.ts';
import type { Asking } from './wire.ts';

/** A dossier that was refused. */
export interface Judged {
  readonly code: string;
  readonly procedureCode: string | undefined;
  readonly isUpdate: boolean;
}

/** Finds out why. */
export interface Judge {
  /** `not-there`: it was to be updated, and the portal does not have it. */
  dossier(judged: Judged, code: string, asking: Asking): Promise<PortalOutcome | 'not-there'>;
  /** Of lines that were all refused; `where` names the first. */
  lines(dossierCode: string, code: string, where: readonly string[], asking: Asking): Promise<PortalOutcome>;
}

const reasons: Partial<Record<Meaning, PortalRefusal>> = {
  procedure: 'procedure',
  transition: 'transition',
  invalid: 'invalid',
  unknown: 'unknown-dossier',
};

const refused = (why: PortalRefusal, code: string, where: readonly string[]): PortalOutcome => ({
  kind: 'refused',
  why,
  code,
  where,
});

const procedurePlace = ['/dossier/procedure/code'];

/** A failed question in the place of a verdict: the record was not stored, and the portal is not well. */
function toFailed(error: unknown): PortalOutcome {
  if (!(error instanceof SourceError)) throw error;
  if (error.kind !== 'refused') return { kind: 'failed', because: error };
  const more = {
    ...(error.code !== undefined && { code: error.code }),
    ...(error.trace && { trace: error.trace }),
  };
  const because = new SourceError('unavailable', portalName, 'the portal refuses even to be asked', more);
  return { kind: 'failed', because };
}

/** @param questions undefined: the portal can't be asked, its code is all that is known */
export function createJudge(
  settings: PortalSettings,
  questions: PortalQuestions | undefined,
  hasProcedures: boolean,
): Judge {
  /** Whether the portal refuses to show a procedure that a refused record named. */
  async function isProcedureGone(procedureCode: string, asking: Asking): Promise<boolean> {
    try {
      await questions?.readProcedure(procedureCode, asking);
      return false;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      return error.kind === 'refused' && [noSuchProcedure, 'error--1'].includes(error.code ?? '');
    }
  }

  return {
    async dossier({ code: dossierCode, procedureCode, isUpdate }, code, asking) {
      const meaning = toMeaning(code, settings);
      const why = meaning && reasons[meaning];
      if (why) return refused(why, code, why === 'procedure' ? procedurePlace : []);
      if (!questions) return refused('other', code, []);
      try {
        const { isKnown } = await questions.lookUp(dossierCode, asking);
        if (isUpdate && !isKnown) return 'not-there';
      } catch (error) {
        return toFailed(error);
      }
      if (hasProcedures && procedureCode !== undefined && (await isProcedureGone(procedureCode, asking)))
        return refused('procedure', code, procedurePlace);
      return refused('other', code, []);
    },
    async lines(dossierCode, code, where, asking) {
      const meaning = toMeaning(code, settings);
      const why = meaning && reasons[meaning];
      if (why) return refused(why, code, why === 'unknown-dossier' ? [] : where);
      if (!questions) return refused('other', code, where);
      try {
        const { isKnown } = await questions.lookUp(dossierCode, asking);
        return isKnown ? refused('other', code, where) : refused('unknown-dossier', code, []);
      } catch (error) {
        return toFailed(error);
      }
    },
  };
}
