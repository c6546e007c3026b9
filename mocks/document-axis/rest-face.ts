// The REST facade: Bearer token and `X-SystemId`/`X-SecretKey`; sendEdoc as multipart. Source: document-axis.md §4.1. How
// the log-in and the answers look in full is not public: [assumed].
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, sendAnswer, toAnswer, toPlain } from './answer.ts';
import type { System } from './config.ts';
import { drain, type ExchangeParts, type FaceRequest, readJson, serveOperation } from './exchange.ts';
import { readBoundary, readMultipart } from './multipart.ts';
import { operations } from './operations.ts';
import { refuse } from './outcome.ts';
import type { Stored } from './store.ts';
import { createTokens } from './tokens.ts';

/** Paths whose name is not the operation's. */
const renamed: Readonly<Record<string, string>> = { syncReceivedEdocList: 'getReceivedEdocList' };
const headerOf = (message: IncomingMessage, name: string): string => {
  const value = message.headers[name];
  return typeof value === 'string' ? value : '';
};

function findSystem(systemId: unknown, secret: unknown, { settings }: ExchangeParts): System | undefined {
  return settings.systems.find((one) => one.systemId === systemId && one.secret === secret);
}

function identify(message: IncomingMessage, parts: ExchangeParts): System | undefined {
  const system = findSystem(headerOf(message, 'x-systemid'), headerOf(message, 'x-secretkey'), parts);
  const token = /^Bearer (\S+)$/i.exec(headerOf(message, 'authorization'))?.[1] ?? '';
  const isGood = system && createTokens(parts.settings).isGood(token, system, Date.now());
  return isGood ? system : undefined;
}

/** Members of a JSON body, names in lower case. */
function toMembers(json: unknown): ReadonlyMap<string, string> {
  const entries = Object.entries(typeof json === 'object' && json !== null ? json : {});
  return new Map(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** Reads a multipart message; fields that come beside it are put into `fields`. */
export async function takeFile(
  message: IncomingMessage,
  fileName: string,
  fields: Map<string, string>,
  parts: ExchangeParts,
) {
  const boundary = readBoundary(message.headers['content-type']);
  if (boundary === undefined) {
    await drain(message);
    return refuse('10', 'multipart');
  }
  let stored: Stored | undefined;
  const more = await readMultipart(message, boundary, fileName, async ({ content }) => {
    stored = await parts.store.save(content);
  });
  for (const [name, value] of more) fields.set(name.toLowerCase(), value);
  return { stored };
}

/** The log-in: JSON members or the two headers. */
async function logIn(message: IncomingMessage, parts: ExchangeParts): Promise<Answer> {
  const { settings, store } = parts;
  const body = toMembers(await readJson(message));
  const systemId = body.get('systemid') ?? headerOf(message, 'x-systemid');
  const system = findSystem(systemId, body.get('secretkey') ?? headerOf(message, 'x-secretkey'), parts);
  if (!system)
    return settings.wrongCredential === 'code15'
      ? toAnswer(refuse('15'), settings.restShape, store)
      : toPlain(401, 'Unauthorized');
  const token = createTokens(settings).issue(system, Date.now());
  const expiresIn = Math.floor(settings.tokenMs / 1_000);
  const told =
    settings.restShape === 'success'
      ? { success: true, message: 'Thanh cong', data: { errorCode: '0', errorDesc: '', token, expiresIn } }
      : { status: 'OK', ErrorCode: '0', ErrorDesc: '', data: { token, expiresIn } };
  return { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(told) };
}

function toFace(message: IncomingMessage, url: URL, operation: string, parts: ExchangeParts): FaceRequest {
  const fields = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  // These arrive in JSON or multipart here, in headers elsewhere.
  const aliases: Readonly<Record<string, string>> = { agencycode: 'code' };
  const read = (name: string): string | undefined => {
    const key = name.toLowerCase();
    return fields.get(key) ?? fields.get(aliases[key] ?? '');
  };
  return {
    operation,
    systemId: headerOf(message, 'x-systemid'),
    shape: parts.settings.restShape,
    status: 200,
    read,
    identify: () => identify(message, parts),
    takeBody: async () => {
      if (operation === 'sendEdoc') return takeFile(message, 'edocFile', fields, parts);
      const json = await readJson(message);
      for (const [name, value] of toMembers(json)) fields.set(name, value);
      return { json };
    },
  };
}

/** Serves `<restPath>/<name>`; an unknown name is 404. */
export async function serveRest(
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
  parts: ExchangeParts,
): Promise<void> {
  const name = url.pathname.slice(parts.settings.restPath.length + 1);
  if (name === 'auth/login') {
    await sendAnswer(response, await logIn(message, parts), undefined, parts.signal);
    return;
  }
  const operation = renamed[name] ?? name;
  if (!Object.hasOwn(operations, operation)) response.writeHead(404).end();
  else await serveOperation(message, response, toFace(message, url, operation, parts), parts);
}
