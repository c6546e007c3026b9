// The scheme `source`: a national system calls us, known by address, certificate and account. Deny by default.
import assert from 'node:assert/strict';
import { makeProof } from '../../src/cli/proof.ts';
import { createOperationTable } from '../../src/contracts/table.ts';
import { makeClientCertificate } from '../support/certificates.ts';
import { until } from '../support/embedded.ts';
import { loadNotes, type Note, startNotes } from './source/notes.ts';

const own = makeClientCertificate();
const other = makeClientCertificate();
const fingerprint = Buffer.from(own.sha256, 'base64url').toString('hex').toUpperCase();
const proxy = '127.0.8.1';
const account = { user: 'cổng', secret: 'test-secret: 1' };

const known = {
  address: { networks: ['127.0.1.0/24', '::1/128'] },
  certificate: { networks: ['127.0.7.0/24'], certificates: [fingerprint] },
  account: { networks: ['127.0.1.0/24', '127.0.2.1'], account },
  quick: { networks: ['127.0.1.1'], limits: { perSecond: 5, burst: 3 } },
  narrow: { networks: ['127.0.1.1'], limits: { calls: 1, waiting: 1, waitMs: 50 } },
  unset: undefined,
};

const basic = (user: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
});
const through = (forwarded: string, certificate?: string): Note => ({
  from: proxy,
  headers: { 'x-forwarded-for': forwarded, ...(certificate && { 'client-cert': certificate }) },
});
const good: Note = { from: '127.0.1.1' };
const stranger = [403, 'source-caller-unknown'];

