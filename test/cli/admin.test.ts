// lgsp admin against a hub: commands from the contract, tables and JSON, exit codes, import of units.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { readOperations } from '../../src/cli/admin/contract-operations.ts';
import { addAdministration } from '../../src/cli/admin/index.ts';
import { toCommands } from '../../src/cli/admin/verbs.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { type AdminCommands, createAdminCommands } from './administration.ts';
import { lgsp } from './command.ts';

describe('The commands of administration', () => {
  it('are made of every operation of the contract, each with a name of its own', () => {
    const operations = readOperations();
    const commands = toCommands(operations);
    const names = commands.map(({ resource, verb }) => `${resource} ${verb}`);
    assert.equal(new Set(names).size, names.length);
    assert.equal(new Set(commands.map(({ operation }) => operation)).size, operations.length);
    for (const name of [
      'units suspend',
      'keys register',
      'tokens revoke',
      'sources off',
      'grants propose',
      'proposals approve',
      'quarantine list',
      'quarantine get',
      'quarantine propose-release',
      'quarantine destroy',
    ])
      assert.ok(names.includes(name), name);
  });

  it('never take a secret or a personal number as an argument', () => {
    for (const [words, option] of [
      [['officers', 'create'], '--personal-number'],
      [['source-credentials', 'propose'], '--secret'],
      [['tokens', 'revoke'], '--token'],
    ] as const) {
      const program = new Command('lgsp');
      addAdministration(program.command('admin'), { show: () => {}, say: () => {} });
      const find = (from: Command, name: string) => from.commands.find((one) => one.name() === name);
      const group = find(find(program, 'admin') ?? program, words[0]);
      const out = (group && find(group, words[1])?.helpInformation()) ?? '';
      assert.ok(out.includes(`${option}-file <file>`), out);
      assert.ok(!out.includes(`${option} <`));
    }
  });

  it('end with 0 for help, 1 for what cannot be done, 2 for what was not given as it must be', async () => {
    const nowhere = ['--hub', 'http://127.0.0.1:1', '--key', '/nonexistent'];
    const cases = [
      ['--help'],
      ['units', 'list'],
      ['units', 'crate'],
      ['units', 'import', 'a.pdf', ...nowhere],
      ['units', 'list', ...nowhere],
      ['units', 'create', '--file', '/nonexistent'],
    ];
    const ended = await Promise.all(cases.map((words) => lgsp(['admin', ...words])));
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 1, 2, 2, 2, 2],
    );
    assert.match(ended[0]?.out ?? '', /Exit codes:/);
    assert.match(ended[3]?.err ?? '', /^lgsp: the file must end in [^\n]+\n$/);
  }).timeout(60_000);
});

