// What the entries of an exchange say, taken from whatever stage it reached.
import { toNetwork } from '../addresses.ts';
import type { ExchangeFacts, PrivateFacts, Step } from '../evidence/types.ts';
import type { Authorised, Checked, Matched, OpenExchange, Received } from './stages.ts';

/** An exchange at any stage. */
export type AnyStage = Received &
  Partial<Pick<Matched, 'operation'>> &
  Partial<Authorised> &
  Partial<Pick<OpenExchange, 'sourceClock' | 'opened'>>;

/** The public facts known so far. Of callers whom the registry does not know there is no system, unit and grant to name. */
export function toFacts(stage: AnyStage): ExchangeFacts {
  const isOutside = stage.operation !== undefined && stage.operation.scheme !== 'hubToken';
  const { system, actingUnit, grant }: Partial<Authorised> = isOutside ? {} : stage;
  return {
    exchangeId: stage.exchangeId,
    systemId: system?.id ?? null,
    owningUnit: system?.unitId ?? null,
    actingUnit: actingUnit?.id ?? null,
    service: stage.operation?.service ?? null,
    operation: stage.operation?.id ?? null,
    grantId: grant?.id ?? null,
  };
}

/** The step that a refused exchange did not pass: the first whose addition is missing. */
export function toRefusingStep(stage: AnyStage): Step {
  if (!stage.operation) return 'match';
  if (!stage.system || !('purpose' in stage)) return 'identify';
  if (!stage.grant) return 'authorise';
  if (!('bytes' in stage)) return 'admit';
  return 'caller' in stage ? 'open' : 'checkRequest';
}

/** The private facts known before the entry is opened. */
export function toPrivateFacts(stage: AnyStage): PrivateFacts {
  return {
    calledBy: stage.sourceCaller,
    officerId: stage.officer?.id,
    assurance: stage.officer ? 1 : undefined,
    purpose: stage.purpose,
    caseCode: stage.caseCode,
    network: toNetwork(stage.call.remoteAddress),
  };
}

/** The private facts of an exchange whose request was checked. */
export const toOpenPrivateFacts = (checked: Checked): PrivateFacts => ({
  ...toPrivateFacts(checked),
  ...checked.operation.handler.stated?.(checked.request),
  subjects: checked.operation.handler.subjects?.(checked.request),
});
