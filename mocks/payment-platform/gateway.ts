// The way to the gateway: one POST of JSON, within its time, with the account that it may ask for.
import type { Fields } from './checksum.ts';
import type { Parts } from './parts.ts';

/** What came back; `body` is undefined when it is no JSON. */
export interface GatewayReply {
  readonly httpStatus: number;
  readonly body: unknown;
}

const answerMostBytes = 65_536;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Posts; undefined: no address, no connection, or no answer in time. */
export async function postToGateway(
  url: string | undefined,
  fields: Fields,
  { settings, signal }: Pick<Parts, 'settings' | 'signal'>,
): Promise<GatewayReply | undefined> {
  if (url === undefined) return undefined;
  const { gatewayAccount: account, confirmTimeoutMs } = settings;
  const credentials = account && Buffer.from(`${account.user}:${account.secret}`).toString('base64');
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(credentials && { authorization: `Basic ${credentials}` }),
      },
      body: JSON.stringify(fields),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(confirmTimeoutMs)]),
    });
    const text = await response.text();
    return { httpStatus: response.status, body: parse(text.slice(0, answerMostBytes)) };
  } catch {
    return undefined;
  }
}
