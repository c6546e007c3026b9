// The command against a running hub that is not the sandbox: tokens, headers, receipts.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { caseHeaders, citizen, lookUp } from '../support/calls.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { lgsp } from './command.ts';

describe('lgsp against a hub', () => {
  let hub: TestHub;
  let folder = '';
  const who = (system = 'mot-cua'): string[] => {
    const key = hub.province.systems.find(({ clientId }) => clientId === system)?.privateKeyFile ?? '';
    return ['--hub', hub.url, '--system', system, '--key', key];
  };
  before(async () => {
    hub = await startTestHub('cli');
    folder = mkdtempSync(join(tmpdir(), 'lgsp-cli-'));
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('token prints a token of the system for one acting unit', async () => {
    const { code, out } = await lgsp(['token', ...who(), '--unit', 'cq-01']);
    const { client_id, scope } = decodeJwt(out.trim());
    assert.deepEqual({ code, client_id, scope }, { code: 0, client_id: 'mot-cua', scope: 'unit:cq-01' });
  });

  it('token binds to a key that it makes, readable by this account only', async () => {
    const file = join(folder, 'dpop.pem');
    const { out } = await lgsp(['token', ...who('kiem-toan'), '--unit', 'cq-14', '--dpop-key', file]);
    assert.ok(decodeJwt(out.trim())['cnf']);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('headers prints what one call needs, on two lines or in a file', async () => {
    const url = `${hub.url}/population/v1/citizen-lookups`;
    const file = join(folder, 'headers.txt');
    const words = ['headers', 'post', url, ...who(), '--unit', 'cq-00'];
    const [printed, written] = await Promise.all([lgsp(words), lgsp([...words, '--file', file])]);
    assert.equal(written.out, `${file}\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    for (const text of [printed.out, readFileSync(file, 'utf8')]) {
      const lines = text.trim().split('\n');
      const headers = lines.map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 1).trim(),
      ]);
      const answer = await fetch(url, {
        method: 'POST',
        headers: [...headers, ...Object.entries(caseHeaders), ['content-type', 'application/json']],
        body: JSON.stringify(citizen),
      });
      assert.equal(answer.status, 200);
      await answer.arrayBuffer();
    }
  });

  it('receipt fetches by id or by a file of headers, verifies and saves; verify needs neither hub nor files', async () => {
    const { exchangeId } = await hub.call(lookUp());
    const headers = join(folder, 'answer.txt');
    writeFileSync(headers, `HTTP/1.1 200 OK\r\nExchange-Id: ${exchangeId}\r\n\r\n`);
    const saved = join(folder, 'receipt.json');
    const key = ['--log-key', hub.logKey];
    const fetched = await Promise.all(
      [[exchangeId], [headers, '--out', saved]].map((words) =>
        lgsp(['receipt', ...words, ...who(), '--unit', 'cq-00', ...key]),
      ),
    );
    for (const { code, out } of fetched) {
      assert.equal(code, 0);
      assert.ok(out.includes(`closed, exchange ${exchangeId}\n`));
      assert.match(out, /\nVALID\n/);
    }
    const verified = await lgsp(['verify', saved, ...key]);
    assert.deepEqual([verified.code, verified.out.trim().split('\n').at(-1)], [0, 'VALID']);
  });

  it('receipt of another unit’s exchange is refused in one sentence with the problem code', async () => {
    const { exchangeId } = await hub.call(lookUp());
    const words = ['receipt', exchangeId, ...who(), '--unit', 'cq-01', '--log-key', hub.logKey];
    const { code, err } = await lgsp(words);
    assert.equal(code, 1);
    assert.match(err, /^lgsp: no receipt, status 404, [a-z-]+: [^\n]+\n$/);
  });

  it('explain says in lines or as JSON why an exchange failed and who must act', async () => {
    const { exchangeId } = await hub.call(lookUp({ headers: { purpose: 'to-mo' } }));
    const words = ['explain', exchangeId, ...who(), '--unit', 'cq-00'];
    const [lines, json] = await Promise.all([lgsp(words), lgsp([...words, '--json'])]);
    assert.deepEqual([lines.code, json.code], [0, 0]);
    for (const part of [
      '403 purpose-not-granted',
      'authorise',
      'the calling system or unit',
      'nothing was sent',
    ])
      assert.ok(lines.out.includes(part), part);
    const { problem, responsible } = JSON.parse(json.out);
    assert.deepEqual([problem, responsible], ['purpose-not-granted', 'caller']);
  });
});
