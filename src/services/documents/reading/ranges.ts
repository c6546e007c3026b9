// One byte range, and conditions by ETag. Source: RFC 9110 §13.1.2, §13.1.5, §14.2
import { Problem } from '../../../problem.ts';
import type { ServiceAnswer, StreamedAnswer } from '../../service.ts';

/** Bytes that can be given whole or in part. */
export interface Content {
  readonly bytes: number;
  /** Lower-case hex; its ETag. */
  readonly sha256: string;
  readonly type: string;
  /** From the first byte up to, not including, the last. */
  readonly open: (from: number, to: number) => StreamedAnswer['open'];
  readonly headers?: Readonly<Record<string, string>>;
}

interface Part {
  readonly from: number;
  readonly to: number;
}

/**
 * What a Range header asks for: undefined is the whole.
 * @throws Problem range-not-satisfiable
 */
function toPart(range: string | undefined, bytes: number): Part | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? bytes : Math.min(bytes, Number(last) + 1);
  if (from < to && from < bytes) return { from, to };
  throw new Problem('range-not-satisfiable', { headers: { 'content-range': `bytes */${bytes}` } });
}

const hasTag = (list: string | undefined, tag: string): boolean =>
  (list ?? '').split(',').some((one) => ['*', tag, `W/${tag}`].includes(one.trim()));

/**
 * The answer to a GET of some content.
 * @param headers `range`, `if-range`, `if-none-match` of the request
 * @throws Problem range-not-satisfiable
 */
export function toContentAnswer(
  content: Content,
  headers: Readonly<Record<string, string>>,
): ServiceAnswer<undefined> {
  const { bytes, sha256, type, open } = content;
  const tag = `"${sha256}"`;
  const about = { etag: tag, 'accept-ranges': 'bytes', ...content.headers };
  if (headers['if-none-match'] !== undefined && hasTag(headers['if-none-match'], tag))
    return { status: 304, body: undefined, headers: about, result: 'not-modified' };
  const ifRange = headers['if-range'];
  const part = ifRange === undefined || ifRange === tag ? toPart(headers['range'], bytes) : undefined;
  if (!part)
    return {
      ...{ status: 200, body: undefined, headers: about, result: 'whole' },
      stream: { type, bytes, digest: { sha256, bytes }, open: open(0, bytes) },
    };
  const { from, to } = part;
  return {
    ...{ status: 206, body: undefined, result: `bytes ${from}-${to - 1}/${bytes}` },
    headers: { ...about, 'content-range': `bytes ${from}-${to - 1}/${bytes}` },
    stream: { type, bytes: to - from, open: open(from, to) },
  };
}
