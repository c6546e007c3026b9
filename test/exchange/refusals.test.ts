// Every way to be refused before anything is sent: what is answered, and what is recorded.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { makeProof } from '../../src/cli/proof.ts';
import { citizen, lookUp } from '../support/calls.ts';
import { startTestHub, type TestCall, type TestHub } from '../support/sandbox-hub.ts';

interface Case {
  readonly title: string;
  readonly call: TestCall;
  readonly status: number;
  readonly code: string;
  /** False: counted, not written singly. */
  readonly single: boolean;
}

const refused = (title: string, status: number, code: string, call: TestCall, single = true): Case => ({
  title,
  call,
  status,
  code,
  single,
});

const withHeader = (headers: Record<string, string | undefined>) => lookUp({ headers });

const cases: readonly Case[] = [
  // 1 match
  refused(
    'an encoded slash in the path',
    400,
    'path-invalid',
    { path: '/population%2Fv1/citizen-lookups' },
    false,
  ),
  refused('an empty segment', 400, 'path-invalid', { path: '/population//v1/citizen-lookups' }, false),
  refused('a path that no contract has', 404, 'not-found', { path: '/population/v1/people' }, false),
  refused('a service that is not there', 404, 'not-found', { path: '/population/v9/citizen-lookups' }, false),
  refused('a slash at the end', 400, 'path-invalid', { path: '/population/v1/citizen-lookups/' }, false),
  refused('another letter case', 404, 'not-found', { path: '/Population/v1/citizen-lookups' }, false),
  refused('another method', 405, 'method-not-allowed', { path: '/population/v1/citizen-lookups' }, false),
  // 2 identify
  refused('no token', 401, 'token-missing', withHeader({ authorization: undefined }), false),
  refused('a token that is none', 401, 'token-invalid', withHeader({ authorization: 'DPoP abc' }), false),
  refused('a bearer token for personal data', 401, 'token-not-bound', lookUp({ bound: false }), false),
  refused('no proof', 401, 'proof-missing', withHeader({ dpop: undefined }), false),
  refused('a proof that is none', 401, 'proof-invalid', withHeader({ dpop: 'abc' }), false),
  refused('no officer', 400, 'officer-missing', withHeader({ officer: undefined })),
  refused(
    'a personal number as officer',
    400,
    'officer-is-personal-number',
    withHeader({ officer: '999085900001' }),
  ),
  refused('an officer of another unit', 403, 'officer-unknown', withHeader({ officer: 'cb-0003' })),
  refused('no purpose', 400, 'purpose-missing', withHeader({ purpose: undefined })),
  refused(
    'a personal number as purpose',
    403,
    'purpose-not-granted',
    withHeader({ purpose: '999190000002' }),
  ),
  refused('a personal number as case', 400, 'case-code-invalid', withHeader({ 'case-code': '999190000002' })),
  refused(
    'a personal number inside the case',
    400,
    'case-code-invalid',
    withHeader({ 'case-code': 'H99-999190000002' }),
  ),
  refused(
    'a personal number inside the purpose',
    403,
    'purpose-not-granted',
    withHeader({ purpose: 'a-999190000002' }),
  ),
  // 3 authorise
  refused('another purpose', 403, 'purpose-not-granted', withHeader({ purpose: 'to-mo' })),
  refused('an expired grant', 403, 'grant-expired', withHeader({ purpose: 'bao-tro-xa-hoi' })),
  refused('no case code', 403, 'case-code-missing', withHeader({ 'case-code': undefined })),
  // 4 admit
  refused('a body over its limit', 413, 'body-too-large', lookUp({ body: 'x'.repeat(65_537) })),
  refused('another media type', 415, 'media-type-not-supported', withHeader({ 'content-type': 'text/xml' })),
  refused('a compressed body', 415, 'media-type-not-supported', withHeader({ 'content-encoding': 'gzip' })),
  // 5 check request
  refused('a body that is no JSON', 400, 'body-unreadable', lookUp({ body: '{"a":' })),
  refused(
    'a body that names a member twice',
    400,
    'body-unreadable',
    lookUp({ body: JSON.stringify(citizen).replace('{', '{"personalNumber":"999190000003",') }),
  ),
  refused(
    'a day that no calendar has',
    400,
    'request-invalid',
    lookUp({ body: { ...citizen, birthDate: '1990-02-30' } }),
  ),
  refused('no body', 400, 'request-invalid', lookUp({ body: undefined })),
  refused('an unknown member', 400, 'request-invalid', lookUp({ body: { ...citizen, more: 1 } })),
  refused(
    'a number where text is asked',
    400,
    'request-invalid',
    lookUp({ body: { ...citizen, birthDate: 1990 } }),
  ),
  refused('an unknown query parameter', 400, 'request-invalid', {
    ...lookUp(),
    path: '/population/v1/citizen-lookups?debug=1',
  }),
];

