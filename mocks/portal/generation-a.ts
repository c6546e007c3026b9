// Generation A: login, and one endpoint for data and one for dictionaries, told apart by `service`.
// Source: public-service-portal.md §1.1, §10.1 to §10.3.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExchangeParts, type FaceCall, serveCall, toExpired } from './exchange.ts';
import { type Fields, isFields, readText } from './fields.ts';
import { parseJson } from './http.ts';
import { type Outcome, refuse } from './outcome.ts';
import { servicesOf } from './services.ts';
import { checkUnit } from './units.ts';

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

function readHeader({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function checkTarget(
  message: IncomingMessage,
  isRequired: boolean,
  { settings }: ExchangeParts,
): Outcome | undefined {
  const target = readHeader(message, 'dstcode');
  const isGood = target === undefined ? !isRequired : target === settings.dstcode;
  return isGood ? undefined : refuse(settings, 'general', 'dstcode không hợp lệ');
}

/** Serves the login. */
export async function serveLogin(
  message: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  parts: ExchangeParts,
): Promise<void> {
  const { settings, sessions } = parts;
  const json = parseJson(body);
  const input: Fields = isFields(json) ? json : {};
  const [username, password] = [readText(input, 'username') ?? '', readText(input, 'password') ?? ''];
  const isKnown = settings.accounts.some(
    (account) => account.username === username && timingSafeEqual(hash(account.password), hash(password)),
  );
  const face: FaceCall = {
    ...{ service: 'login', generation: 'A', unit: undefined, input: {} },
    check: () =>
      checkTarget(message, true, parts) ??
      (isKnown ? undefined : refuse(settings, 'general', 'sai tên đăng nhập hoặc mật khẩu')),
    run: ({ nowMs }) => ({
      outcome: { code: 0, message: 'Đăng nhập thành công', session: sessions.issue(username, nowMs) },
    }),
  };
  await serveCall(response, face, parts);
}

/** Serves one of the two endpoints. */
export async function serveService(
  message: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  endpoint: keyof typeof servicesOf,
  parts: ExchangeParts,
): Promise<void> {
  const { settings, sessions } = parts;
  const json = parseJson(body);
  const input: Fields = isFields(json) ? json : {};
  const name = readText(input, 'service') ?? '';
  const [unit, session] = [readText(input, 'madonvi'), readText(input, 'session')];
  const services = servicesOf[endpoint];
  const service = Object.hasOwn(services, name) ? services[name] : undefined;
  const checkCaller = (nowMs: number): Outcome | undefined => {
    if (!sessions.isGood(session ?? '', nowMs)) return toExpired(parts);
    const mistake = checkUnit(unit ?? '', settings);
    return mistake === undefined ? undefined : refuse(settings, 'unit', mistake);
  };
  const face: FaceCall = {
    ...{ service: name, generation: 'A', unit, session, input },
    check: (nowMs) =>
      (isFields(json) ? undefined : refuse(settings, 'general', 'dữ liệu JSON không hợp lệ')) ??
      checkTarget(message, settings.dstcodeOn === 'every', parts) ??
      checkCaller(nowMs) ??
      (service ? undefined : refuse(settings, 'general', 'dịch vụ không tồn tại')),
    run: (call) =>
      service?.(call, parts) ?? { outcome: refuse(settings, 'general', 'dịch vụ không tồn tại') },
  };
  await serveCall(response, face, parts);
}
