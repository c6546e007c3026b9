// Looks a citizen up through the LGSP hub and verifies the receipt offline. Needs Node 20 and the package jose.
// Usage: npx tsx look-up.ts [sandbox.json]    (default: $SANDBOX_FILE, then var/sandbox/sandbox.json)
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  verify,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { exportJWK, type JWK, SignJWT } from 'jose';

const officer = 'cb-0001';
const purpose = 'giai-quyet-tthc';
const caseCode = 'H99.10-251123-0001';
const question = {
  personalNumber: '999190000002',
  fullName: 'Nguyễn Thị Thử Nghiệm',
  birthDate: '1990-02-15',
};

interface Sandbox {
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly logKey: string;
  readonly systems: readonly [
    { readonly clientId: string; readonly privateKeyFile: string; readonly actingUnits: readonly [string] },
  ];
}

/** A problem of the hub (RFC 9457); `action` says who must do what. */
interface Problem {
  readonly code: string;
  readonly responsible: string;
  readonly exchangeId?: string;
  readonly vi: { readonly title: string; readonly action: string };
  readonly en: { readonly title: string; readonly action: string };
}

interface Token {
  readonly access_token: string;
  readonly expires_in: number;
}

interface Receipt {
  readonly entry: string;
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly inclusionProof: readonly string[];
  readonly checkpoint: string;
  readonly private: { readonly salt: string; readonly text: string };
}

/** A failure in one sentence, with lines that explain it. */
class Failure extends Error {
  readonly lines: readonly string[];
  constructor(message: string, lines: readonly string[] = []) {
    super(message);
    this.lines = lines;
  }
}

const step = (name: string, text: string): void => console.log(`${name.padEnd(10)} ${text}`);
const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

// --- Calls ---

async function call(url: string, init: RequestInit): Promise<Response> {
  const options: RequestInit = { ...init, redirect: 'error', signal: AbortSignal.timeout(20_000) };
  const response = await fetch(url, options).catch((cause: unknown) => {
    throw new Failure(`the hub cannot be reached at ${url}: ${cause}`);
  });
  if (response.ok) return response;
  throw toFailure(response.status, await response.text());
}

/** Of a problem of the hub, or of an error of the token endpoint (RFC 6749 §5.2). */
function toFailure(status: number, text: string): Failure {
  try {
    const body: Problem & { error?: string; error_description?: string } = JSON.parse(text);
    if (body.error !== undefined) return new Failure(`${status} ${body.error}: ${body.error_description}`);
    return new Failure(`${status} ${body.code}`, [
      `responsible ${body.responsible}`,
      `exchange    ${body.exchangeId ?? '-'}`,
      `vi          ${body.vi.action}`,
      `en          ${body.en.action}`,
    ]);
  } catch {
    return new Failure(`${status}, and the answer is no problem document`);
  }
}

// --- Keys and proofs ---

/** The key to which the token is bound: made anew, kept in memory only. */
interface DpopKey {
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
}

async function makeDpopKey(): Promise<DpopKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, jwk: await exportJWK(publicKey) };
}

/** Good for one request, for a minute (RFC 9449). */
function makeProof(
  { privateKey, jwk }: DpopKey,
  method: string,
  url: string,
  accessToken?: string,
): Promise<string> {
  const bound = accessToken === undefined ? {} : { ath: sha256(accessToken).toString('base64url') };
  return new SignJWT({ htm: method, htu: url, ...bound })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .setJti(randomUUID())
    .setIssuedAt()
    .sign(privateKey);
}

/** How a system proves itself (private_key_jwt, RFC 7523): at most 60 s, used once, audience the hub. */
function makeAssertion(clientId: string, clientKey: KeyObject, hub: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(hub)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(clientKey);
}

async function obtainToken(tokenUrl: string, unit: string, assertion: string, key: DpopKey): Promise<Token> {
  const response = await call(tokenUrl, {
    method: 'POST',
    headers: { DPoP: await makeProof(key, 'POST', tokenUrl) },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: `unit:${unit}`,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  });
  return JSON.parse(await response.text());
}

// --- The receipt, verified offline: with the log's key alone ---

