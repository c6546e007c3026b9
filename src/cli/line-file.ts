// Lines of large files, a stretch of bytes at a time; and where in an ordered file of lines a line stands.
import { readSync } from 'node:fs';

const chunkBytes = 1_048_576;
const longestLineBytes = 64 * chunkBytes;
const newline = 0x0a;

/** Bytes `from` up to, not including, `to` of an open file. */
export interface FileStretch {
  readonly fd: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Reads lines one after the other, without their newlines; each is good until the next is read, and may be written to.
 * @throws Error when the last one has no newline, or one is longer than 64 MiB
 */
export function openLines({ fd, from, to }: FileStretch): () => Buffer | undefined {
  let buffer = Buffer.allocUnsafeSlow(Math.min(2 * chunkBytes, to - from + 1));
  let position = from;
  let [start, end] = [0, 0];

  /** Brings more bytes behind those that are left. @returns whether there were more */
  function fill(): boolean {
    if (position >= to) return false;
    const left = buffer.subarray(start, end);
    const wanted = Math.min(chunkBytes, to - position);
    const needed = left.length + wanted;
    if (needed > longestLineBytes) throw new Error('a line is too long');
    const room = needed > buffer.length ? Buffer.allocUnsafeSlow(2 * needed) : buffer;
    left.copy(room, 0);
    buffer = room;
    [start, end] = [0, left.length];
    const read = readSync(fd, buffer, end, wanted, position);
    if (read === 0) throw new Error('the file became shorter while it was read');
    position += read;
    end += read;
    return true;
  }

  return () => {
    for (let searched = 0; ; ) {
      const at = buffer.subarray(0, end).indexOf(newline, start + searched);
      if (at >= 0) {
        const line = buffer.subarray(start, at);
        start = at + 1;
        return line;
      }
      searched = end - start;
      if (fill()) continue;
      if (start < end) throw new Error('the last line of a file is cut off');
      return undefined;
    }
  };
}

/** Where the first line begins that begins at `position` or later; `to` when there is none. */
export function nextLineStart({ fd, from, to }: FileStretch, position: number): number {
  if (position <= from) return from;
  const piece = Buffer.alloc(65_536);
  for (let at = position - 1; at < to; ) {
    const read = readSync(fd, piece, 0, Math.min(piece.length, to - at), at);
    if (read === 0) return to;
    const found = piece.subarray(0, read).indexOf(newline);
    if (found >= 0) return at + found + 1;
    at += read;
  }
  return to;
}

/** The first line at or behind which `isFar` holds, of lines in an order by which it holds for all after one. */
export function findLineStart(file: FileStretch, isFar: (line: Buffer) => boolean): number {
  let [low, high] = [file.from, file.to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const start = nextLineStart(file, middle);
    const line = openLines({ ...file, from: start })();
    if (!line || isFar(line)) high = middle;
    else low = middle + 1;
  }
  return nextLineStart(file, low);
}
