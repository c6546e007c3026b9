// The journal of the mock, and what is left after its end.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { type DocumentAxisMock, startDocumentAxisMock } from '../../../mocks/document-axis/mock.ts';
import { toProgram } from '../../support/program.ts';
import {
  call,
  centre,
  control,
  get,
  journal,
  list,
  outside,
  send,
  toConfig,
  toDocument,
  toHash,
  toStatus,
  withMock,
} from './client.ts';

const own = '000.00.01.H99';
const main = toProgram('mocks/document-axis/main');

async function startProcess(file: string): Promise<{ child: ChildProcess; mock: DocumentAxisMock }> {
  const child = fork(main.file, ['--config', file], { execArgv: [...main.execArgv] });
  const [ready] = await once(child, 'message');
  return { child, mock: ready as DocumentAxisMock };
}

describe('the document axis mock: journal', () => {
  it('mock 8.10: says what was received, and how often it was listed, fetched and acknowledged', () =>
    withMock(async (mock) => {
      const message = toDocument(own, ['G99.01', 'G99.02']);
      await send(mock, centre, own, message);
      const [item] = await list(mock, outside);
      await list(mock, outside);
      await get(mock, outside, item?.['docId']);
      await call(mock, outside, 'updateStatus', { docid: item?.['docId'] ?? '', status: 'done' });
      const [first, second] = await journal(mock, '?view=items');
      const { sha256, documentId, kind, state, listed, fetched, acknowledged, bytes } = first ?? {};
      assert.deepEqual([sha256, bytes, kind], [toHash(message), Buffer.byteLength(message), 'edoc']);
      assert.equal(documentId, `${own},2025/11/20,12/VP-TH`);
      assert.deepEqual([state, listed, fetched, acknowledged], ['done', 2, 1, 1]);
      assert.deepEqual([second?.['to'], second?.['state'], second?.['listed']], ['G99.02', 'initial', 2]);
    }));

  it('mock 8.10: keeps counts and pages through its lines', () =>
    withMock(async (mock) => {
      const status = toStatus(own, 'G99.01', `G99.01,2025/11/20,1/CV`, '05');
      for (let turn = 0; turn < 3; turn += 1)
        await send(mock, centre, own, status, { messagetype: 'status' });
      await send(mock, centre, own, toDocument(own, ['H77.99']));
      const { entries, next, count } = await control(`${mock.journalUrl}?from=2&limit=2`);
      assert.deepEqual([(entries as { seq: number }[]).map(({ seq }) => seq), next, count], [[2, 3], 4, 4]);
      const { counts } = await control(`${mock.journalUrl}?view=counts`);
      const { received, open, refused } = counts as Record<string, object>;
      assert.deepEqual([received, open, refused], [{ edoc: 0, status: 3 }, { edoc: 0, status: 3 }, 1]);
      const [line] = await journal(mock);
      assert.deepEqual([line?.['statusCode'], line?.['answers']], ['05', 'G99.01,2025/11/20,1/CV']);
    }));

  it('mock 8.10: shares one sync between requests that come together', () =>
    withMock(async (mock) => {
      await Promise.all(
        Array.from({ length: 60 }, () => send(mock, centre, own, toDocument(own, ['G99.01']))),
      );
      const { count, syncs } = await control(`${mock.journalUrl}?view=counts`);
      assert.equal(count, 60);
      assert.ok(Number(syncs) < 60, `${syncs} syncs`);
    }));

  it('mock 8.10: has the same queues and bytes after a start', () =>
    withMock(async (mock, restart) => {
      await send(mock, centre, own, toDocument(own, ['G99.01', 'G99.02', 'H99.03']));
      const [first, second] = await list(mock, outside);
      await call(mock, outside, 'updateStatus', { docid: first?.['docId'] ?? '', status: 'fail' });
      const bytes = await get(mock, outside, second?.['docId']);
      const before = await journal(mock, '?view=items');
      const again = await restart();
      assert.deepEqual(await journal(again, '?view=items'), before);
      assert.deepEqual(await list(again, outside), [second]);
      assert.equal(await get(again, outside, second?.['docId']), bytes);
    }));

  it('mock 8.10: a process killed without warning has all that it answered for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'axis-mock-'));
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(toConfig(folder)));
    const { child, mock } = await startProcess(file);
    const answered: unknown[] = [];
    const sending = Promise.allSettled(
      Array.from({ length: 200 }, async (_, index) => {
        const { json } = await send(mock, centre, own, toDocument(own, ['G99.01'], String(index)));
        answered.push(json['DocId']);
        if (answered.length === 60) child.kill('SIGKILL');
      }),
    );
    await Promise.all([sending, once(child, 'exit')]);
    const again = await startDocumentAxisMock(toConfig(folder));
    try {
      const kept = new Set((await journal(again, '?view=items')).map(({ senderDocId }) => senderDocId));
      assert.ok(answered.length >= 60 && answered.every((docId) => kept.has(docId)));
      for (const { docId } of await list(again, outside))
        assert.match(await get(again, outside, docId), /<\/edXML>$/);
    } finally {
      await again.close();
      await rm(folder, { recursive: true });
    }
  });

  it('mock 8.10: leaves no file of a message that it refused', () =>
    withMock(
      async (mock, _restart, folder) => {
        await send(mock, centre, own, toDocument(own, ['H77.99']));
        await send(mock, centre, own, 'x'.repeat(3_000));
        await send(mock, centre, own, toDocument(own, ['G99.01']), { 'hash-file': '00' });
        assert.deepEqual(await readdir(join(folder, 'messages')), []);
      },
      { messageBytes: 2_500 },
    ));

  it('names every mistake of its configuration, and repeats no value', async () => {
    const wrong: unknown = {
      ...toConfig('/nowhere'),
      host: '0.0.0.0',
      listMost: 0,
      systems: [{ systemId: 'a b', secret: 's3', codes: [] }],
    };
    await assert.rejects(
      startDocumentAxisMock(wrong as Parameters<typeof startDocumentAxisMock>[0]),
      (error: Error) =>
        /config\.host must be.*systems\[0\]\.systemId must be.*listMost must be/.test(error.message) &&
        !error.message.includes('a b'),
    );
  });

  it('says where it listens and stops with its parent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'axis-mock-'));
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(toConfig(folder)));
    const { child, mock } = await startProcess(file);
    assert.deepEqual(await list(mock, centre), []);
    child.disconnect();
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    await rm(folder, { recursive: true });
  });
});
