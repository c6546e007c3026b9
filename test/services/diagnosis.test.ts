// The diagnosis of tokens: names the first check that fails, and tells of the registry only to who holds a token of ours.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import type { components } from '../../openapi/types/diagnosis.v1.ts';
import { makeProof } from '../../src/cli/proof.ts';
import { openKeys } from '../../src/keys.ts';
import { toTokenJwk } from '../../src/signin/public-key.ts';
import { lgsp } from '../cli/command.ts';
import { makeKey } from '../signin/fixture.ts';
import { askFrom } from '../support/ask-from.ts';
import { until } from '../support/embedded.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';

type Question = components['schemas']['TokenQuestion'];
type Diagnosis = components['schemas']['TokenDiagnosis'];

const look = 'population.v1/lookUpCitizen';

describe('The diagnosis of a token', () => {
  let hub: TestHub;
  let bound: string;
  let bearer: string;
  let network = 0;
  before(async () => {
    hub = await startTestHub('diagnosis');
    bound = (await hub.token({})).token;
    bearer = (await hub.token({ bound: false })).token;
  });
  after(() => hub.stop());

  /** Each from a network of its own, so that the limit of one is not met. */
  const post = (body: unknown) => {
    network += 1;
    return askFrom(`127.0.${network}.1`, `${hub.url}/diagnosis/v1/token-diagnoses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  };
  async function diagnose(question: Question): Promise<Diagnosis> {
    const { status, text } = await post(question);
    assert.equal(status, 200, text);
    for (const part of question.token.split('.').filter((one) => one.length > 10))
      assert.ok(!text.includes(part), 'the token is not repeated');
    return JSON.parse(text);
  }
  /** A token that the hub's own key signs, or another one. */
  const sign = ({
    header = {},
    claims = {},
    key = openKeys(hub.keyFolder, 'sandbox').tokenKeys()[0],
  } = {}) => {
    if (!key) throw new Error('no key');
    const nowS = Math.floor(Date.now() / 1000);
    const all = {
      ...{ iss: hub.url, aud: 'urn:lgsp:sandbox', sub: 'mot-cua', client_id: 'mot-cua', scope: 'unit:cq-00' },
      ...{ jti: 'j', iat: nowS, exp: nowS + 600 },
      ...claims,
    };
    return new SignJWT(all)
      .setProtectedHeader({ typ: 'at+jwt', alg: 'ES256', kid: toTokenJwk(key).kid, ...header })
      .sign(key);
  };
  const failing = ({ checks }: Diagnosis) => checks.filter(({ ok }) => !ok).map(({ check }) => check);
  const told = ({ checks }: Diagnosis) => checks.map(({ check }) => check);

  it('finds nothing wrong with a good token for an operation and purpose that were granted', async () => {
    const diagnosis = await diagnose({
      token: bound,
      operation: look,
      purpose: 'giai-quyet-tthc',
      unit: 'cq-00',
    });
    assert.deepEqual([diagnosis.firstFailing, failing(diagnosis)], [undefined, []]);
    assert.deepEqual(
      [diagnosis.boundTo, diagnosis.issuer, diagnosis.environment],
      ['key', hub.url, 'sandbox'],
    );
    assert.ok(Math.abs(Date.parse(diagnosis.serverTime) - Date.now()) < 5_000);
    assert.ok(Math.abs(diagnosis.clockDifferenceSeconds ?? 99) < 10);
    assert.deepEqual(told(diagnosis), [
      ...['form', 'type', 'algorithm', 'key', 'signature', 'issuer', 'audience', 'clock', 'life', 'expiry'],
      ...['client', 'unit', 'binding', 'system', 'revocation', 'operation', 'service', 'mandate', 'grant'],
    ]);
  });

  it('blames a source that is switched off for operations that ask it, not for those answered without it', async () => {
    await hub.owner.query(
      "INSERT INTO source_switch (source, state, reason) VALUES ('portal', 'off', 'Thử')",
    );
    const ask = (operation: string) => diagnose({ token: bound, operation, unit: 'cq-00' });
    await until(async () => (await ask('portal.v1/lookUpDossier')).firstFailing === 'service');
    assert.equal((await ask('portal.v1/searchProcedures')).firstFailing, undefined);
    await hub.owner.query("DELETE FROM source_switch WHERE source = 'portal'");
  });

  const nowS = () => Math.floor(Date.now() / 1000);
  const tokens: readonly [string, () => Promise<string> | string, string][] = [
    ['no token', () => 'test', 'form'],
    ['a header in front', () => `Bearer ${bearer}`, 'form'],
    ['a client assertion', () => sign({ header: { typ: 'JWT' } }), 'type'],
    ['another key', () => sign({ key: makeKey() }), 'key'],
    ['a cut signature', () => bearer.slice(0, -4), 'signature'],
    ['another issuer', () => sign({ claims: { iss: 'https://other.test' } }), 'issuer'],
    ['production', () => sign({ claims: { aud: 'urn:lgsp:production' } }), 'audience'],
    ['a clock an hour ahead', () => sign({ claims: { iat: nowS() + 3600, exp: nowS() + 3900 } }), 'clock'],
    ['too long a life', () => sign({ claims: { exp: nowS() + 3600 } }), 'life'],
    ['an expired one', () => sign({ claims: { iat: nowS() - 900, exp: nowS() - 300 } }), 'expiry'],
    ['two units', () => sign({ claims: { scope: 'unit:a unit:b' } }), 'unit'],
    ['an unknown binding', () => sign({ claims: { cnf: { kid: 'x' } } }), 'binding'],
    ['an unknown system', () => sign({ claims: { sub: 'nobody', client_id: 'nobody' } }), 'system'],
    ['a unit without mandate', () => sign({ claims: { scope: 'unit:cq-none' } }), 'mandate'],
  ];
  for (const [name, make, expected] of tokens)
    it(`names ${expected} for ${name}`, async () => {
      assert.equal((await diagnose({ token: await make() })).firstFailing, expected);
    });

  it('tells how far the clock is ahead, and what a foreign token was made for', async () => {
    const ahead = await diagnose({ token: await sign({ claims: { iat: nowS() + 90, exp: nowS() + 390 } }) });
    assert.ok(Math.abs((ahead.clockDifferenceSeconds ?? 0) - 90) <= 2);
    const foreign = await diagnose({
      token: await sign({
        key: makeKey(),
        claims: { iss: 'https://other.test', aud: 'urn:lgsp:production' },
      }),
    });
    assert.equal(foreign.tokenEnvironment, 'production');
    assert.deepEqual(failing(foreign), ['key', 'signature', 'issuer', 'audience']);
  });

  it('tells nothing of the registry to who did not get the token from this hub', async () => {
    const forged = await diagnose({
      token: await sign({ key: makeKey() }),
      operation: look,
      purpose: 'giai-quyet-tthc',
    });
    const altered = await diagnose({
      token: bearer.replace(/\.[\w-]+\./, `.${Buffer.from('{"sub":"x"}').toString('base64url')}.`),
      operation: look,
    });
    for (const diagnosis of [forged, altered])
      assert.ok(
        !told(diagnosis).some((check) => ['system', 'mandate', 'operation', 'grant'].includes(check)),
      );
    assert.equal(forged.boundTo, undefined);
  });

  it('tells nothing of the registry for a token that expired more than an hour ago, and says so', async () => {
    const question = { operation: look, purpose: 'giai-quyet-tthc' };
    const at = (exp: number) => sign({ claims: { iat: exp - 600, exp } });
    const old = await diagnose({ token: await at(nowS() - 3_610), ...question });
    const younger = await diagnose({ token: await at(nowS() - 3_500), ...question });
    assert.equal(old.firstFailing, 'expiry');
    assert.match(old.checks.find(({ ok }) => !ok)?.en ?? '', /more than an hour ago.*nothing is told/);
    const registry = ['system', 'revocation', 'operation', 'service', 'mandate', 'purpose', 'grant'];
    assert.ok(!told(old).some((check) => registry.includes(check)));
    assert.ok(told(younger).includes('grant'));
  });

  const questions: readonly [string, Omit<Question, 'token'>, string][] = [
    ['another unit', { unit: 'cq-01' }, 'unit'],
    ['an operation that there is not', { operation: 'population.v1/guess' }, 'operation'],
    ['an operation that was not mandated', { operation: 'admin.v1/listUnits' }, 'mandate'],
    ['no purpose', { operation: look }, 'purpose'],
    ['a purpose that was not granted', { operation: look, purpose: 'tiep-cong-dan' }, 'purpose'],
    ['a grant that has expired', { operation: look, purpose: 'bao-tro-xa-hoi' }, 'grant'],
  ];
  for (const [name, question, expected] of questions)
    it(`names ${expected} when asked about ${name}`, async () => {
      assert.equal((await diagnose({ token: bound, ...question })).firstFailing, expected);
    });

  it('says that personal data needs a bound token, in the words of the refusal', async () => {
    const { firstFailing, checks } = await diagnose({
      token: bearer,
      operation: look,
      purpose: 'giai-quyet-tthc',
    });
    assert.equal(firstFailing, 'binding');
    assert.match(checks.find(({ ok }) => !ok)?.en ?? '', /not bound to its holder/);
  });

  it('checks a proof without using it up', async () => {
    const { token, key } = await hub.token({});
    const url = `${hub.url}/evidence/v1/exchanges/0199a7c0-0000-7000-8000-000000000000`;
    const proof = await makeProof({ key, method: 'GET', url, accessToken: token });
    const good = await diagnose({ token, proof });
    assert.equal(good.firstFailing, undefined);
    const headers = { authorization: `DPoP ${token}`, dpop: proof };
    assert.equal((await fetch(url, { headers })).status, 404);
    const wrongMethod = await diagnose({ token, proof, operation: look, purpose: 'giai-quyet-tthc' });
    assert.match(wrongMethod.checks.find(({ ok }) => !ok)?.en ?? '', /htm is not the method/);
    const other = await makeProof({ key: makeKey(), method: 'GET', url, accessToken: token });
    assert.match(
      (await diagnose({ token, proof: other })).checks.find(({ ok }) => !ok)?.en ?? '',
      /another key/,
    );
    assert.equal((await diagnose({ token: bearer, proof })).firstFailing, 'proof');
  });

  it('is recorded without a name and without the token', async () => {
    const { headers } = await post({ token: bearer });
    const entries = await hub.entries(headers.get('exchange-id') ?? '');
    assert.deepEqual(
      entries.map(({ kind, leaf }) => [kind, leaf['system'], leaf['operation']]),
      [
        ['opened', null, 'diagnoseToken'],
        ['closed', null, 'diagnoseToken'],
      ],
    );
    const hash = createHash('sha256').update(bearer).digest('base64url');
    assert.ok(![bearer, hash].some((text) => JSON.stringify(entries).includes(text)));
  });

  it('tells of a revocation within a second', async () => {
    const { token } = await hub.token({ system: 'van-ban' });
    assert.equal((await diagnose({ token })).firstFailing, undefined);
    await hub.owner.query(
      "UPDATE system SET tokens_valid_from = now() + interval '1 second' WHERE id = 'van-ban'",
    );
    await until(async () => (await diagnose({ token })).firstFailing === 'revocation');
    await hub.owner.query("UPDATE system SET state = 'suspended' WHERE id = 'van-ban'");
    await until(async () => (await diagnose({ token })).firstFailing === 'system');
  });

  it('is a command that prints a table and ends with 2 when a check fails', async function () {
    this.timeout(20_000);
    const folder = mkdtempSync(join(tmpdir(), 'lgsp-diagnose-'));
    const file = join(folder, 'token');
    writeFileSync(file, `Authorization: Bearer ${bearer}\n`);
    const good = await lgsp(['diagnose', file, '--hub', hub.url]);
    assert.deepEqual([good.code, good.err], [0, '']);
    assert.match(good.out, /^hub +http.*\nbound to nothing\n/);
    const bad = await lgsp(['diagnose', file, '--hub', hub.url, '--operation', look, '--json']);
    assert.equal(bad.code, 2);
    assert.equal(JSON.parse(bad.out).firstFailing, 'binding');
    rmSync(folder, { recursive: true });
  });
});
