// The environment of a hub process: what is refused, all of it in one message, and no default credential outside the
// sandbox.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import { StartError } from '../src/database/start-error.ts';
import { startHub } from '../src/hub.ts';
import { createKeys } from '../src/keys.ts';
import { type FreshDatabase, freshDatabase } from './support/database.ts';

type Env = Readonly<Record<string, string | undefined>>;

describe('The configuration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-config-'));
  after(() => rmSync(folder, { recursive: true }));

  let count = 0;
  /** A settings file that holds `text`. */
  const toFile = (text: string): string => {
    count += 1;
    const file = join(folder, `settings-${count}.json`);
    writeFileSync(file, text);
    return file;
  };
  const production: Env = {
    LGSP_ENVIRONMENT: 'production',
    PUBLIC_URL: 'https://lgsp.example.vn',
    DATABASE_URL: 'postgresql://hub:x7-long-random@db.example.vn/lgsp',
    DATABASE_OWNER_URL: 'postgresql://owner:y8-long-random@db.example.vn/lgsp',
    KEY_DIR: join(folder, 'keys'),
    BLOB_DIR: join(folder, 'blobs'),
    LOG_ORIGIN: 'lgsp.example.vn',
    SETTINGS_FILE: toFile('{"sources":{},"limits":{}}'),
  };
  const mistakesOf = (env: Env): readonly string[] => {
    try {
      readConfig(env);
      return [];
    } catch (error) {
      assert.ok(error instanceof StartError);
      return error.message.split(/; (?=[A-Z_]{4,} |a database)/);
    }
  };

  it('needs nothing in the sandbox, which listens on loopback and keeps everything in one folder', () => {
    const config = readConfig({ VAR_DIR: folder });
    const { environment, host, port, publicUrl, database, keyFolder, blobFolder, logFolder } = config;
    assert.deepEqual(
      [environment, host, port, publicUrl],
      ['sandbox', '127.0.0.1', 8080, 'http://127.0.0.1:8080'],
    );
    assert.equal(database, undefined);
    assert.deepEqual(
      [keyFolder, blobFolder, logFolder],
      [join(folder, 'sandbox', 'keys'), join(folder, 'sandbox', 'blobs'), join(folder, 'log')],
    );
  });

  it('takes a variable set to nothing as not set', () => {
    const { host, port } = readConfig({ LISTEN_HOST: '', PORT: '', DATABASE_URL: '', SETTINGS_FILE: '' });
    assert.deepEqual([host, port], ['127.0.0.1', 8080]);
    assert.match(mistakesOf({ ...production, KEY_DIR: '' }).join(), /^KEY_DIR is missing/);
  });

  it('is taken in production when everything is said; the environment is part of the log', () => {
    const { publicUrl, logOrigin, logFolder, settings, anchorFile } = readConfig(production);
    assert.deepEqual([publicUrl, logOrigin], ['https://lgsp.example.vn', 'lgsp.example.vn/production']);
    const nothing = { sources: {}, limits: {}, callers: {}, witnesses: [] };
    assert.deepEqual([logFolder, anchorFile, settings], [undefined, undefined, nothing]);
    assert.deepEqual(
      readConfig({ ...production, LGSP_ENVIRONMENT: 'test' }).logOrigin,
      'lgsp.example.vn/test',
    );
  });

  it('trusts no proxy unless it is told to', () => {
    const { trustedProxies, certificateHeader } = readConfig(production);
    assert.deepEqual([trustedProxies, certificateHeader], [[], 'client-cert']);
    const told = readConfig({
      ...production,
      TRUSTED_PROXIES: '10.0.0.1, 2001:db8::/64',
      CLIENT_CERT_HEADER: 'X-Certificate',
    });
    assert.deepEqual(
      [told.trustedProxies, told.certificateHeader],
      [['10.0.0.1', '2001:db8::/64'], 'x-certificate'],
    );
  });

  const refusals: readonly (readonly [string, Env, RegExp])[] = [
    ['an unknown environment', { LGSP_ENVIRONMENT: 'prod' }, /^LGSP_ENVIRONMENT must be .*"prod"/],
    ...['0', '65536', '80a', '-1', '1e3', ' 80'].map(
      (PORT) =>
        [`the port ${JSON.stringify(PORT)}`, { PORT }, /^PORT must be a number from 1 to 65535/] as const,
    ),
    [
      'a witness without a key of its own',
      { SETTINGS_FILE: toFile('{"witnesses":[{"name":"w","url":"https://w.example.vn","key":"x"}]}') },
      /^SETTINGS_FILE › witnesses\[0\]\.key: not a verifier key/,
    ],
    ['no public address', { PUBLIC_URL: undefined }, /^PUBLIC_URL is missing/],
    ...[
      'http://lgsp.example.vn',
      'https://lgsp.example.vn/hub',
      'https://lgsp.example.vn/?a=1',
      'https://lgsp.example.vn/#a',
      'https://a@lgsp.example.vn',
      'https://:a@lgsp.example.vn',
      'https://LGSP.example.vn',
      'https://lgsp.example.vn:443',
      'ftp://lgsp.example.vn',
      'lgsp.example.vn',
    ].map(
      (PUBLIC_URL) =>
        [
          `the public address ${JSON.stringify(PUBLIC_URL)}`,
          { PUBLIC_URL },
          /^PUBLIC_URL must be scheme and host/,
        ] as const,
    ),
    ['no settings', { SETTINGS_FILE: undefined }, /^SETTINGS_FILE is missing/],
    [
      'settings that are not there',
      { SETTINGS_FILE: join(folder, 'none') },
      /^SETTINGS_FILE cannot be read: .*ENOENT/,
    ],
    [
      'a source over http',
      { SETTINGS_FILE: toFile('{"sources":{"population":{"url":"http://source.invalid/"}}}') },
      /^SETTINGS_FILE holds an http address/,
    ],
    [
      'settings that are no JSON',
      { SETTINGS_FILE: toFile('{') },
      /^SETTINGS_FILE cannot be read: it is no JSON$/,
    ],
    ...['[]', 'null', '{"source":{}}', '{"sources":[]}', '{"sources":{},"limits":1}', '{"callers":[]}'].map(
      (text) =>
        [
          `the settings ${text}`,
          { SETTINGS_FILE: toFile(text) },
          /^SETTINGS_FILE must hold one JSON object/,
        ] as const,
    ),
    [
      'a secret of the sandbox in the settings',
      { SETTINGS_FILE: toFile('{"sources":{"population":{"route":{"secret":"test-secret"}}}}') },
      /^SETTINGS_FILE holds a credential of the sandbox/,
    ],
    ...['proxy.example.vn', '10.0.0.0/33', '10.0.0/8', '2001:db8::/129'].map(
      (TRUSTED_PROXIES) =>
        [
          `the proxy ${TRUSTED_PROXIES}`,
          { TRUSTED_PROXIES },
          /^TRUSTED_PROXIES must list addresses/,
        ] as const,
    ),
    [
      'every address as a proxy',
      { TRUSTED_PROXIES: '10.0.0.1, 0.0.0.0/0' },
      /^TRUSTED_PROXIES must not trust every address/,
    ],
    ['a header that cannot be one', { CLIENT_CERT_HEADER: 'client cert' }, /^CLIENT_CERT_HEADER must be/],
    ['no folder of keys', { KEY_DIR: undefined }, /^KEY_DIR is missing/],
    ['no folder of blobs', { BLOB_DIR: undefined }, /^BLOB_DIR is missing/],
    ['no name of the log', { LOG_ORIGIN: undefined }, /^LOG_ORIGIN is missing/],
    [
      'half a database',
      { DATABASE_OWNER_URL: undefined },
      /^DATABASE_URL and DATABASE_OWNER_URL go together/,
    ],
    [
      'a database without the owner and one of its roles',
      {
        DATABASE_OWNER_URL: undefined,
        DATABASE_SEQUENCER_URL: 'postgresql://sequencer:x7-long-random@db.example.vn/lgsp',
        DATABASE_REGISTRY_URL: 'postgresql://registry:x7-long-random@db.example.vn/lgsp',
      },
      /each role needs its own: DATABASE_RETENTION_URL\)$/,
    ],
    [
      'a role of no database',
      {
        DATABASE_URL: undefined,
        DATABASE_OWNER_URL: undefined,
        DATABASE_SEQUENCER_URL: 'postgresql://sequencer:x7-long-random@db.example.vn/lgsp',
      },
      /^DATABASE_URL is missing/,
    ],
    [
      'no database',
      { DATABASE_URL: undefined, DATABASE_OWNER_URL: undefined },
      /^DATABASE_URL and DATABASE_OWNER_URL are missing/,
    ],
    ...['postgres', 'password', 'test-secret'].map(
      (word) =>
        [
          `the database password ${word}`,
          { DATABASE_URL: `postgresql://hub:${word}@db.example.vn/lgsp` },
          /^a database address holds a default password/,
        ] as const,
    ),
  ];
  for (const [title, env, mistake] of refusals)
    it(`refuses ${title}`, () => {
      const mistakes = mistakesOf({ ...production, ...env });
      assert.equal(mistakes.length, 1, mistakes.join('; '));
      assert.match(mistakes[0] ?? '', mistake);
    });

  it('takes a role of its own for each work in place of the owner', () => {
    const role = (name: string): string => `postgresql://${name}:x7-long-random@db.example.vn/lgsp`;
    const own = {
      DATABASE_SEQUENCER_URL: role('sequencer'),
      DATABASE_RETENTION_URL: role('retention'),
      DATABASE_REGISTRY_URL: role('registry'),
    };
    const { database } = readConfig({ ...production, ...own, DATABASE_OWNER_URL: undefined });
    assert.deepEqual(
      [database?.ownerUrl, database?.sequencerUrl, database?.retentionUrl],
      [undefined, role('sequencer'), role('retention')],
    );
  });

  it('refuses a sandbox that listens to others', () => {
    for (const LISTEN_HOST of ['0.0.0.0', '::', '192.0.2.1'])
      assert.match(mistakesOf({ LISTEN_HOST }).join(), /LISTEN_HOST must be a loopback address/);
    for (const LISTEN_HOST of ['::1', 'localhost']) assert.deepEqual(mistakesOf({ LISTEN_HOST }), []);
  });

  it('is refused with every mistake in one message, and no secret in it', () => {
    const mistakes = mistakesOf({
      LGSP_ENVIRONMENT: 'production',
      PORT: 'x',
      DATABASE_URL: 'postgresql://hub:password@db.example.vn/lgsp',
      SETTINGS_FILE: toFile('{"sources":"test-secret"}'),
    });
    const names = [
      'KEY_DIR',
      'BLOB_DIR',
      'LOG_ORIGIN',
      'PORT',
      'PUBLIC_URL',
      'SETTINGS_FILE',
      'DATABASE_OWNER_URL',
    ];
    for (const name of names)
      assert.ok(
        mistakes.some((mistake) => mistake.includes(name)),
        name,
      );
    assert.equal(mistakes.length, 9, mistakes.join('; '));
    assert.doesNotMatch(mistakes.join(), /test-secret|:password@/);
  });

  describe('of a hub outside the sandbox', () => {
    let database: FreshDatabase;
    before(async () => {
      database = await freshDatabase('sandbox');
    });
    after(() => database.drop());

    const start = (keyFolder: string): Promise<unknown> => {
      const env = {
        ...production,
        LGSP_ENVIRONMENT: 'test',
        LOG_DIR: join(folder, 'log'),
        KEY_DIR: keyFolder,
      };
      return startHub(readConfig(env), database);
    };

    it('is refused with keys of the sandbox, or without keys, in one sentence', async () => {
      createKeys(join(folder, 'sandbox-keys'), 'sandbox');
      const isSentence = (reason: RegExp) => (error: unknown) =>
        error instanceof StartError && reason.test(error.message);
      await assert.rejects(start(join(folder, 'sandbox-keys')), isSentence(/a key of another environment/));
      await assert.rejects(start(join(folder, 'none')), isSentence(/^no key .*make the keys with/));
    });

    it('is refused with a database of the sandbox', async () => {
      createKeys(join(folder, 'test-keys'), 'test');
      await assert.rejects(start(join(folder, 'test-keys')), /belongs to the environment sandbox/);
    });
  });
});
