// Requests from a chosen address of the loopback network, so that one machine can be a caller, a proxy and a stranger.
import { type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** An answer, with its body as text. */
export interface AddressedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends one request from `localAddress`, e.g. 127.0.5.1. Header values may be lists: the header is then sent twice. */
export function askFrom(
  localAddress: string,
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { readonly method?: string; readonly headers?: OutgoingHttpHeaders; readonly body?: string } = {},
): Promise<AddressedAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, localAddress, agent: false }, async (response) => {
      const pairs = Object.entries(response.headers).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      );
      resolve({
        status: response.statusCode ?? 0,
        headers: new Headers(pairs),
        text: await text(response),
      });
    });
    sent.on('error', reject).end(body);
  });
}
