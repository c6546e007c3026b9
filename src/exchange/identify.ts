// Step 2: who calls, by the one scheme that the operation names (RFC 9068 token, with the RFC 9449 proof or the RFC 8705
// certificate that it is bound to; or what the settings say of a national system).
import { Problem } from '../problem.ts';
import type { ProblemCode } from '../problem-codes.ts';
import type { Registry, System } from '../registry/types.ts';
import { isRegistered } from '../signin/certificate.ts';
import { challenges } from '../signin/challenge.ts';
import type { CheckedProof, ProofQuestion } from '../signin/proof-check.ts';
import type { TokenCheck } from '../signin/token-check.ts';
import type { CheckedToken } from '../signin/token-profile.ts';
import { anyone } from './outsider.ts';
import type { FindCaller } from './source-callers.ts';
import { add, type Identified, type Matched } from './stages.ts';

/** What identify needs. */
export interface IdentifyDependencies {
  readonly registry: Registry;
  readonly tokens: TokenCheck;
  readonly checkProof: (question: ProofQuestion) => CheckedProof;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly findCaller: FindCaller;
}

function toToken(authorization: string | undefined): { scheme: 'bearer' | 'dpop'; token: string } {
  if (authorization === undefined) throw new Problem('token-missing', { headers: challenges.none });
  const parts = /^(bearer|dpop) ([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization);
  if (!parts?.[1] || !parts[2]) throw new Problem('token-invalid', { headers: challenges.token });
  return { scheme: parts[1].toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token: parts[2] };
}

/** RFC 8705 §3: the very certificate of the token, and it must still be registered for the system. */
function checkCertificate(matched: Matched, system: System, sha256: string): void {
  const refuse = (code: ProblemCode) => new Problem(code, { headers: challenges.certificate });
  const certificate = matched.call.certificate();
  if (!certificate) throw refuse('certificate-missing');
  if (certificate.sha256 !== sha256) throw refuse('certificate-other');
  if (!isRegistered(system, certificate, matched.at)) throw refuse('certificate-not-registered');
}

/** That the caller is the holder of its token. The proof of a token bound to a key can be used once. */
function checkHolder(
  d: IdentifyDependencies,
  matched: Matched,
  { scheme, token }: ReturnType<typeof toToken>,
  checked: CheckedToken,
  system: System,
): Identified['proof'] {
  const { jkt, certificateSha256 } = checked;
  if (jkt === undefined && scheme === 'dpop')
    throw new Problem('token-invalid', { headers: challenges.token });
  if (certificateSha256 !== undefined) {
    checkCertificate(matched, system, certificateSha256);
    return undefined;
  }
  if (jkt === undefined) {
    if (matched.operation.personalData) throw new Problem('token-not-bound', { headers: challenges.none });
    return undefined;
  }
  // RFC 9449 §7.2: a bound token is not accepted as a bearer token.
  const proof = scheme === 'dpop' ? matched.call.headers['dpop'] : undefined;
  if (proof === undefined) throw new Problem('proof-missing', { headers: challenges.proof });
  return d.checkProof({
    proof,
    method: matched.call.method,
    url: `${d.publicUrl}${matched.path}`,
    token,
    jkt,
    now: matched.at,
  });
}

const noToken = { token: undefined, proof: undefined };

function identifySource({ findCaller }: IdentifyDependencies, matched: Matched): Identified {
  const known = findCaller(matched.operation.source);
  if (!known) throw new Problem('source-caller-unknown');
  return add(matched, { ...noToken, ...known.outsider, sourceCaller: known.check(matched.call) });
}

/** @throws Problem of the 401 and 403 codes that concern who calls */
export function identify(d: IdentifyDependencies, matched: Matched): Identified {
  const { scheme } = matched.operation;
  if (scheme === 'anyone') return add(matched, { ...noToken, ...anyone, sourceCaller: undefined });
  if (scheme === 'source') return identifySource(d, matched);
  const presented = toToken(matched.call.headers['authorization']);
  const checked = d.tokens.check(presented.token);
  const snapshot = d.registry.current;
  const system = snapshot.system(checked.clientId);
  const actingUnit = snapshot.unit(checked.unitId);
  if (!system || !actingUnit) throw new Problem('token-invalid', { headers: challenges.token });
  const proof = checkHolder(d, matched, presented, checked, system);
  return add(matched, { token: checked, system, actingUnit, proof, sourceCaller: undefined });
}