describe('lgsp admin against a hub', () => {
  let hub: TestHub;
  let admin: AdminCommands;
  let folder = '';
  const write = (name: string, content: string): string => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  before(async () => {
    hub = await startTestHub('cli-admin');
    admin = createAdminCommands(hub);
    folder = mkdtempSync(join(tmpdir(), 'lgsp-admin-'));
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('creates from options or a file, changes, suspends and resumes, and shows it as text and as JSON', async () => {
    const made = await admin.do([
      'units',
      'create',
      '--id',
      'xa-lenh',
      '--name',
      'Xã Lệnh',
      '--kind',
      'commune',
      '--valid-from',
      '2026-01-01T00:00:00Z',
    ]);
    assert.equal(made.revision, 1);
    const file = write('change.json', JSON.stringify({ revision: 1, contact: 'a@lgsp.example' }));
    const changed = await admin.do(['units', 'change', 'xa-lenh', '--file', file, '--reason', 'thử']);
    assert.deepEqual([changed.contact, changed.revision], ['a@lgsp.example', 2]);
    assert.equal((await admin.do(['units', 'suspend', 'xa-lenh', '--reason', 'thử'])).state, 'suspended');
    assert.equal((await admin.do(['units', 'resume', 'xa-lenh', '--reason', 'thử'])).state, 'active');
    const shown = await admin.run(['units', 'show', 'xa-lenh']);
    assert.match(shown.out, /^name +Xã Lệnh$/m);
    assert.match(shown.err, /^exchange [0-9a-f-]{36}$/m);
    assert.deepEqual(
      await admin.do(['call', 'getUnit', 'xa-lenh']),
      JSON.parse((await admin.run(['units', 'get', 'xa-lenh', '--json'])).out),
    );
  });

  it('lists as an aligned table, filtered, a page or all of them', async () => {
    const words = ['units', 'list', '--sort', 'name', '--kind'];
    const { out, err } = await admin.run([...words, 'ward', '--q', 'phuong', '--limit', '3']);
    const lines = out.trimEnd().split('\n');
    assert.equal(lines.length, 4);
    const place = lines[0]?.indexOf('kind') ?? 0;
    assert.ok(
      lines.slice(1).every((line) => line.slice(place).startsWith('ward')),
      out,
    );
    assert.match(err, /there are more: --all, or --cursor/);
    const all = await admin.do([...words, 'provincial', '--all', '--limit', '20']);
    assert.deepEqual([all.items.length, all.next], [45, null]);
  });

  it('tells a refusal with code, what to do, who must act and the places in error; in JSON the problem itself', async () => {
    const words = ['units', 'change', 'cq-08', '--revision', '99', '--reason', 'thử'];
    const refused = await admin.run(words);
    assert.match(
      refused.error ?? '',
      /^revision-conflict \(409\): .*\(who must act: caller, exchange [0-9a-f-]{36}\)$/,
    );
    const asJson = await admin.run([...words, '--json']);
    assert.equal(JSON.parse(asJson.out).code, 'revision-conflict');
    const valid = ['--kind', 'commune', '--valid-from', '2026-01-01T00:00:00Z'];
    const invalid = await admin.run(['units', 'create', '--id', 'X', '--name', 'Xã', ...valid]);
    assert.match(invalid.error ?? '', /request-invalid[^\n]*\n {2}\/body/);
  });

  it('names what is needed before anything is sent', async () => {
    const { error } = await admin.run(['units', 'create', '--id', 'xa-thieu', '--name', 'Xã']);
    assert.equal(error, 'needed, and not given: --kind, --valid-from; nothing was sent');
    const grant = await admin.run(['grants', 'propose', '--id', 'q-thieu']);
    assert.match(grant.error ?? '', /--system-id, operations \(in --file\), --legal-basis/);
  });

  it('registers a key from PEM or JWK, and never sends a private one', async () => {
    await admin.do(['systems', 'create', '--id', 'khoa-pem', '--name', 'Khóa', '--unit-id', 'cq-00']);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const register = (name: string, content: string | object) =>
      admin.run([
        ...['keys', 'register', 'khoa-pem', '--valid-to', new Date(Date.now() + 9e9).toISOString()],
        ...['--jwk', write(name, typeof content === 'string' ? content : JSON.stringify(content))],
        '--json',
      ]);
    const secrets = [
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      { ...privateKey.export({ format: 'jwk' }) },
    ];
    for (const secret of secrets)
      assert.match(
        (await register('rieng', secret)).error ?? '',
        /holds a private key, .* nothing was sent\. .*: openssl pkey -in key\.pem -pubout/,
      );
    assert.match((await register('sai.pem', '-----BEGIN X-----')).error ?? '', /holds no public key/);
    const made = await register('cong.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString());
    assert.equal(JSON.parse(made.out).jwk.x, publicKey.export({ format: 'jwk' }).x);
    const again = await register('cong.jwk', { ...publicKey.export({ format: 'jwk' }) });
    assert.match(again.error ?? '', /^already-exists /);
  });

  it('shows of a grant whether it holds and until when', async () => {
    const { out } = await admin.run(['grants', 'list', '--of-system', 'mot-cua']);
    assert.match(out.split('\n')[0] ?? '', /^id .* validTo +state$/);
  });

  it('does a change at most once for an idempotency key', async () => {
    const words = [
      'units',
      'create',
      '--id',
      'xa-mot-lan',
      '--name',
      'Xã',
      '--kind',
      'ward',
      '--valid-from',
      '2026-01-01T00:00:00Z',
    ];
    const twice = [...words, '--idempotency-key', 'mot-lan'];
    assert.deepEqual(await admin.do(twice), await admin.do(twice));
    assert.match((await admin.run(words)).error ?? '', /already-exists/);
  });

  it('imports units: shows what each row would do, names rows in error, applies when it is told to', async () => {
    const bad = write(
      'sai.csv',
      'Mã;Tên;Loại;Hiệu lực từ\nxa-tep;Xã Tệp;Xã;1/7/2025\nxa-sai;Xã Sai;huyện;1/7/2025\n',
    );
    const refused = await admin.run(['units', 'import', bad, '--apply', '--reason', 'thử']);
    assert.match(refused.out, /^rows without an error: 1; --all shows them$/m);
    assert.doesNotMatch(refused.out, /xa-tep/);
    assert.match((await admin.run(['units', 'import', bad, '--all'])).out, /^2 +create +xa-tep/m);
    assert.match(refused.out, /^3 +error +xa-sai .*Loại: không có loại “huyện”/m);
    assert.match(refused.error ?? '', /^rows in error: 1; nothing was applied$/);
    const good = write('dung.csv', 'Mã;Tên;Loại;Hiệu lực từ\nxa-tep;Xã Tệp;Xã;1/7/2025\n');
    const shown = await admin.run(['units', 'import', good]);
    assert.match(shown.out, /to create: 1,/);
    assert.match(shown.err, /nothing is applied yet/);
    assert.match((await admin.run(['units', 'get', 'xa-tep'])).error ?? '', /record-not-found/);
    assert.equal((await admin.do(['units', 'import', good, '--apply', '--reason', 'thử'])).state, 'applied');
    assert.equal((await admin.do(['units', 'get', 'xa-tep'])).name, 'Xã Tệp');
  });
});
