// What the entries of an exchange say, taken from whatever stage it reached.
import { isIP } from 'node:net';
import type { ExchangeFacts, PrivateFacts, Step } from '../evidence/types.ts';
import type { Authorised, Checked, Matched, Received } from './stages.ts';

/** An exchange at any stage. */
export type AnyStage = Received & Partial<Pick<Matched, 'operation'>> & Partial<Authorised>;

/** The public facts known so far. */
export function toFacts(stage: AnyStage): ExchangeFacts {
  return {
    exchangeId: stage.exchangeId,
    systemId: stage.system?.id ?? null,
    owningUnit: stage.system?.unitId ?? null,
    actingUnit: stage.actingUnit?.id ?? null,
    service: stage.operation?.service ?? null,
    operation: stage.operation?.id ?? null,
    grantId: stage.grant?.id ?? null,
  };
}

/** The caller's network: the first 24 bits of an IPv4 address, 48 of IPv6. */
export function toNetwork(remoteAddress: string): string {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  if (isIP(address) === 4) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIP(address) !== 6) return 'unknown';
  const [head = ''] = address.split('::', 1);
  const groups = head.split(':').filter((group) => group !== '');
  return `${[...groups, '0', '0', '0'].slice(0, 3).join(':')}::/48`;
}

/** The step that a refused exchange did not pass: the first whose addition is missing. */
export function toRefusingStep(stage: AnyStage): Step {
  if (!stage.operation) return 'match';
  if (!stage.token || !('purpose' in stage)) return 'identify';
  if (!stage.grant) return 'authorise';
  if (!('bytes' in stage)) return 'admit';
  return 'caller' in stage ? 'open' : 'checkRequest';
}

/** The private facts known before the entry is opened. */
export function toPrivateFacts(stage: AnyStage): PrivateFacts {
  return {
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
  subjects: checked.operation.handler.subjects?.(checked.request),
});
