// The header-signed XrdAdapter: a question becomes parameters, the parameters headers. Source: document-axis.md §3
import { toBounds } from '../bounds.ts';
import { toMessageBody } from '../outgoing.ts';
import { type AxisFace, type AxisQuestion, toAxisDate, toMessageType } from '../question.ts';
import type { DocumentAxisSettings } from '../settings.ts';
import { type OutgoingBody, openAxisWire, toDigest, type WireRequest } from '../wire.ts';
import { type Parameters, toSignedHeaders, toUnpadded } from './signature.ts';

/** What a question is on this wire. */
interface Operation {
  readonly method: 'GET' | 'POST';
  readonly name: string;
  readonly parameters: Parameters;
  readonly contentType?: string;
  readonly body?: OutgoingBody;
}

const lineEnd = Buffer.from('\r\n');
const empty: Pick<Operation, 'contentType' | 'body'> = {
  contentType: 'application/json',
  body: Buffer.from('{}'),
};

/** Parameters that have a value. */
const given = (...pairs: readonly (readonly [string, string | undefined])[]): Parameters =>
  pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));

const toDate = (date: string | undefined) => (date === undefined ? undefined : toAxisDate(date));

type Question<Name> = Extract<AxisQuestion, { operation: Name }>;

function toSend({ message }: Question<'sendEdoc'>, settings: DocumentAxisSettings): Operation {
  const { from, to, kind, sha256 } = message;
  return {
    method: 'POST',
    name: 'sendEdoc',
    parameters: given(
      ['from', from],
      ['servicetype', 'eDoc'],
      ['messagetype', toMessageType(kind)],
      ['to', to.length === 0 ? undefined : JSON.stringify(to)],
      ['hash-file', settings.hashFile === 'padded' ? sha256 : toUnpadded(sha256)],
    ),
    contentType: 'application/octet-stream',
    body: toMessageBody(message, Buffer.alloc(0), lineEnd),
  };
}

/** `filePath`, the client's own path, is not sent: it would tell the axis about our disk. §3.2 */
function toFetch({ docId }: Question<'getEdoc'>, settings: DocumentAxisSettings): Operation {
  const parameters = given(['docId', docId]);
  if (settings.fetchBy === 'downloadEdoc') return { method: 'GET', name: 'downloadEdoc', parameters };
  return { method: 'POST', name: 'getEdoc', parameters, ...empty };
}

function toList(question: Question<'getReceivedEdocList' | 'getSentEdocList'>): Operation {
  const type = [
    ['servicetype', 'eDoc'],
    ['messagetype', toMessageType(question.kind)],
  ] as const;
  const more =
    question.operation === 'getSentEdocList'
      ? given(['docId', question.docId])
      : given(['fromDate', toDate(question.period.from)], ['toDate', toDate(question.period.to)]);
  return { method: 'POST', name: question.operation, parameters: [...type, ...more] };
}

function toOperation(question: AxisQuestion, settings: DocumentAxisSettings): Operation {
  const plain = { method: 'POST', name: question.operation, parameters: [] } as const;
  switch (question.operation) {
    case 'sendEdoc':
      return toSend(question, settings);
    case 'getEdoc':
      return toFetch(question, settings);
    case 'getReceivedEdocList':
    case 'getSentEdocList':
      return toList(question);
    case 'updateStatus': {
      const { docId, state, description } = question;
      const parameters = given(['docid', docId], ['status', state], ['description', description]);
      return { ...plain, parameters, ...empty };
    }
    case 'registerAgency': {
      const body = Buffer.from(JSON.stringify(question.agency), 'utf8');
      return { ...plain, contentType: 'application/json; charset=utf-8', body };
    }
    case 'deleteAgency':
      return { ...plain, parameters: given(['AgencyCode', question.code]) };
    case 'getAgenciesListQD20':
      return { ...plain, parameters: given(['level', settings.agencyLevel]) };
    case 'countReceiveEdoc':
    case 'countReceiveStatus':
      return { ...plain, ...empty };
    default:
      return plain;
  }
}

/** Opens this face; nothing is connected until the first question. `now` gives epoch milliseconds. */
export function createXrdFace(settings: DocumentAxisSettings, now: () => number): AxisFace {
  const wire = openAxisWire(settings);
  const path = new URL(settings.url).pathname.replace(/\/$/, '');
  return {
    ask(question, { requestCode, signal, onTrace }) {
      const operation = toOperation(question, settings);
      const { headers, signed } = toSignedHeaders(settings, operation.parameters, now());
      const { contentType, body } = operation;
      const asked = question.operation === 'sendEdoc' ? question.message : toDigest(signed);
      const request: WireRequest = {
        method: operation.method,
        path: `${path}/${operation.name}`,
        headers: { ...headers, ...(contentType !== undefined && { 'Content-Type': contentType }) },
        ...(body !== undefined && { body }),
        asked: { sha256: asked.sha256, bytes: asked.bytes },
        requestCode,
        signal,
        onTrace,
        ...toBounds(question, settings),
      };
      return wire.exchange(request);
    },
    close: () => wire.close(),
  };
}