/** From the leaf to the root (RFC 9162 §2.1.3.2). */
function checkInclusion({ entry, leafIndex, treeSize, inclusionProof, checkpoint }: Receipt): void {
  let hash = sha256(Buffer.of(0), entry);
  let leaf = leafIndex;
  let last = treeSize - 1;
  if (leaf > last) throw new Failure('the leaf lies outside the tree');
  for (const text of inclusionProof) {
    const sibling = Buffer.from(text, 'base64');
    if (last === 0) throw new Failure('the inclusion proof is too long');
    if (leaf % 2 === 1 || leaf === last) {
      hash = sha256(Buffer.of(1), sibling, hash);
      while (leaf % 2 === 0 && leaf > 0) [leaf, last] = [Math.floor(leaf / 2), Math.floor(last / 2)];
    } else {
      hash = sha256(Buffer.of(1), hash, sibling);
    }
    [leaf, last] = [Math.floor(leaf / 2), Math.floor(last / 2)];
  }
  const [, size, root] = checkpoint.split('\n');
  if (last !== 0 || root !== hash.toString('base64') || size !== String(treeSize))
    throw new Failure('the entry is not in that tree');
}

/** The note's signature: Ed25519, after four bytes of the key's id (C2SP signed-note). */
function checkSignature(note: string, logKey: string): void {
  const [, name = '', keyId, key = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(logKey) ?? [];
  const x = Buffer.from(key, 'base64').subarray(1).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signed = note.slice(0, note.lastIndexOf('\n\n') + 1);
  if (signed.split('\n', 1)[0] !== name) throw new Failure('the checkpoint is of another log');
  const line = note.split('\n').find((candidate) => candidate.startsWith(`— ${name} `)) ?? '';
  const bytes = Buffer.from(line.slice(`— ${name} `.length), 'base64');
  if (bytes.subarray(0, 4).toString('hex') !== keyId) throw new Failure('the note is signed by another key');
  if (!verify(null, Buffer.from(signed), publicKey, bytes.subarray(4)))
    throw new Failure(`the signature of ${name} does not fit the checkpoint`);
}

/** The answer that we hold is the one that was recorded before it was released. */
function checkAnswer({ entry, private: sealed }: Receipt, answer: Buffer): void {
  if (sha256(Buffer.from(sealed.salt, 'base64'), sealed.text).toString('base64') !== JSON.parse(entry).sealed)
    throw new Failure('the private part is not the one that the entry sealed');
  if (JSON.parse(sealed.text).released.sha256 !== sha256(answer).toString('hex'))
    throw new Failure('another answer was released');
}

// --- All of it ---

async function main(): Promise<void> {
  const file = process.argv[2] ?? process.env['SANDBOX_FILE'] ?? 'var/sandbox/sandbox.json';
  const { baseUrl, tokenUrl, logKey, systems }: Sandbox = JSON.parse(readFileSync(file, 'utf8'));
  const { clientId, privateKeyFile, actingUnits } = systems[0];
  const clientKey = createPrivateKey(readFileSync(privateKeyFile));
  step('hub', baseUrl);
  step('system', `${clientId} for unit ${actingUnits[0]}, key read`);

  const key = await makeDpopKey();
  step('key', 'a new P-256 key for DPoP');

  const assertion = await makeAssertion(clientId, clientKey, baseUrl);
  const token = await obtainToken(tokenUrl, actingUnits[0], assertion, key);
  step('token', `bound to our key, for ${token.expires_in} s`);

  const signedCall = async (method: string, url: string, headers = {}, body?: string): Promise<Response> => {
    const proof = await makeProof(key, method, url, token.access_token);
    const all = { ...headers, Authorization: `DPoP ${token.access_token}`, DPoP: proof };
    return call(url, { method, headers: all, ...(body !== undefined && { body }) });
  };

  const looked = await signedCall(
    'POST',
    `${baseUrl}/population/v1/citizen-lookups`,
    { 'Content-Type': 'application/json', Officer: officer, Purpose: purpose, 'Case-Code': caseCode },
    JSON.stringify(question),
  );
  const exchange = looked.headers.get('Exchange-Id');
  const answer = Buffer.from(await looked.arrayBuffer());
  step('look-up', `${JSON.parse(answer.toString()).outcome}, exchange ${exchange}`);

  const fetched = await signedCall('GET', `${baseUrl}/evidence/v1/exchanges/${exchange}/receipt`);
  const receipt: Receipt = JSON.parse(await fetched.text());
  step('receipt', `leaf ${receipt.leafIndex} of ${receipt.treeSize}`);

  if (JSON.parse(receipt.entry).exchange !== exchange)
    throw new Failure('the receipt is of another exchange');
  checkInclusion(receipt);
  step('verified', 'the entry is in the tree of the checkpoint');
  checkSignature(receipt.checkpoint, logKey);
  step('verified', `the checkpoint is signed by ${logKey.split('+', 1)[0]}`);
  checkAnswer(receipt, answer);
  step('verified', 'the answer that we hold is the one on record');
}

try {
  await main();
} catch (error) {
  if (error instanceof Failure) for (const line of error.lines) console.error(`  ${line}`);
  console.error(`FAILED     ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
