// Exports over HTTP, as an auditor and a unit meet them: asked for, made, downloaded in parts, verified offline, deleted.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { verifyFolder } from '../../../src/cli/verify-folder.ts';
import { exportFiles } from '../../../src/evidence/export-format.ts';
import { until, untilSigned } from '../../evidence/support.ts';
import { lookUp } from '../../support/calls.ts';
import { makeSystem } from '../../support/made-system.ts';
import { createClient, startTestHub, type TestAnswer, type TestHub } from '../../support/sandbox-hub.ts';

const operations = ['createExport', 'listExports', 'getExport', 'getExportFile', 'deleteExport'];

describe('Exports of the log', () => {
  let hub: TestHub;
  let client: ReturnType<typeof createClient>;
  let folder = '';
  let key = 0;
  const auditor = 'kiem-toan';
  const unitSystem = 'xuat-don-vi';
  const otherSystem = 'xuat-he-khac';
  let unit = '';
  before(async () => {
    hub = await startTestHub('exports');
    folder = mkdtempSync(join(tmpdir(), 'lgsp-exports-'));
    for (let calls = 0; calls < 5; calls += 1) await hub.call(lookUp());
    unit = hub.province.systems.find(({ clientId }) => clientId === 'mot-cua')?.actingUnits[0] ?? '';
    const rights = operations.map((id) => `evidence.v1/${id}`);
    const made = [];
    for (const id of [unitSystem, otherSystem])
      made.push(await makeSystem(hub, { id, unitId: unit, mandate: rights, grant: rights, reach: 'unit' }));
    client = createClient(hub.url, { ...hub.province, systems: [...hub.province.systems, ...made] });
    // Not only look-ups are in the log.
    assert.equal((await ask(auditor, '')).status, 200);
    await untilSigned(hub.owner);
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const headersOf = (system: string) => {
    const acting = hub.province.systems.find(({ clientId }) => clientId === system)?.actingUnits[0] ?? unit;
    const officer = hub.province.officers.find((one) => one.unitId === acting && one.case === 'ordinary')?.id;
    return { officer, purpose: 'kiem-tra' };
  };
  const ask = (system: string, path: string, method = 'GET', more = {}): Promise<TestAnswer> =>
    client.call({
      ...{ system, method, path: `/evidence/v1/exports${path}` },
      headers: { ...headersOf(system), ...more },
    });
  const create = (system: string, body: Record<string, unknown>, idempotency = `k-${key++}`) =>
    client.call({
      ...{ system, method: 'POST', path: '/evidence/v1/exports' },
      headers: { ...headersOf(system), 'idempotency-key': idempotency },
      body: { format: 'ndjson', reason: 'kiểm tra định kỳ', fileNumber: 'VV-01/2026', ...body },
    });
  const waitFor = async (system: string, id: string) => {
    await until(async () => (await ask(system, `/${id}`)).body.state === 'done');
    return (await ask(system, `/${id}`)).body;
  };
  const download = async (system: string, id: string, file: string, more = {}): Promise<Response> => {
    const { token, key: dpopKey } = await client.token({ system });
    const path = `/evidence/v1/exports/${id}/files/${file}`;
    const { makeProof } = await import('../../../src/cli/proof.ts');
    const dpop = await makeProof({
      key: dpopKey,
      method: 'GET',
      url: `${hub.url}${path}`,
      accessToken: token,
    });
    const { officer = '', purpose } = headersOf(system);
    return fetch(`${hub.url}${path}`, {
      headers: { authorization: `DPoP ${token}`, dpop, officer, purpose, ...more },
    });
  };
  /** Makes an export, downloads it and verifies it. */
  async function obtain(system: string, body: Record<string, unknown>) {
    const { status, body: made } = await create(system, body);
    assert.equal(status, 202, JSON.stringify(made));
    const done = await waitFor(system, made.exportId);
    const place = mkdtempSync(join(folder, 'export-'));
    for (const { name } of done.files)
      writeFileSync(
        join(place, name),
        Buffer.from(await (await download(system, done.exportId, name)).arrayBuffer()),
      );
    const verdict = await verifyFolder(place, { logKey: hub.logKey, deep: true });
    return { done, place, verdict };
  }
  const linesOf = async (system: string, id: string): Promise<Record<string, Record<string, unknown>>[]> =>
    (await (await download(system, id, exportFiles.ndjson)).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('8.3: gives the auditor an archive that verifies offline, with what the leaves sealed', async () => {
    const { done, verdict } = await obtain(auditor, {});
    assert.equal(done.leavesDone, done.leaves);
    assert.equal(done.entries, done.leaves);
    assert.ok(verdict.checked.includes('nothing is left out: it is the whole log up to the checkpoint'));
    assert.ok(verdict.checked.some((line) => line.startsWith(`${done.leaves} sealed parts are those`)));
  });

  it('shows what the filters ask for, covers the rest with hashes, and it verifies', async () => {
    const { done, verdict } = await obtain(auditor, { operation: 'lookUpCitizen', actingUnit: unit });
    assert.ok(done.entries >= 10 && done.entries < done.leaves, JSON.stringify(done));
    assert.match(verdict.checked.join('\n'), /covered by hashes; together they make the root/);
    const lines = await linesOf(auditor, done.exportId);
    assert.ok(lines.every(({ leaf }) => leaf?.['operation'] === 'lookUpCitizen'));
    const none = await obtain(auditor, { to: '2020-01-01T00:00:00.000Z' });
    assert.equal(none.done.entries, 0);
    const problems = await obtain(auditor, { problem: 'grant-missing', from: '2020-01-01T00:00:00.000Z' });
    assert.equal(problems.done.entries, 0);
  });

  it('gives a unit its own entries only, sealed parts of others of its systems withheld', async () => {
    const { done, verdict } = await obtain(unitSystem, {});
    const lines = await linesOf(unitSystem, done.exportId);
    assert.ok(lines.length >= 10);
    assert.ok(lines.every(({ leaf }) => leaf?.['actingUnit'] === unit));
    for (const { leaf, private: sealed } of lines)
      assert.equal(typeof sealed === 'object', leaf?.['system'] === unitSystem);
    assert.match(verdict.notChecked.join('\n'), /sealed parts are withheld and were not checked/);
  });

  it('hides the exports of the province and of other systems from a unit', async () => {
    const [ofAuditor, ofOther] = [await create(auditor, {}), await create(otherSystem, {})];
    for (const { body } of [ofAuditor, ofOther])
      for (const [path, method] of [
        ['', 'GET'],
        ['/files/manifest.json', 'GET'],
        ['', 'DELETE'],
      ])
        assert.equal(
          (await ask(unitSystem, `/${body.exportId}${path}`, method)).body.code,
          'export-not-found',
        );
    const seen: { exportId: string }[] = (await ask(unitSystem, '')).body.items;
    assert.ok(seen.every(({ exportId }) => exportId !== ofAuditor.body.exportId));
    const all: { exportId: string }[] = (await ask(auditor, '?limit=200')).body.items;
    assert.ok(all.some(({ exportId }) => exportId === ofOther.body.exportId));
  });

  it('opens as CSV: a BOM, quoting as RFC 4180 has it, and the exact texts that verify', async () => {
    const { done, verdict } = await obtain(auditor, { format: 'csv', system: 'mot-cua' });
    const bytes = Buffer.from(await (await download(auditor, done.exportId, exportFiles.csv)).arrayBuffer());
    assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    const records: Record<string, string>[] = parse(bytes, {
      columns: true,
      bom: true,
      record_delimiter: '\r\n',
    });
    assert.equal(records.length, done.entries);
    const [first] = records;
    assert.equal(JSON.parse(first?.['leaf'] ?? '').exchange, first?.['exchange']);
    assert.equal(JSON.parse(first?.['private'] ?? '').officer, first?.['officer']);
    assert.match(verdict.checked.join('\n'), /make the root of the checkpoint/);
  });

  it('gives a range of a file, across its parts, and says so when a file is known already', async () => {
    const { done } = await obtain(auditor, {});
    const whole = Buffer.from(
      await (await download(auditor, done.exportId, exportFiles.ndjson)).arrayBuffer(),
    );
    const part = await download(auditor, done.exportId, exportFiles.ndjson, { range: 'bytes=100-2099' });
    assert.deepEqual(
      [part.status, part.headers.get('content-range')],
      [206, `bytes 100-2099/${whole.length}`],
    );
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(100, 2100)));
    const etag = part.headers.get('etag') ?? '';
    const known = await download(auditor, done.exportId, exportFiles.ndjson, { 'if-none-match': etag });
    assert.equal(known.status, 304);
    const beyond = await download(auditor, done.exportId, exportFiles.ndjson, { range: 'bytes=999999999-' });
    assert.equal(beyond.status, 416);
  });

  it('makes one export of one idempotency key', async () => {
    const [one, again] = [await create(auditor, {}, 'same'), await create(auditor, {}, 'same')];
    assert.equal(one.body.exportId, again.body.exportId);
    assert.equal((await create(auditor, { format: 'csv' }, 'same')).status, 409);
  });

  it('asks for reason and file number, not for blanks, and for a period that holds something', async () => {
    const from = '2026-02-01T00:00:00.000Z';
    const blanks = [{ fileNumber: '' }, { fileNumber: ' ' }, { reason: '   ' }, { reason: 'a\nb' }];
    for (const body of [{ reason: undefined }, { fileNumber: undefined }, ...blanks, { from, to: from }])
      assert.equal((await create(auditor, body)).body.code, 'request-invalid', JSON.stringify(body));
  });

  it('seals reason, file number and conditions in the entries: they outlive the export', async () => {
    const why = { reason: 'theo quyết định', fileNumber: '15/QĐ' };
    const { exchangeId } = await create(auditor, { ...why, service: 'population.v1' });
    const [opened, closed] = await hub.entries(exchangeId);
    assert.match(String(closed?.sealed['result']), /^export of \d+ leaves service=population\.v1$/);
    assert.deepEqual([opened?.sealed['reason'], opened?.sealed['fileNumber']], ['theo quyết định', '15/QĐ']);
  });

  it('deletes an export with what it holds', async () => {
    const { done } = await obtain(auditor, {});
    assert.equal((await ask(auditor, `/${done.exportId}`, 'DELETE')).status, 204);
    assert.equal((await ask(auditor, `/${done.exportId}`)).body.code, 'export-not-found');
    const { rows } = await hub.owner.query('SELECT FROM log_export_part WHERE export_id = $1', [
      done.exportId,
    ]);
    assert.equal(rows.length, 0);
  });
});