describe('An operation that a national system calls', () => {
  let notes: Awaited<ReturnType<typeof startNotes>>;
  before(async () => {
    notes = await startNotes(known, { TRUSTED_PROXIES: proxy });
  });
  after(() => notes.stop());

  const ask = async (name: keyof typeof known, note: Note = {}) => {
    const { status, body } = await notes.send(name, note);
    return [status, ...(body.code === undefined ? [] : [body.code])];
  };

  it('is answered when the call comes from the address of its source', async () => {
    assert.deepEqual(await ask('address', good), [200]);
  });

  it('tells its handler which source called, and from where', async () => {
    await notes.send('address', good);
    const caller = notes.callers.at(-1);
    assert.deepEqual(caller?.source, { name: 'address-source', address: '127.0.1.1' });
    assert.deepEqual([caller?.system.id, caller?.officerId, caller?.purpose], ['*', undefined, undefined]);
  });

  it('is recorded as opened and closed, naming no system, unit or grant; who called is sealed', async () => {
    const headers = { officer: 'cb-0001', purpose: 'giai-quyet-tthc', 'case-code': 'H36.1-test' };
    const { exchangeId } = await notes.send('address', { ...good, headers, note: 'mau-rieng' });
    const entries = await notes.entries('exchange_id', exchangeId);
    for (const { leaf, sealed } of entries) {
      const { system, owningUnit, actingUnit, grant, operation } = leaf;
      assert.deepEqual(
        [system, owningUnit, actingUnit, grant, operation],
        [null, null, null, null, 'receiveNote'],
      );
      assert.deepEqual(sealed.calledBy, { address: '127.0.1.1', name: 'address-source' });
      assert.equal(sealed.request.bytes, 20);
      assert.doesNotMatch(JSON.stringify([leaf, sealed]), /cb-0001|giai-quyet|H36|mau-rieng/);
    }
    assert.deepEqual(
      [entries.map(({ kind }) => kind), entries[1]?.sealed.released.bytes],
      [['opened', 'closed'], 14],
    );
  });

  it('is refused from another address', async () => {
    assert.deepEqual(await ask('address', { from: '127.0.2.1' }), stranger);
  });

  it('is refused to everybody where nothing is configured', async () => {
    assert.deepEqual(await ask('unset', good), stranger);
  });

  it('is refused to a system with a hub token, which counts for nothing', async () => {
    const { token, key } = await notes.client.token({});
    const url = `${notes.url}/address/v1/notes`;
    const dpop = await makeProof({ key, method: 'POST', url, accessToken: token });
    const headers = { authorization: `DPoP ${token}`, dpop };
    assert.deepEqual(await ask('address', { headers }), stranger);
    assert.deepEqual(await ask('account', { ...good, headers }), [401, 'source-account-invalid']);
  });

  describe('by the address that proxies tell', () => {
    it('is answered when a trusted proxy names the right one', async () => {
      assert.deepEqual(await ask('address', through('127.0.1.1')), [200]);
    });
    it('is refused when a trusted proxy names another, or one that cannot be read', async () => {
      assert.deepEqual(await ask('address', through('127.0.1.1, 127.0.2.1')), stranger);
      assert.deepEqual(await ask('address', through('unknown')), stranger);
    });
    it('is refused when whoever calls forwards himself', async () => {
      assert.deepEqual(await ask('address', { ...through('127.0.1.1'), from: '127.0.2.1' }), stranger);
    });
  });

  describe('by certificate', () => {
    it('is answered with the right one', async () => {
      assert.deepEqual(await ask('certificate', through('127.0.7.1', own.header)), [200]);
    });
    it('is refused with another, and without one', async () => {
      assert.deepEqual(await ask('certificate', through('127.0.7.1', other.header)), stranger);
      assert.deepEqual(await ask('certificate', through('127.0.7.1')), stranger);
    });
    it('is refused with the right one from another address, where networks are listed too', async () => {
      assert.deepEqual(await ask('certificate', through('127.0.1.1', own.header)), stranger);
    });
    it('is refused when it does not come from a trusted proxy', async () => {
      const note = { from: '127.0.7.1', headers: { 'client-cert': own.header } };
      assert.deepEqual(await ask('certificate', note), [400, 'certificate-not-trusted']);
    });
  });

  describe('by account', () => {
    const refused = [401, 'source-account-invalid'];
    it('is answered with the right one, and asks for it where it is absent', async () => {
      assert.deepEqual(
        await ask('account', { ...good, headers: basic(account.user, account.secret) }),
        [200],
      );
      const { status, body, headers } = await notes.send('account', good);
      assert.deepEqual([status, body.code], refused);
      assert.match(headers.get('www-authenticate') ?? '', /^Basic realm="[^"]+", charset="UTF-8"$/);
    });
    it('is refused with another secret, another name and what is no account', async () => {
      const wrong = [
        basic(account.user, 'khac'),
        basic('khac', account.secret),
        { authorization: 'Basic ?' },
      ];
      for (const headers of wrong) assert.deepEqual(await ask('account', { ...good, headers }), refused);
    });
    it('is of no use from another address', async () => {
      const headers = basic(account.user, account.secret);
      assert.deepEqual(await ask('account', { from: '127.0.3.1', headers }), stranger);
    });
    it('cannot be guessed: after 30 failures the address waits, another does not', async () => {
      for (let n = 0; n < 30; n += 1)
        await ask('account', { from: '127.0.1.9', headers: basic('x', `${n}`) });
      const headers = basic(account.user, account.secret);
      const { status, body, headers: said } = await notes.send('account', { from: '127.0.1.9', headers });
      assert.deepEqual([status, body.code], [429, 'rate-exceeded']);
      assert.ok(Number(said.get('retry-after')) > 1);
      assert.deepEqual(await ask('account', { from: '127.0.2.1', headers }), [200]);
    });
  });

  it('is refused, from its source too, while an administrator has switched the source off', async () => {
    await notes.owner.query(
      "insert into source_switch (source, state, reason) values ('address-source', 'off', 'thử')",
    );
    await until(async () => (await notes.send('address', good)).status === 503);
    const { body } = await notes.send('address', good);
    assert.deepEqual([body.code, body.source], ['source-off', 'address-source']);
    await notes.owner.query('delete from source_switch');
    await until(async () => (await notes.send('address', good)).status === 200);
  });

  it('is limited in its rate, with a burst above it', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => notes.send('quick', good)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 8);
    const shed = answers.filter(({ status }) => status === 429);
    assert.ok(shed.every(({ headers }) => Number(headers.get('retry-after')) === 1));
  });

  it('has places of its own: what one source holds keeps nobody else out', async () => {
    const before = notes.callers.length;
    const held = notes.send('narrow', { ...good, note: 'wait' });
    await until(() => Promise.resolve(notes.callers.length > before));
    assert.deepEqual(await ask('narrow', good), [503, 'hub-busy']);
    assert.deepEqual(await ask('address', good), [200]);
    notes.release();
    assert.equal((await held).status, 200);
  });

  it('does not pass the breaker of its source: what fails on the way in says nothing of the way out', async () => {
    const failing = Array.from({ length: 15 }, () => ask('address', { ...good, note: 'fail' }));
    assert.ok((await Promise.all(failing)).every(([, code]) => code === 'source-unreachable'));
    assert.deepEqual(await ask('address', good), [200]);
  });

  describe('when its hub stops', () => {
    it('has its refusals counted by reason and network, not written one by one', async () => {
      assert.equal((await notes.send('address', { from: '127.0.4.1' })).exchangeId, '');
      await notes.send('address', { from: '127.0.4.2' });
      await notes.stopHub();
      const counted = (await notes.entries('kind', 'refusals')).filter(
        ({ leaf, sealed }) => leaf.problem === 'source-caller-unknown' && sealed.network === '127.0.4.0/24',
      );
      assert.deepEqual(
        counted.map(({ leaf }) => [leaf.count, leaf.service, leaf.system]),
        [[2, 'address.v1', null]],
      );
    });
  });
});

describe('A contract whose operation a national system calls', () => {
  const security = 'security: [{ source: [] }]';
  for (const [what, change, message] of [
    ['an officer', ['x-deadline-ms', 'x-officer: true\n      x-deadline-ms'], /x-officer is not for source/],
    [
      'an effect by idempotency key',
      ['x-deadline-ms', 'x-effect: true\n      x-deadline-ms'],
      /x-effect is not/,
    ],
    ['withheld fields', ['x-deadline-ms', 'x-granted-fields: /a\n      x-deadline-ms'], /-fields is not for/],
    ['a token as another way in', [security, 'security: [{ source: [] }, { hubToken: [] }]'], /exactly one/],
    ['a token as a second proof', [security, 'security: [{ source: [], hubToken: [] }]'], /exactly one/],
  ] as const)
    it(`cannot be published with ${what}`, () => {
      assert.throws(() => loadNotes('notes', change), message);
    });

  it('cannot be published without a source behind its service', () => {
    const handlers = { receiveNote: { handle: async () => ({ status: 200, body: {} }) } };
    assert.throws(
      () => createOperationTable([{ contract: loadNotes('notes'), source: undefined, handlers }]),
      /no national system that could call/,
    );
  });
});
