// Step 5: the request against the contract, then against the service's own limits. Nothing in a body is coerced,
// removed or defaulted; digests are over the bytes received.
import type { SourceContext } from '../../adapters/adapter.ts';
import type { CheckedRequest } from '../contracts/validator.ts';
import { hasHalfCharacter, hasRepeatedMember } from '../json.ts';
import { Problem, type Words } from '../problem.ts';
import { openNumber } from '../registry/officer-number.ts';
import type { Registry } from '../registry/types.ts';
import { toUnitCode } from '../registry/unit-code.ts';
import type { AnyRequest, Caller } from '../services/service.ts';
import { createSourceClock } from './source-clock.ts';
import { openCredential } from './source-credential.ts';
import { type Admitted, add, type Checked } from './stages.ts';

/** What opening a source context needs. */
export interface CheckRequestDependencies {
  readonly registry: Registry;
  /** AES key of fields at rest: officers' numbers, secrets of sources. */
  readonly fieldKey: Buffer;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const faults = {
  noJson: { vi: 'không phải JSON mã hóa UTF-8', en: 'is no JSON in UTF-8' },
  repeated: { vi: 'có thành viên được viết hai lần', en: 'has a member that is written twice' },
  half: { vi: 'có nửa ký tự (surrogate đơn lẻ)', en: 'holds half of a character (a lone surrogate)' },
} as const satisfies Record<string, Words>;

const toUnreadable = (fault: keyof typeof faults): Problem =>
  new Problem('body-unreadable', { errors: [{ where: '/body', ...faults[fault] }] });

function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let text: string;
  let body: unknown;
  try {
    text = utf8.decode(bytes);
    body = JSON.parse(text);
  } catch {
    throw toUnreadable('noJson');
  }
  // JSON.parse keeps the last of two members; who reads the bytes that the digest is of may take the first.
  if (hasRepeatedMember(text, body)) throw toUnreadable('repeated');
  if (hasHalfCharacter(text, body)) throw toUnreadable('half');
  return body;
}

/** One spelling of the media type: the validator compiles and keeps a check for every spelling that it meets. */
const withMediaType = (
  headers: Admitted['call']['headers'],
  hasBody: boolean,
): Readonly<Record<string, string | undefined>> => ({
  ...headers,
  'content-type': hasBody ? 'application/json' : '',
});

const toNamedHeaders = ({ call, operation }: Admitted): AnyRequest['headers'] =>
  Object.fromEntries(
    operation.headerNames.flatMap((name) => {
      const value = call.headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

function toContent({ call, operation }: Admitted, checkPart: (part: unknown) => void): AnyRequest['content'] {
  if (operation.streamedTypes.length === 0) return undefined;
  const announced = call.headers['content-length'];
  return {
    type: call.headers['content-type'] ?? '',
    bytes: announced === undefined ? undefined : Number(announced),
    open: () => call.content(operation.bodyBytes),
    parsePart: (bytes) => {
      const part = parseBody(bytes);
      checkPart(part);
      return part;
    },
  };
}

function toRequest(
  { registry, fieldKey }: CheckRequestDependencies,
  admitted: Admitted,
  checked: CheckedRequest,
  checkPart: (part: unknown) => void,
): Pick<Checked, 'caller' | 'request' | 'unitCode' | 'sourceClock' | 'sourceCredential'> {
  const { exchangeId, actingUnit, officer, at, purpose, caseCode, trace, sourceCaller } = admitted;
  const { source } = admitted.operation;
  const caller: Caller = {
    system: admitted.system,
    actingUnit,
    grant: admitted.grant,
    officerId: officer?.id,
    purpose,
    caseCode,
    ...(sourceCaller && { source: sourceCaller }),
  };
  const signal = admitted.operation.signal();
  let used: string | undefined;
  let credentialId: string | undefined;
  const sourceContext = (scheme: string): SourceContext => {
    used = toUnitCode(actingUnit, scheme, at);
    return {
      exchangeId,
      unitCode: used,
      purpose: purpose ?? '',
      caseCode,
      signal,
      officerNumber: async () => {
        if (!officer) throw new Problem('officer-missing');
        return openNumber(fieldKey, officer.id, officer.sealedNumber);
      },
      credential: async () => {
        if (source === undefined) return undefined;
        const opened = openCredential(fieldKey, registry.current, source, { unitId: actingUnit.id, at });
        credentialId = opened?.id;
        return opened;
      },
    };
  };
  const sourceClock = createSourceClock();
  const request: AnyRequest = {
    exchangeId,
    caller,
    ...checked,
    headers: toNamedHeaders(admitted),
    content: toContent(admitted, checkPart),
    askSource: (scheme, ask) =>
      trace.step('source', () => sourceClock.time(() => ask(sourceContext(scheme)))),
    signal,
  };
  return {
    caller,
    request,
    sourceClock,
    unitCode: () => (used === undefined ? undefined : { used, unit: actingUnit.id }),
    sourceCredential: () => credentialId,
  };
}

/** @throws Problem body-unreadable | request-invalid | a limit of the service */
export async function checkRequest(d: CheckRequestDependencies, admitted: Admitted): Promise<Checked> {
  const { call, operation, path } = admitted;
  const body = parseBody(admitted.bytes);
  const checkable = {
    target: call.target,
    path,
    headers: withMediaType(call.headers, admitted.bytes.length > 0),
    query: admitted.query,
    body,
  };
  const checked = operation.validator.request(checkable);
  const made = toRequest(d, admitted, checked, (part) => operation.validator.part(checkable, part));
  const { check } = operation.handler;
  if (check) await checkLimits(() => check(made.request));
  return add(admitted, made);
}

/** A limit that cannot be counted is a limit that cannot be kept: then nothing is asked. */
async function checkLimits(check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw error instanceof Problem
      ? error
      : new Problem('evidence-unavailable', { cause: error, retryAfterS: 5 });
  }
}
