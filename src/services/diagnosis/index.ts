// The diagnosis of tokens: every check that the request path makes, each with its verdict, for whoever has a token that
// does not work. Of the registry it tells only to those whose token the hub itself signed and that is not long expired.
import type { components, operations } from '../../../openapi/types/diagnosis.v1.ts';
import type { Environment } from '../../config.ts';
import { problemCodes } from '../../problem-codes.ts';
import type { Registry } from '../../registry/types.ts';
import { isNumericDate, type Jws, parseJws } from '../../signin/jws.ts';
import { checkPossession, parseProof } from '../../signin/proof-check.ts';
import {
  type CheckedToken,
  isBoundToken,
  type TokenExpectation,
  toCheckedToken,
  tokenChars,
  tokenLeewayS,
  tokenProfile,
} from '../../signin/token-profile.ts';
import type { Handlers } from '../service.ts';
import { diagnoseRights, type KnownOperation } from './rights.ts';
import { type Check, type CheckName, toCheck, toFailedCheck, toFailedProof, toLongExpired } from './words.ts';

/** What the diagnosis needs. */
export interface DiagnosisDependencies {
  readonly registry: Registry;
  /** What tokens are compared with by the request path. */
  readonly expected: TokenExpectation;
  readonly environment: Environment;
  /** An operation of any published service by its name. */
  readonly findOperation: (name: string) => KnownOperation | undefined;
}

type Question = components['schemas']['TokenQuestion'];
type Diagnosis = components['schemas']['TokenDiagnosis'];

/** An old token lies in logs and files of many: whoever finds one learns nothing of the registry as it is now. */
const tellWithinMs = 3_600_000;

const isLongExpired = ({ expiresAt }: CheckedToken, now: Date): boolean =>
  now.getTime() - expiresAt.getTime() > tellWithinMs;

function read(text: string | undefined, maxChars: number): Jws | undefined {
  try {
    return text === undefined ? undefined : parseJws(text, maxChars);
  } catch {
    return undefined;
  }
}

/** The profile of tokens with the two checks of time in their places. */
function diagnoseProfile(jws: Jws, d: DiagnosisDependencies, nowS: number): readonly Check[] {
  const { iat, exp } = jws.payload;
  return tokenProfile.flatMap(({ name, holds }) => {
    const check = toCheck(name, holds(jws, d.expected));
    if (name === 'audience')
      return [check, toCheck('clock', isNumericDate(iat) && iat <= nowS + tokenLeewayS)];
    if (name === 'life') return [check, toCheck('expiry', isNumericDate(exp) && nowS < exp + tokenLeewayS)];
    return [check];
  });
}

function findProofFault(
  proof: string,
  token: string,
  { jkt }: CheckedToken,
  origin: string,
  method: string | undefined,
  now: Date,
): string | undefined {
  if (jkt === undefined) return 'unbound';
  try {
    const parsed = parseProof(proof, now);
    const { htm, htu } = parsed.jws.payload;
    if (method !== undefined && htm !== method) return 'htm';
    if (typeof htu !== 'string' || !URL.canParse(htu) || new URL(htu).origin !== origin) return 'htu';
    checkPossession(parsed, token, jkt);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown';
  }
}

/** What holds for the token as such, and whether the hub itself made it. */
function diagnoseToken(d: DiagnosisDependencies, asked: Question, jws: Jws, now: Date) {
  const profile = diagnoseProfile(jws, d, now.getTime() / 1000);
  const isOfHub = profile.every(({ check, ok }) => ok || check === 'clock' || check === 'expiry');
  const token = isOfHub ? toCheckedToken(jws) : undefined;
  if (!token) return { token, checks: profile };
  const operation = asked.operation === undefined ? undefined : d.findOperation(asked.operation);
  const misfits: Partial<Record<CheckName, Check>> = {
    ...(isLongExpired(token, now) && { expiry: toLongExpired() }),
    ...(asked.unit !== undefined && asked.unit !== token.unitId && { unit: toCheck('unit', false) }),
    ...(operation?.personalData &&
      !isBoundToken(token) && { binding: toFailedCheck('binding', problemCodes['token-not-bound']) }),
  };
  return { token, checks: profile.map((check) => misfits[check.check] ?? check) };
}

const toBoundTo = ({ jkt, certificateSha256 }: CheckedToken): NonNullable<Diagnosis['boundTo']> =>
  jkt !== undefined ? 'key' : certificateSha256 !== undefined ? 'certificate' : 'nothing';

const toEnvironment = (audience: unknown): Environment | undefined =>
  (['sandbox', 'test', 'production'] as const).find((name) => audience === `urn:lgsp:${name}`);

function diagnoseHubToken(
  d: DiagnosisDependencies,
  asked: Question,
  token: CheckedToken,
  now: Date,
): readonly Check[] {
  const known = asked.operation === undefined ? undefined : d.findOperation(asked.operation);
  const fault =
    asked.proof && findProofFault(asked.proof, asked.token, token, d.expected.issuer, known?.method, now);
  const proof = asked.proof === undefined ? [] : [fault ? toFailedProof(fault) : toCheck('proof', true)];
  if (isLongExpired(token, now)) return proof;
  const rights = diagnoseRights({
    snapshot: d.registry.current,
    environment: d.environment,
    token,
    operation: asked.operation === undefined ? undefined : { name: asked.operation, known },
    purpose: asked.purpose,
    at: now,
  });
  return [...proof, ...rights];
}

/** Diagnoses a token at `now`. */
export function diagnose(d: DiagnosisDependencies, asked: Question, now: Date): Diagnosis {
  const jws = read(asked.token, tokenChars);
  const { token, checks } = jws ? diagnoseToken(d, asked, jws, now) : { token: undefined, checks: [] };
  const all = [
    toCheck('form', jws !== undefined),
    ...checks,
    ...(token ? diagnoseHubToken(d, asked, token, now) : []),
  ];
  const firstFailing = all.find(({ ok }) => !ok)?.check;
  const iat = (read(asked.proof, tokenChars) ?? jws)?.payload['iat'];
  const tokenEnvironment = toEnvironment(jws?.payload['aud']);
  return {
    serverTime: now.toISOString(),
    issuer: d.expected.issuer,
    environment: d.environment,
    ...(tokenEnvironment && { tokenEnvironment }),
    ...(token && { boundTo: toBoundTo(token) }),
    ...(isNumericDate(iat) && { clockDifferenceSeconds: Math.round(iat - now.getTime() / 1000) }),
    ...(firstFailing && { firstFailing }),
    checks: all,
  };
}

/** Handlers of `diagnosis.v1`. */
export function createDiagnosisService(d: DiagnosisDependencies): Handlers<operations> {
  return {
    diagnoseToken: {
      async handle({ body }) {
        const diagnosis = diagnose(d, body, new Date());
        return { status: 200, body: diagnosis, result: diagnosis.firstFailing ?? 'good' };
      },
    },
  };
}
