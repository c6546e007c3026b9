// Adds a hop's TraceHeader to an original that is passed on. Every other byte stays what it was.
// Source: document-axis.md §1.4, §9.4
import { Readable } from 'node:stream';
import { formatTimestamp } from './dates.ts';
import type { TracePlace } from './types.ts';
import { escapeText } from './xml-lines.ts';

/** A hop that passes a message on. */
export interface Hop {
  readonly organId: string;
  readonly at: Date;
}

function toHeader({ prefix, indent, isListMissing }: TracePlace, { organId, at }: Hop): string {
  const step = indent === '' ? '' : '  ';
  const outer = isListMissing ? `${indent}${step}` : indent;
  const inner = outer === '' ? '' : `${outer}${step}`;
  const id = `${inner}<${prefix}OrganId>${escapeText(organId, 'TraceHeader/OrganId')}</${prefix}OrganId>`;
  const time = `${inner}<${prefix}Timestamp>${formatTimestamp(at)}</${prefix}Timestamp>`;
  const hop = `${outer}<${prefix}TraceHeader>${id}${time}${outer}</${prefix}TraceHeader>`;
  return isListMissing
    ? `${indent}<${prefix}TraceHeaderList>${hop}${indent}</${prefix}TraceHeaderList>`
    : hop;
}

async function* splice(
  original: AsyncIterable<Buffer>,
  offset: number,
  inserted: Buffer,
): AsyncGenerator<Buffer, void, undefined> {
  let at = 0;
  for await (const chunk of original) {
    const cut = offset - at;
    at += chunk.length;
    if (cut < 0 || cut >= chunk.length) {
      yield chunk;
      continue;
    }
    if (cut > 0) yield chunk.subarray(0, cut);
    yield inserted;
    yield chunk.subarray(cut);
  }
}

/**
 * The original with the hop after the last TraceHeader (or in a new list, where there is none); unchanged where `place`
 * is null. The time is written as local time of Asia/Ho_Chi_Minh.
 * @param original its bytes, from the first one
 */
export function spliceTraceHeader(
  original: Readable,
  place: TracePlace | null,
  hop: Hop,
): { readonly stream: Readable; readonly insertedBytes: number } {
  if (!place) return { stream: original, insertedBytes: 0 };
  const inserted = Buffer.from(toHeader(place, hop));
  const stream = Readable.from(splice(original, place.offset, inserted), { objectMode: false });
  return { stream, insertedBytes: inserted.length };
}
