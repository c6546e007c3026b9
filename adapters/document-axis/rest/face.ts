// The REST facade: a question becomes a path with a bearer token. Source: document-axis.md §4.1. Names of operations that
// §4.1 leaves out are those of §3.2 [assumed].
import type { AxisCall } from '../axis.ts';
import { toBounds } from '../bounds.ts';
import { toHeaderValue } from '../plain-text.ts';
import { type AxisFace, type AxisQuestion, toAxisDate, toMessageType } from '../question.ts';
import type { DocumentAxisSettings } from '../settings.ts';
import { type OutgoingBody, openAxisWire, toDigest, type WireReply, type WireRequest } from '../wire.ts';
import { toMultipart } from './multipart.ts';
import { createTokenHolder } from './token.ts';

/** What a question is on this wire. */
interface Operation {
  readonly method: 'GET' | 'POST';
  /** Below the configured address, with its query. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: OutgoingBody;
}

function toQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
  // §4.1 writes dates with slashes, which a query may hold as they are.
  const written = query.toString().replaceAll('%2F', '/');
  return written === '' ? '' : `?${written}`;
}

const get = (name: string, parameters: Readonly<Record<string, string | undefined>> = {}): Operation => ({
  method: 'GET',
  path: `/${name}${toQuery(parameters)}`,
});

const post = (name: string, body: object): Operation => ({
  method: 'POST',
  path: `/${name}`,
  contentType: 'application/json; charset=utf-8',
  body: Buffer.from(JSON.stringify(body), 'utf8'),
});

const toDate = (date: string | undefined) => (date === undefined ? undefined : toAxisDate(date));

function toSend(
  { message }: Extract<AxisQuestion, { operation: 'sendEdoc' }>,
  namesParties: boolean,
): Operation {
  toHeaderValue('from', message.from);
  for (const code of message.to) toHeaderValue('to', code);
  return { method: 'POST', path: '/sendEdoc', ...toMultipart(message, namesParties) };
}

function toOperation(question: AxisQuestion, settings: DocumentAxisSettings): Operation {
  switch (question.operation) {
    case 'sendEdoc':
      return toSend(question, settings.restNamesParties);
    case 'getEdoc':
      return get('getEdoc', { docId: question.docId });
    case 'getReceivedEdocList': {
      const { kind, period } = question;
      const dates = { fromDate: toDate(period.from), toDate: toDate(period.to) };
      return get('syncReceivedEdocList', { messageType: toMessageType(kind), ...dates });
    }
    case 'getSentEdocList':
      return get('getSentEdocList', { messageType: toMessageType(question.kind), docId: question.docId });
    case 'updateStatus': {
      const { docId, state, description } = question;
      return post('updateStatus', { docId, status: state, description });
    }
    case 'registerAgency':
      return post('registerAgency', question.agency);
    case 'deleteAgency':
      return post('deleteAgency', { AgencyCode: question.code });
    case 'getAgenciesListQD20':
      return get('getAgenciesListQD20', { level: settings.agencyLevel });
    default:
      return get(question.operation);
  }
}

function toAsked(question: AxisQuestion, { method, path, body }: Operation): WireRequest['asked'] {
  if (question.operation !== 'sendEdoc')
    return toDigest(`${method} ${path}\n${Buffer.isBuffer(body) ? body.toString('utf8') : ''}`);
  const { sha256, bytes } = question.message;
  return { sha256, bytes };
}

/** Opens this face; nothing is connected until the first question. `now` gives epoch milliseconds. */
export function createRestFace(settings: DocumentAxisSettings, now: () => number): AxisFace {
  const wire = openAxisWire(settings);
  const root = new URL(settings.url).pathname.replace(/\/$/, '');
  const tokens = createTokenHolder(settings, `${root}/auth/login`, wire, now);

  function exchange(question: AxisQuestion, token: string, call: AxisCall): Promise<WireReply> {
    const operation = toOperation(question, settings);
    const { contentType, body } = operation;
    const headers = {
      Authorization: `Bearer ${token}`,
      'X-SystemId': settings.systemId,
      'X-SecretKey': settings.secret,
      ...(contentType !== undefined && { 'Content-Type': contentType }),
    };
    return wire.exchange({
      method: operation.method,
      path: `${root}${operation.path}`,
      headers,
      ...(body !== undefined && { body }),
      asked: toAsked(question, operation),
      ...call,
      ...toBounds(question, settings),
    });
  }

  return {
    async ask(question, call) {
      const token = await tokens.current(call);
      const reply = await exchange(question, token, call);
      if (reply.status !== 401) return reply;
      // Perhaps it has only expired: one renewal, one more attempt. §5.10
      reply.body.destroy();
      tokens.forget(token);
      return exchange(question, await tokens.current(call), call);
    },
    close: () => wire.close(),
  };
}
