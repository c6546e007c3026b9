// What lgsp says when it cannot do what it was asked: one sentence, exit code 1; and what its help names.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/sandbox-hub.ts';
import { lgsp } from './command.ts';

describe('lgsp', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lgsp-refusals-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('names commands, exit codes and environment in its help', async () => {
    const { code, out } = await lgsp(['--help']);
    assert.equal(code, 0);
    for (const word of ['token', 'headers', 'receipt', 'explain', 'verify', 'keys', 'Exit codes:', 'VAR_DIR'])
      assert.ok(out.includes(word), word);
  });

  it('says in one sentence what is missing', async () => {
    const keyFile = join(folder, 'no-key.pem');
    writeFileSync(keyFile, 'test-secret');
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [
        ['token'],
        /sandbox\.json cannot be read; start the sandbox with npm start, or name its folder in VAR_DIR/,
      ],
      [['token', '--hub', 'http://127.0.0.1:1'], /--hub needs --key/],
      [['token', '--hub', 'nowhere'], /--hub must be an address/],
      [['token', '--hub', 'http://127.0.0.1:1', '--key', keyFile], /no-key\.pem holds no private key/],
      [['receipt', 'none', '--hub', 'http://127.0.0.1:1'], /--hub needs --log-key/],
      [['verify', keyFile, '--log-key', 'x'], /--log-key must be a verifier key/],
    ];
    const ended = await Promise.all(cases.map(([words]) => lgsp(words)));
    for (const [at, { code, err }] of ended.entries()) {
      assert.equal(code, 1);
      assert.match(err, /^lgsp: [^\n]+\n$/);
      assert.match(err.trim(), cases[at]?.[1] ?? /$^/);
    }
  });

  it('keys create makes keys that only this account may read, keeps those there, refuses another environment', async () => {
    const keys = join(folder, 'keys');
    const create = (environment: string) =>
      lgsp(['keys', 'create', '--folder', keys, '--environment', environment]);
    const file = join(keys, 'log.json');
    assert.equal((await create('test')).code, 0);
    const made = statSync(file);
    assert.equal(made.mode & 0o777, 0o600);
    const [again, other, unknown] = await Promise.all([create('test'), create('production'), create('x')]);
    assert.equal(again.code, 0);
    assert.equal(statSync(file).mtimeMs, made.mtimeMs);
    assert.match(other.err, /^lgsp: .*is a key of another environment.*\n$/);
    assert.match(unknown.err, /^lgsp: --environment must be sandbox, test or production, not x\n$/);
  });

  it('says that the hub cannot be reached', async () => {
    const key = join(folder, 'client.pem');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const { code, err } = await lgsp([
      'token',
      '--hub',
      `http://127.0.0.1:${await freePort()}`,
      '--key',
      key,
    ]);
    assert.equal(code, 1);
    assert.match(err, /^lgsp: the token endpoint \S+ cannot be reached; is the hub running\?[^\n]*\n$/);
  });
});
