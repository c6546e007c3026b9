// Nobody approves their own request, by any path: one row for each way that somebody might try.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createPurge } from '../../../src/schedule/purge.ts';
import { startTestHub, type TestAnswer, type TestHub } from '../../support/sandbox-hub.ts';
import { type Act, type Actor, createAct, makeAdministrator, newGrant, onceKnown } from './rights.ts';
import { createAdministration } from './support.ts';

const reason = 'thử';
const nobody: Actor = { system: '', officer: '' };
/** Keys that only the owner, or a third, has agreed to. */
const third = randomUUID();
const byItself = randomUUID();

describe('Four eyes', () => {
  let hub: TestHub;
  let act: Act;
  /** Asks; the same officer again is `asker`, a colleague with the same system is `colleague`. */
  let asker = nobody;
  let colleague = nobody;
  let approver = nobody;
  let approver2 = nobody;
  const officers = (unitId: string) =>
    hub.province.officers
      .filter((one) => one.unitId === unitId && one.case === 'ordinary')
      .map(({ id }) => id);
  const actorOf = (system: string, unitId: string, place = 0): Actor => ({
    system,
    officer: officers(unitId)[place] ?? '',
  });
  const units = () => {
    const unitOf = (id: string) => hub.province.systems.find(({ clientId }) => clientId === id)?.unitId ?? '';
    return { technology: unitOf('quan-tri'), office: unitOf('phe-duyet') };
  };
  /** A system of administration for the unit of the approver. */
  const other = (system: string) => actorOf(system, units().office);

  const ask = (by = asker, more: Readonly<Record<string, unknown>> = {}) =>
    onceKnown(() => act(by, 'POST', '/grants', newGrant(more)));
  const approve = (by: Actor, id: string, key?: string) =>
    onceKnown(() => act(by, 'POST', `/proposals/${id}/approval`, { reason }, key));
  const show = async (id: string) => (await createAdministration(hub).read(`/proposals/${id}`)).body;
  const setOfficerUnit = (officer: string, unitId: string) =>
    hub.owner.query('UPDATE officer SET unit_id = $2 WHERE id = $1', [officer, unitId]);
  /** A proposal by which a key came in, decided by `by`. */
  const putKeyProposal = (id: string, by: Actor) =>
    hub.owner.query(
      `INSERT INTO proposal (id, kind, act, target, content, state, requested_by_system, requested_by_officer, expires_at,
         decided_by_system, decided_by_officer, decided_at)
         VALUES ($1::uuid, 'key', 'create', $1::uuid::text, '{}', 'approved', $2, $3, now(), $4, $5, now())`,
      [id, asker.system, asker.officer, by.system, by.officer],
    );

  before(async () => {
    hub = await startTestHub('admin-four-eyes');
    const { technology, office } = units();
    asker = actorOf('quan-tri', technology);
    colleague = actorOf('quan-tri', technology, 1);
    approver = actorOf('phe-duyet', office);
    approver2 = actorOf('phe-duyet', office, 1);
    const systems = [
      { id: 'cung-don-vi', unitId: technology },
      { id: 'do-minh-tao', unitId: office, keyBy: colleague },
      { id: 'do-dong-nghiep', unitId: office, keyBy: { system: 'phe-duyet', officer: asker.officer } },
      { id: 'do-chau-tao', unitId: office, keyBy: { system: 'do-minh-tao', officer: 'cb-x' } },
      { id: 'tu-dong-y', unitId: office, keyBy: asker, keyProposal: byItself },
      { id: 'ben-thu-ba', unitId: office, keyBy: asker, keyProposal: third },
    ];
    const made = [];
    for (const system of systems) made.push(await makeAdministrator(hub, system));
    await putKeyProposal(byItself, other('tu-dong-y'));
    await putKeyProposal(third, approver);
    act = createAct(hub, made);
  });
  after(() => hub.stop());

  /** Each tries to have `id`, which the asker asked for, approved or changed; `code` is the answer. */
  const paths: readonly [
    what: string,
    code: string | undefined,
    attempt: (id: string) => Promise<TestAnswer>,
  ][] = [
    ['the same system and officer', 'proposal-own', (id) => approve(asker, id)],
    ['the same system, another officer', 'proposal-own', (id) => approve(colleague, id)],
    [
      'another system, the same officer',
      'proposal-own',
      (id) => approve({ system: 'cung-don-vi', officer: asker.officer }, id),
    ],
    [
      'the officer moved to the approving unit',
      'proposal-own',
      async (id) => {
        await setOfficerUnit(asker.officer, units().office);
        const answer = await approve({ system: 'phe-duyet', officer: asker.officer }, id);
        await setOfficerUnit(asker.officer, units().technology);
        return answer;
      },
    ],
    [
      'a system whose key the asker’s system registered',
      'proposal-own',
      (id) => approve(other('do-minh-tao'), id),
    ],
    ['a key that the same officer registered', 'proposal-own', (id) => approve(other('do-dong-nghiep'), id)],
    [
      'a system whose key such a system registered',
      'proposal-own',
      (id) => approve(other('do-chau-tao'), id),
    ],
    ['a key that only its own system agreed to', 'proposal-own', (id) => approve(other('tu-dong-y'), id)],
    ['a key that a third agreed to is another’s', undefined, (id) => approve(other('ben-thu-ba'), id)],
    [
      'the idempotency key of the asking',
      'proposal-own',
      async (id) => {
        const key = randomUUID();
        await act(asker, 'POST', '/grants', newGrant(), key);
        return approve(asker, id, key);
      },
    ],
    [
      'the idempotency key of the approval of another proposal',
      'proposal-own',
      async (id) => {
        const key = randomUUID();
        await approve(approver, (await ask()).body.id, key);
        return approve(asker, id, key);
      },
    ],
    [
      'the approver’s own idempotency key of another approval: never the answer of that one',
      'idempotency-conflict',
      async (id) => {
        const key = randomUUID();
        await approve(approver, (await ask()).body.id, key);
        return approve(approver, id, key);
      },
    ],
    [
      'asking for other content under the same id',
      'proposal-pending',
      async (id) => ask(asker, { id: (await show(id)).target, reach: 'province' }),
    ],
    [
      'an approval of what was withdrawn and asked for anew with other content',
      'proposal-decided',
      async (id) => {
        const { target } = await show(id);
        await act(asker, 'POST', `/proposals/${id}/withdrawal`, { reason });
        await ask(asker, { id: target, reach: 'province' });
        return approve(approver, id);
      },
    ],
    [
      'an approval after it ran out',
      'proposal-decided',
      async (id) => {
        await hub.owner.query('UPDATE proposal SET expires_at = now() WHERE id = $1', [id]);
        return approve(approver, id);
      },
    ],
    [
      'a second approval',
      'proposal-decided',
      async (id) => {
        assert.equal((await approve(approver, id)).status, 200);
        return approve(approver2, id);
      },
    ],
    [
      'rejecting one’s own',
      'proposal-own',
      (id) => act(asker, 'POST', `/proposals/${id}/rejection`, { reason }),
    ],
    [
      'withdrawing for a colleague',
      'proposal-not-own',
      (id) => act(colleague, 'POST', `/proposals/${id}/withdrawal`, { reason }),
    ],
    [
      'withdrawing for somebody of another system',
      'proposal-not-own',
      (id) => act(approver, 'POST', `/proposals/${id}/withdrawal`, { reason }),
    ],
  ];
  for (const [what, code, attempt] of paths)
    it(`${code ?? 'approves'}: ${what}`, async () => {
      const { body } = await ask();
      const answer = await attempt(body.id);
      assert.equal(answer.body.code, code, JSON.stringify(answer.body));
    });

  it('does not let a person ask in the name of a system whose key they hold, and agree in their own', async () => {
    const asked = await ask(other('do-minh-tao'));
    assert.equal((await approve(asker, asked.body.id)).body.code, 'proposal-own');
    await hub.owner.query("UPDATE system_key SET revoked_at = now() WHERE system_id = 'do-minh-tao'");
    assert.equal((await approve(asker, asked.body.id)).body.code, 'proposal-own');
    assert.equal((await approve(approver2, asked.body.id)).status, 200);
  });

  it('lets one of two approvals at once win, and carries it out once', async () => {
    const { body } = await ask();
    const answers = await Promise.all([approve(approver, body.id), approve(approver2, body.id)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const { rows } = await hub.owner.query('SELECT FROM administration_change WHERE proposal_id = $1', [
      body.id,
    ]);
    assert.equal(rows.length, 2);
  });

  it('gives a repeat of the approval its answer, and carries nothing out again', async () => {
    const { body } = await ask();
    const key = randomUUID();
    const first = await approve(approver, body.id, key);
    const again = await approve(approver, body.id, key);
    assert.deepEqual(again.body, first.body);
    assert.equal((await createAdministration(hub).read(`/grants/${body.target}`)).body.revision, 1);
  });

  it('makes proposals of what widens: a direct change, a resumption, the approver’s own mandate', async () => {
    const grant = '/grants/q-mot-cua-tiep-dan';
    const read = async (path: string) => (await createAdministration(hub).read(path)).body;
    const before = await read(grant);
    const patch = { revision: before.revision, reason, reach: 'province' };
    assert.equal((await act(asker, 'PATCH', grant, patch)).status, 202);
    assert.deepEqual(await read(grant), before);
    const mandate = `/mandates/uq-phe-duyet-${units().office}`;
    const operations = { revision: 1, reason, operations: ['admin.v1/*', 'population.v1/*'] };
    const widened = await act(approver, 'PATCH', mandate, operations);
    assert.equal((await approve(approver2, widened.body.id)).body.code, 'proposal-own');
    const other = '/grants/q-mot-cua-ho-tich/state';
    await act(asker, 'PUT', other, { state: 'suspended', reason });
    const resumed = await act(asker, 'PUT', other, { state: 'active', reason });
    assert.equal((await approve(colleague, resumed.body.id)).body.code, 'proposal-own');
  });

  it('refuses an approval against what has changed since', async () => {
    const grant = '/grants/q-mot-cua-tthc';
    const change = { revision: 1, reason, legalBasis: 'Căn cứ khác' };
    const { body } = await act(asker, 'PATCH', grant, change);
    await act(approver, 'PUT', `${grant}/state`, { state: 'suspended', reason });
    assert.equal((await approve(approver, body.id)).body.code, 'revision-conflict');
    assert.equal((await show(body.id)).state, 'pending');
  });

  it('is kept by the database itself: who asked, what was asked, and another who decides', async () => {
    const { body } = await ask();
    const change = (set: string) =>
      hub.owner.query(`UPDATE proposal SET ${set} WHERE id = '${body.id}'`).then(
        () => 'changed',
        ({ constraint }) => constraint,
      );
    const decidedBy = (system: string, officer: string) =>
      change(`state = 'approved', decided_by_system = '${system}', decided_by_officer = '${officer}',
        decided_at = now()`);
    assert.equal(await change(`content = '{}'`), 'proposal_kept');
    assert.equal(await change(`requested_by_system = 'kiem-toan'`), 'proposal_kept');
    assert.equal(await decidedBy(asker.system, approver.officer), 'proposal_four_eyes');
    assert.equal(await decidedBy(approver.system, asker.officer), 'proposal_four_eyes');
  });

  it('counts as expired from the instant on, makes room, and is written down by the daily work', async () => {
    const { body } = await ask();
    await hub.owner.query('UPDATE proposal SET expires_at = now() WHERE id = $1', [body.id]);
    assert.equal((await show(body.id)).state, 'expired');
    const list = await createAdministration(hub).read(`/proposals?state=expired&target=${body.target}`);
    assert.equal(list.body.items.length, 1);
    await createPurge(hub.owner).run('2026-11-26');
    const { rows } = await hub.owner.query('SELECT state FROM proposal WHERE id = $1', [body.id]);
    assert.equal(rows[0].state, 'expired');
    assert.equal((await ask(asker, { id: body.target })).status, 202);
  });

  it('lists what waits, newest first where asked, for the auditor too', async () => {
    const read = (as: 'quan-tri' | 'kiem-toan', query: string) =>
      createAdministration(hub).read(`/proposals?${query}`, { as });
    const { body } = await read('kiem-toan', 'state=pending&kind=grant&sort=-requestedAt&limit=3');
    const times = body.items.map(({ requested }: { requested: { at: string } }) => requested.at);
    assert.equal(times.length, 3);
    assert.deepEqual(times, [...times].sort().reverse());
    assert.equal((await read('quan-tri', 'kind=key&state=pending')).body.items.length, 0);
  });

  it('is withdrawn by who asked and rejected by another, and then stays so', async () => {
    const [one, two] = [(await ask()).body.id, (await ask()).body.id];
    const withdrawn = await act(asker, 'POST', `/proposals/${one}/withdrawal`, { reason });
    const rejected = await act(approver, 'POST', `/proposals/${two}/rejection`, { reason });
    assert.deepEqual([withdrawn.body.state, rejected.body.state], ['withdrawn', 'rejected']);
    assert.equal(rejected.body.decided.officerId, approver.officer);
    assert.equal((await approve(approver, one)).body.code, 'proposal-decided');
    assert.equal((await approve(approver, two)).body.code, 'proposal-decided');
  });
});
