// The gateways, each alone on core 0 while it is measured: our hub, and peers that do less.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { rootFolder } from '../src/root.ts';
import { freePort, type Ground } from './ground.ts';
import { awaitReady, startChild } from './processes.ts';

/** A gateway that listens. */
export interface Gateway {
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** What every request of its rows carries. */
  readonly headers: Readonly<Record<string, string>>;
}

const benchFolder = join(rootFolder, 'bench');

async function startNode(
  name: string,
  program: string,
  environment: Readonly<Record<string, string>>,
  { headers = {}, flags = [] }: { headers?: Gateway['headers']; flags?: readonly string[] } = {},
): Promise<Gateway> {
  const port = await freePort();
  const child = startChild({
    core: 0,
    command: [process.execPath, ...flags, program],
    environment: { PORT: String(port), ...environment },
  });
  await awaitReady(child, name);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, child, headers };
}

/** What `npm start` gives Node; the peers get the same. */
function readStartFlags(checkout: string): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  return String(scripts.start)
    .split(' ')
    .filter((word) => word.startsWith('--'));
}

/** The hub as built, with its log in a file. @param checkout default: this one */
export async function startHubGateway(ground: Ground, checkout = rootFolder): Promise<Gateway> {
  const port = await freePort();
  const settingsFile = join(ground.folder, 'settings.json');
  const limits = { officerPersons: 1e9, unitPersons: 1e9, officerMisses: 1e9, unitMisses: 1e9 };
  const hasPortal = existsSync(join(checkout, 'openapi', 'portal.v1.yaml'));
  const sources = { population: ground.population, ...(hasPortal && { portal: ground.portal }) };
  const settings = { sources, limits: { 'population.v1': limits } };
  writeFileSync(settingsFile, JSON.stringify(settings));
  const environment = {
    LGSP_ENVIRONMENT: 'sandbox',
    PORT: String(port),
    DATABASE_URL: ground.database.hubUrl,
    DATABASE_OWNER_URL: ground.database.ownerUrl,
    KEY_DIR: ground.keyFolder,
    BLOB_DIR: join(ground.folder, 'blobs'),
    LOG_DIR: join(ground.folder, 'log'),
    SETTINGS_FILE: settingsFile,
    SOURCE_URL: ground.sourceUrl,
  };
  const program = join(checkout, 'dist', 'bench', 'hub-process.js');
  const gateway = await startNode('the hub', program, environment, { flags: readStartFlags(checkout) });
  return { ...gateway, url: `http://127.0.0.1:${port}` };
}

/** A peer of `bench/peers` that needs to know the source only. */
export const startPeer = (name: string, ground: Ground): Promise<Gateway> =>
  startNode(
    name,
    join(benchFolder, 'peers', `${name}.mjs`),
    { SOURCE_URL: ground.sourceUrl },
    { flags: readStartFlags(rootFolder) },
  );

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** express-gateway knows RS256 and HS256 only; the token lives as long as the bench. */
function makeJwt(folder: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'jwt.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  const signed = `${encode({ typ: 'JWT', alg: 'RS256' })}.${encode({ sub: 'bench', exp: 4_000_000_000 })}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function writeExpressGateway(folder: string, port: number, sourceUrl: string): void {
  const jwt = {
    secretOrPublicKeyFile: join(folder, 'jwt.pem'),
    algorithms: ['RS256'],
    checkCredentialExistence: false,
  };
  const gateway = {
    http: { port, hostname: '127.0.0.1' },
    apiEndpoints: { bench: { host: '*' } },
    serviceEndpoints: { source: { url: sourceUrl } },
    policies: ['jwt', 'proxy'],
    pipelines: {
      bench: {
        apiEndpoints: ['bench'],
        policies: [{ jwt: [{ action: jwt }] }, { proxy: [{ action: { serviceEndpoint: 'source' } }] }],
      },
    },
  };
  const system = {
    db: { redis: { emulate: true, namespace: 'EG' } },
    crypto: { cipherKey: 'bench', algorithm: 'aes256', saltRounds: 10 },
    session: { secret: 'bench', resave: false, saveUninitialized: false },
    accessTokens: { timeToExpiry: 7_200_000 },
    refreshTokens: { timeToExpiry: 7_200_000 },
    authorizationCodes: { timeToExpiry: 300_000 },
  };
  writeFileSync(join(folder, 'gateway.config.yml'), JSON.stringify(gateway));
  writeFileSync(join(folder, 'system.config.yml'), JSON.stringify(system));
  mkdirSync(join(folder, 'models'));
  for (const model of ['users', 'applications', 'credentials'])
    writeFileSync(
      join(folder, 'models', `${model}.json`),
      JSON.stringify({
        $id: `http://express-gateway.io/models/${model}.json`,
        type: 'object',
        properties: {},
      }),
    );
}

/** express-gateway with its jwt policy. */
export async function startExpressGateway(ground: Ground): Promise<Gateway> {
  const folder = join(ground.folder, 'express-gateway');
  mkdirSync(folder);
  const authorization = `Bearer ${makeJwt(folder)}`;
  const port = await freePort();
  writeExpressGateway(folder, port, ground.sourceUrl);
  const name = 'express-gateway-jwt';
  const environment = { CONFIG_FOLDER: folder, LOG_LEVEL: 'error', PORT: String(port) };
  const program = join(benchFolder, 'peers', `${name}.mjs`);
  const flags = readStartFlags(rootFolder);
  const gateway = await startNode(name, program, environment, { headers: { authorization }, flags });
  return { ...gateway, url: `http://127.0.0.1:${port}` };
}

/** Whether nginx is installed. */
export const hasNginx = spawnSync('nginx', ['-v'], { stdio: 'ignore' }).error === undefined;

/** nginx with one worker, which buffers bodies in memory. */
export async function startNginx(ground: Ground): Promise<Gateway> {
  const folder = join(ground.folder, 'nginx');
  mkdirSync(folder);
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${isRoot ? 'user root;' : ''}
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; client_max_body_size 1m; client_body_buffer_size 256k; keepalive_requests 100000000;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  upstream source { server ${new URL(ground.sourceUrl).host}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://source; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffers 8 64k; proxy_buffer_size 64k;
    }
  }
}
`,
  );
  const child = startChild({ core: 0, command: ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')] });
  child.stdout?.resume();
  const pidFile = join(folder, 'nginx.pid');
  for (let tries = 0; tries < 200 && !existsSync(pidFile); tries += 1) await pause(25);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, child, headers: {} };
}
