// Asks a time stamp authority over HTTP for one stamp, and takes only one that holds. Source: RFC 3161 §3.4.
import { randomBytes, type X509Certificate } from 'node:crypto';
import { readStampResponse, toStampRequest } from './request.ts';
import { type VerifiedStamp, verifyStamp } from './verify.ts';

/** Whom to ask, and whom to believe. */
export interface StampAuthority {
  readonly url: string;
  readonly timeoutMs: number;
  readonly authorities: readonly X509Certificate[];
}

/** A stamp that holds, and its token. */
export interface ObtainedStamp {
  /** DER. */
  readonly token: Buffer;
  readonly stamp: VerifiedStamp;
}

const answerBytes = 65_536;
const farMs = 300_000;

async function readAnswer(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > answerBytes) throw new Error('the answer of the authority is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Has a digest stamped.
 * @param sha256 of what is stamped
 * @throws Error when there is no answer in time, or its token does not hold for this question and this time
 */
export async function obtainStamp(
  { url, timeoutMs, authorities }: StampAuthority,
  sha256: Buffer,
  signal: AbortSignal,
): Promise<ObtainedStamp> {
  const nonce = randomBytes(8).readBigUInt64BE();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
    body: toStampRequest({ sha256, nonce }),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const answer = await readAnswer(response);
  if (response.status !== 200 || type !== 'application/timestamp-reply')
    throw new Error(`the authority answered ${response.status} and no time stamp`);
  const token = readStampResponse(answer);
  const stamp = verifyStamp({ token, sha256, authorities, nonce });
  if (Math.abs(stamp.time.getTime() - Date.now()) > farMs)
    throw new Error('the time stamped is more than five minutes from the time of this machine');
  return { token, stamp };
}