describe('A refusal', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub('refusals');
  });
  after(() => hub.stop());

  for (const { title, call, status, code, single } of cases)
    it(`for ${title} is ${status} ${code}, ${single ? 'recorded' : 'counted'}, and nothing is sent`, async () => {
      const sent = (await hub.journal()).length;
      const answer = await hub.call(call);
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      assert.ok(answer.body.vi.title && answer.body.en.action && answer.body.responsible);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.equal((await hub.journal()).length, sent);
      assert.equal(answer.exchangeId !== '', single);
      if (!single) return;
      const entries = await hub.entries(answer.exchangeId);
      assert.deepEqual(
        entries.map(({ kind, leaf }) => [kind, leaf['problem'], leaf['status']]),
        [['refused', code, status]],
      );
    });

  it('for a system without a mandate for the operation is 403 mandate-missing, recorded', async () => {
    const auditor = hub.province.systems.find((system) => system.clientId === 'kiem-toan');
    const officer = hub.province.officers.find(
      (one) => one.unitId === auditor?.actingUnits[0] && one.case === 'ordinary',
    );
    const answer = await hub.call(lookUp({ system: 'kiem-toan', headers: { officer: officer?.id } }));
    assert.deepEqual([answer.status, answer.body.code], [403, 'mandate-missing']);
    assert.equal((await hub.entries(answer.exchangeId))[0]?.leaf['problem'], 'mandate-missing');
  });

  it('names the places of a bad request and never repeats a value', async () => {
    const { body } = await hub.call(
      lookUp({ body: { ...citizen, personalNumber: '12', '999190000002': 1 } }),
    );
    assert.deepEqual(body.errors.map((place: { where: string }) => place.where).sort(), [
      '/body/personalNumber',
      '/body/…',
    ]);
    assert.doesNotMatch(JSON.stringify(body), /999190000002|Nghiệm/);
  });

  it('says of a body that is none, and of a parameter that is given twice, in both languages, what is wrong', async () => {
    const said = async (call: TestCall) => {
      const { body } = await hub.call(call);
      return body.errors.map(({ where, vi, en }: Record<string, string>) => [where, vi, en]);
    };
    const noBody = [['/body', 'phải có, là JSON', 'must be given, as JSON']];
    assert.deepEqual(await said(lookUp({ body: undefined })), noBody);
    const noJson = [['/body', 'không phải JSON mã hóa UTF-8', 'is no JSON in UTF-8']];
    assert.deepEqual(await said(lookUp({ body: '{"a":' })), noJson);
    const doubled = { ...lookUp(), path: '/population/v1/citizen-lookups?limit=1&limit=2' };
    assert.deepEqual(await said(doubled), [
      ['/query/limit', 'chỉ được gửi một lần', 'must be given only once'],
    ]);
  });

  it('says which part of an address is too long', async () => {
    for (const [path, part] of [
      [`/population/v1/citizen-lookups?q=${'a'.repeat(2048)}`, /^The query/],
      [`/population/v1/${'a'.repeat(2048)}?q=1`, /^The path/],
    ] as const) {
      const { status, body } = await hub.call({ path });
      assert.deepEqual([status, body.code], [414, 'address-too-long']);
      assert.match(body.en.detail, part);
    }
  });

  it('is in English for a caller who asks for it, with both languages inside', async () => {
    const { body } = await hub.call(lookUp({ headers: { purpose: 'to-mo', 'accept-language': 'en' } }));
    assert.equal(body.title, 'No grant covers this purpose');
    assert.equal(body.vi.title, 'Quyền khai thác không gồm mục đích này');
  });

  it('of the same proof a second time is proof-replayed', async () => {
    const { token, key } = await hub.token({});
    const { path } = lookUp();
    const dpop = await makeProof({ key, method: 'POST', url: `${hub.url}${path}`, accessToken: token });
    assert.equal((await hub.call(lookUp({ headers: { dpop } }))).status, 200);
    assert.equal((await hub.call(lookUp({ headers: { dpop } }))).body.code, 'proof-replayed');
  });

  it('of a proof by another key is proof-invalid', async () => {
    const { token } = await hub.token({});
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const dpop = await makeProof({
      key: privateKey,
      method: 'POST',
      url: `${hub.url}${lookUp().path}`,
      accessToken: token,
    });
    assert.equal((await hub.call(lookUp({ headers: { dpop } }))).body.code, 'proof-invalid');
  });

  it('of a token signed with a secret of our own making is token-invalid', async () => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const head = `${encode({ alg: 'HS256', typ: 'at+jwt' })}.${encode({ sub: 'mot-cua' })}`;
    const token = `${head}.${createHmac('sha256', 'test-secret').update(head).digest('base64url')}`;
    const { body } = await hub.call(lookUp({ headers: { authorization: `DPoP ${token}` } }));
    assert.equal(body.code, 'token-invalid');
  });

  it('of callers unknown is one entry for each reason and network, with a count, written when the hub stops', async () => {
    await hub.stopHub();
    const counted = await hub.entriesOfKind('refusals');
    const missing = counted.find(({ leaf }) => leaf['problem'] === 'token-missing');
    assert.equal(missing?.leaf['count'], 1);
    assert.deepEqual(missing?.sealed, { network: '127.0.0.0/24' });
    assert.ok(!counted.some(({ leaf }) => leaf['problem'] === 'purpose-not-granted'));
  });
});
