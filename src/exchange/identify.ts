// Step 2: who calls, by the one scheme that the operation names (RFC 9068 token, RFC 9449 proof).
import { Problem } from '../problem.ts';
import type { Registry } from '../registry/types.ts';
import type { CheckedProof, ProofQuestion } from '../signin/proof-check.ts';
import type { CheckedToken, TokenCheck } from '../signin/token-check.ts';
import { anyone } from './anyone.ts';
import type { Identified, Matched } from './stages.ts';

/** What identify needs. */
export interface IdentifyDependencies {
  readonly registry: Registry;
  readonly tokens: TokenCheck;
  readonly checkProof: (question: ProofQuestion) => CheckedProof;
  /** Without a slash at the end. */
  readonly publicUrl: string;
}

function toToken(authorization: string | undefined): { scheme: 'bearer' | 'dpop'; token: string } {
  if (authorization === undefined)
    throw new Problem('token-missing', { headers: { 'www-authenticate': 'DPoP' } });
  const parts = /^(bearer|dpop) ([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization);
  if (!parts?.[1] || !parts[2])
    throw new Problem('token-invalid', { headers: { 'www-authenticate': 'DPoP' } });
  return { scheme: parts[1].toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token: parts[2] };
}

function checkHolder(
  d: IdentifyDependencies,
  matched: Matched,
  scheme: 'bearer' | 'dpop',
  token: string,
  checked: CheckedToken,
): Identified['proof'] {
  if (checked.jkt === undefined) {
    if (scheme === 'dpop') throw new Problem('token-invalid');
    if (matched.operation.personalData) throw new Problem('token-not-bound');
    return undefined;
  }
  // RFC 9449 §7.2: a bound token is not accepted as a bearer token.
  if (scheme !== 'dpop') throw new Problem('proof-missing');
  const proof = matched.call.headers['dpop'];
  if (proof === undefined) throw new Problem('proof-missing');
  return d.checkProof({
    proof,
    method: matched.call.method,
    url: `${d.publicUrl}${matched.path}`,
    token,
    jkt: checked.jkt,
    now: matched.at,
  });
}

/** @throws Problem of the 401 and 403 codes that concern who calls */
export async function identify(d: IdentifyDependencies, matched: Matched): Promise<Identified> {
  if (matched.operation.scheme === 'anyone')
    return {
      ...matched,
      token: undefined,
      system: anyone.system,
      actingUnit: anyone.actingUnit,
      proof: undefined,
    };
  const { scheme, token } = toToken(matched.call.headers['authorization']);
  const checked = await d.tokens.check(token);
  const snapshot = d.registry.current;
  const system = snapshot.system(checked.clientId);
  if (!system) throw new Problem('token-invalid');
  const actingUnit = snapshot.unit(checked.unitId);
  if (!actingUnit) throw new Problem('token-invalid');
  const proof = checkHolder(d, matched, scheme, token, checked);
  return { ...matched, token: checked, system, actingUnit, proof };
}
