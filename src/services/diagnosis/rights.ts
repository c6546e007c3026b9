// The part of a diagnosis that tells of the registry, for tokens that the hub signed: the very checks of the request path.
import type { OperationFacts } from '../../contracts/contract.ts';
import { checkMandate, checkService, checkToken } from '../../exchange/authorise.ts';
import { chooseGrant } from '../../exchange/choose-grant.ts';
import { Problem } from '../../problem.ts';
import { problemCodes } from '../../problem-codes.ts';
import type { Snapshot, System, Unit } from '../../registry/types.ts';
import { type CheckedToken, isBoundToken } from '../../signin/token-profile.ts';
import { type Check, type CheckName, toCheck, toFailedCheck } from './words.ts';

/** An operation and the source behind it. */
export type KnownOperation = OperationFacts & { readonly source: string | undefined };

/** What rights are asked about. */
export interface RightsQuestion {
  readonly snapshot: Snapshot;
  readonly environment: string;
  readonly token: CheckedToken;
  /** As asked for; undefined: no operation in particular. */
  readonly operation: { readonly name: string; readonly known: KnownOperation | undefined } | undefined;
  readonly purpose: string | undefined;
  readonly at: Date;
}

/** The check that a problem belongs to, where it is not the one that was made. */
const placeOf = (check: CheckName, { code }: Problem): CheckName =>
  code.startsWith('purpose-') ? 'purpose' : check;

function attempt(check: CheckName, act: () => void): Check {
  try {
    act();
    return toCheck(check, true);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return toFailedCheck(placeOf(check, error), problemCodes[error.code]);
  }
}

function checkAnyMandate({ snapshot, at }: RightsQuestion, system: System, unit: Unit): void {
  const mandate = snapshot.mandate(system.id, unit.id, at);
  if (!mandate) throw new Problem('mandate-missing');
  const service = mandate.operations[0]?.split('/')[0] ?? '';
  checkMandate(snapshot, system, unit, { name: mandate.operations[0] ?? '', service }, at);
}

function checkGrant(asked: RightsQuestion, system: System, operation: KnownOperation): void {
  const { snapshot, environment, token, purpose, at } = asked;
  if (operation.officer && purpose === undefined) throw new Problem('purpose-missing');
  chooseGrant(snapshot.grants(system.id, operation.name), {
    ...{ environment, purpose, at },
    isBound: isBoundToken(token),
    hasCase: true,
    remoteAddress: undefined,
  });
}

/** System, revocation, and what is asked of operation, mandate and grant, each in the words of the request path. */
export function diagnoseRights(asked: RightsQuestion): readonly Check[] {
  const { snapshot, token, operation, at } = asked;
  const system = snapshot.system(token.clientId);
  if (!system) return [toCheck('system', false)];
  const unit = snapshot.unit(token.unitId);
  const standing = [
    attempt('system', () => {
      if (system.state !== 'active') throw new Problem('system-inactive');
    }),
    attempt('revocation', () => checkToken(snapshot, system, token)),
  ];
  if (!unit) return [...standing, toCheck('mandate', false)];
  if (!operation) return [...standing, attempt('mandate', () => checkAnyMandate(asked, system, unit))];
  const { known } = operation;
  // Of what national systems call there is nothing that a token could ask for.
  if (!known || known.scheme === 'source') return [...standing, toCheck('operation', false)];
  const service = attempt('service', () => checkService(snapshot, known));
  const found = [...standing, toCheck('operation', true), service];
  if (known.scheme === 'anyone') return found;
  return [
    ...found,
    attempt('mandate', () => checkMandate(snapshot, system, unit, known, at)),
    attempt('grant', () => checkGrant(asked, system, known)),
  ];
}
