// Downloads one file of an export, going on where an earlier try was cut off.
import { existsSync, renameSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportedFile } from '../../evidence/export-format.ts';
import { type Auditor, BrokenConnectionError, callHub, withPatience } from './hub-call.ts';

/** Silence after which a connection counts as broken. */
const silenceMs = 30_000;

/** What is downloaded to where. */
export interface Download {
  readonly auditor: Auditor;
  readonly exportId: string;
  readonly file: ExportedFile;
  readonly folder: string;
  /** Told how many bytes of the file are there. */
  readonly onBytes: (bytes: number) => void;
}

async function append(
  { auditor, exportId, file, onBytes }: Download,
  handle: FileHandle,
  from: number,
  onFurther: () => void,
): Promise<void> {
  const silence = new AbortController();
  const wake = (): NodeJS.Timeout => setTimeout(() => silence.abort(new Error('silence')), silenceMs);
  let timer = wake();
  try {
    const response = await callHub(auditor, {
      ...{ method: 'GET', path: `/exports/${exportId}/files/${file.name}`, signal: silence.signal },
      headers: from === 0 ? {} : { Range: `bytes=${from}-`, 'If-Range': `"${file.sha256}"` },
    });
    let at = response.status === 206 ? from : 0;
    if (at === 0) await handle.truncate(0);
    for await (const chunk of response.body ?? []) {
      await handle.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      clearTimeout(timer);
      timer = wake();
      onFurther();
      onBytes(at);
    }
  } catch (error) {
    if (error instanceof TypeError || silence.signal.aborted)
      throw new BrokenConnectionError('the connection to the hub broke', { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Downloads a file, unless it is there whole; what is cut off lies beside it as `.part`.
 * @throws BrokenConnectionError when the connection breaks again and again: the same again goes on from there
 */
export async function download(asked: Download): Promise<void> {
  const { file, folder, onBytes } = asked;
  const path = join(folder, file.name);
  if (existsSync(path) && statSync(path).size === file.bytes) return;
  const part = `${path}.part`;
  await withPatience(async (onFurther) => {
    const handle = await open(part, existsSync(part) ? 'r+' : 'w', 0o600);
    try {
      const { size } = await handle.stat();
      const from = size > file.bytes ? 0 : size;
      onBytes(from);
      if (from < file.bytes || from === 0) await append(asked, handle, from, onFurther);
      const { size: now } = await handle.stat();
      if (now !== file.bytes) throw new BrokenConnectionError(`${file.name} came only in part`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  renameSync(part, path);
}
