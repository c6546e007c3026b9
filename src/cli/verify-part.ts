// One part of an export's verification: a stretch of leaves read from its two files. Runs in a thread of its own, or in the
// main one.
import { closeSync, openSync } from 'node:fs';
import type { DatedHead } from '../evidence/dating.ts';
import type { ExportFormat, ShownPurge } from '../evidence/export-format.ts';
import { type VerifiedStretch, verifyStretch } from '../evidence/verify-cover.ts';
import { openLines } from './line-file.ts';

/** Bytes of a file. */
export interface Piece {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** What one thread verifies; plain, so that it can be handed over. */
export interface Part {
  readonly from: number;
  /** Undefined: to the end. */
  readonly to: number | undefined;
  readonly format: ExportFormat;
  readonly content: Piece;
  readonly proof: Piece;
  readonly purges: readonly ShownPurge[];
  readonly deep: boolean;
  readonly sizes: readonly number[];
  readonly dated: readonly DatedHead[];
}

/** Verifies a part. @throws Error that says what does not fit */
export function verifyPart(part: Part, onProgress: (leaves: number) => void): VerifiedStretch {
  const [content, proof] = [openSync(part.content.path, 'r'), openSync(part.proof.path, 'r')];
  try {
    return verifyStretch({
      ...{
        from: part.from,
        to: part.to,
        format: part.format,
        purges: part.purges,
        deep: part.deep,
        sizes: part.sizes,
        dated: part.dated,
        onProgress,
      },
      content: openLines({ ...part.content, fd: content }),
      proof: openLines({ ...part.proof, fd: proof }),
    });
  } finally {
    closeSync(content);
    closeSync(proof);
  }
}
