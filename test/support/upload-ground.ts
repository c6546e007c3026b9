// What tests of uploads stand on: a database, a folder, a server in this process, others as processes of their own, and the calls
// of a client.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Problem } from '../../src/problem.ts';
import { rootFolder } from '../../src/root.ts';
import { freshDatabase } from './database.ts';
import { startUploadServer, type UploadServer, type UploadServerSettings } from './upload-server.ts';

/** Headers of a call. */
export type Headers = Readonly<Record<string, string>>;

export const mebibyte = 1_048_576;

/** 64 hex digits. */
export const toSha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Upload-Metadata of every upload that says nothing else. */
export const fileWords = `filename ${Buffer.from('Tờ trình.pdf').toString('base64')},filetype ${btoa('application/pdf')}`;

/** Whose uploads they are. */
export const one = { unit: 'unit-1', system: 'system-1' };

/** The last segment. */
export const toId = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** The code of a problem that was answered. */
export async function codeOf(answer: Response): Promise<unknown> {
  const body: unknown = await answer.json();
  return typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
}

/** For `assert.rejects`. */
export const isProblem =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Problem && error.code === code;

interface Started {
  readonly owner: pg.Pool;
  readonly server: UploadServer;
  readonly settings: UploadServerSettings;
  readonly drop: () => Promise<void>;
}

/** The ground of one test file; nothing is there before `start`. */
export function createUploadGround() {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-uploads-'));
  const children: ChildProcess[] = [];
  let started: Started | undefined;
  const state = (): Started => {
    assert.ok(started, 'the ground was not started');
    return started;
  };

  async function start(): Promise<void> {
    const database = await freshDatabase();
    const settings = {
      hubUrl: database.hubUrl,
      blobFolder: folder,
      key: randomBytes(32).toString('hex'),
      limits: { uploadBytes: 8 * mebibyte, openUploads: 4, openBytes: 20 * mebibyte, parts: 20, waitMs: 500 },
    };
    const owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
    started = { owner, settings, server: await startUploadServer(settings), drop: database.drop };
  }
  async function close(): Promise<void> {
    for (const child of children) child.kill('SIGKILL');
    await state().server.close();
    await state().owner.end();
    await state().drop();
    rmSync(folder, { recursive: true });
  }

  const call = (method: string, url: string, headers: Headers = {}, body?: Uint8Array): Promise<Response> =>
    fetch(url, {
      method,
      headers: { 'tus-resumable': '1.0.0', 'x-unit': 'unit-1', ...headers },
      ...(body && { body }),
    });
  const create = async (bytes: number, headers: Headers = {}): Promise<string> => {
    const made = await call('POST', state().server.url, {
      'upload-length': String(bytes),
      'upload-metadata': fileWords,
      ...headers,
    });
    assert.equal(made.status, 201, await made.text());
    return new URL(made.headers.get('location') ?? '', state().server.url).href;
  };
  const append = (url: string, offset: number, body: Uint8Array, headers: Headers = {}): Promise<Response> =>
    call(
      'PATCH',
      url,
      { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...headers },
      body,
    );
  const offsetOf = async (url: string): Promise<number> =>
    Number((await call('HEAD', url)).headers.get('upload-offset'));
  const listFiles = (): readonly string[] => readdirSync(join(folder, 'uploads'));

  /** Begins to append and leaves the request open after `part`. */
  async function beginAppend(
    url: string,
    part: Uint8Array,
    length: number,
    headers: Headers = {},
  ): Promise<ClientRequest> {
    const begun = request(url, {
      method: 'PATCH',
      headers: {
        'tus-resumable': '1.0.0',
        'x-unit': 'unit-1',
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
        'content-length': length,
        ...headers,
      },
    });
    begun.on('error', () => undefined);
    await new Promise((resolve) => begun.write(part, resolve));
    await awaitLock(url);
    return begun;
  }
  async function awaitLock(url: string): Promise<void> {
    for (;;) {
      const held = await state().owner.query('SELECT FROM work_lease WHERE name = $1', [
        `upload:${toId(url)}`,
      ]);
      if (held.rowCount === 1) return;
      await pause(10);
    }
  }
  async function startProcess(): Promise<{ url: string; child: ChildProcess }> {
    const program = join(rootFolder, 'test', 'support', 'upload-server.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(state().settings)], {
      cwd: rootFolder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [url] = await once(createInterface(child.stdout), 'line');
    return { url: String(url), child };
  }

  return {
    folder,
    state,
    start,
    close,
    call,
    create,
    append,
    offsetOf,
    listFiles,
    beginAppend,
    startProcess,
  };
}
