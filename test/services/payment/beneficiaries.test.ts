// Accounts that money may be sent to: asked for by one, decided by another, and never anything else.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createBeneficiaryBook } from '../../../src/services/payment/beneficiaries/index.ts';
import { type Books, type Role, startBooks } from './books.ts';

const account = { account: '9990000002', bankCode: 'TESTBANK', accountName: 'Kho bạc thử 2' };
const book = createBeneficiaryBook();

describe('Beneficiary accounts', () => {
  let books: Books;
  before(async () => {
    books = await startBooks('payment-beneficiaries');
  });
  after(() => books.stop());

  const newCode = () => `tk-${randomUUID().slice(0, 8)}`;
  const ask = (code: string, more: object = {}, by: Role = 'ketoan-a', key?: string) =>
    books.act(
      '/beneficiary-changes',
      { code, revision: 0, becomes: 'active', account, reason: 'mở tài khoản mới', ...more },
      by,
      key === undefined ? {} : { key },
    );
  const decide = (
    changeId: string,
    by: Role,
    decision = 'approve',
    more: { officer?: string; key?: string } = {},
  ) =>
    books.act(`/beneficiary-changes/${changeId}/decisions`, { decision, reason: 'đã đối chiếu' }, by, more);
  const find = (code: string, unit = 'cq-01') => book.find(books.owner, code, unit);
  async function approved(code: string, more: object = {}) {
    const { body } = await ask(code, more);
    assert.equal((await decide(body.changeId, 'ketoan-b')).status, 200);
  }

  it('adapter 8.13: an account is in force once another system and another officer approve', async () => {
    const code = newCode();
    const asked = await ask(code);
    assert.deepEqual([asked.status, asked.body.state, await find(code)], [202, 'pending', undefined]);
    const decided = await decide(asked.body.changeId, 'ketoan-b');
    assert.deepEqual([decided.status, decided.body.state], [200, 'approved']);
    assert.deepEqual(
      [decided.body.requestedByOfficer, decided.body.decidedByOfficer],
      [books.officerOf('ketoan-a'), books.officerOf('ketoan-b')],
    );
    assert.deepEqual(await find(code), {
      ...account,
      treasury: undefined,
      budgetAccount: undefined,
      revision: 1,
    });
  });

  it('adapter 8.13: nobody decides what their own system or officer asked for, not even to refuse it', async () => {
    const { body } = await ask(newCode());
    for (const decision of ['approve', 'refuse'])
      assert.equal((await decide(body.changeId, 'ketoan-a', decision)).body.code, 'proposal-own');
    const listed = await books.read('/beneficiary-changes?state=pending');
    assert.ok(listed.body.items.some((one: { changeId: string }) => one.changeId === body.changeId));
  });

  it('adapter 8.13: a system whose key the requester brought in alone is nobody else', async () => {
    const { body } = await ask(newCode());
    const set = (by: string | null, officer: string | null) =>
      books.owner.query(
        "UPDATE system_key SET registered_by_system = $1, registered_by_officer = $2 WHERE system_id = 'ketoan-b'",
        [by, officer],
      );
    await set('ketoan-a', books.officerOf('ketoan-a'));
    assert.equal((await decide(body.changeId, 'ketoan-b')).body.code, 'proposal-own');
    await set(null, null);
    assert.equal((await decide(body.changeId, 'ketoan-b')).status, 200);
  });

  it('a change names the revision that it was made against, and shows the account as it was', async () => {
    const code = newCode();
    await approved(code);
    assert.equal((await ask(code)).body.code, 'beneficiary-changed');
    const moved = { ...account, account: '9990000003' };
    const { body } = await ask(code, { revision: 1, account: moved });
    assert.deepEqual([body.before, body.account], [account, moved]);
    assert.equal((await ask(code, { revision: 1 })).body.code, 'beneficiary-changed');
    await decide(body.changeId, 'ketoan-b');
    assert.deepEqual([(await find(code))?.account, (await find(code))?.revision], ['9990000003', 2]);
  });

  it('a refused change stays visible and changes nothing', async () => {
    const code = newCode();
    const { body } = await ask(code);
    assert.equal((await decide(body.changeId, 'ketoan-b', 'refuse')).body.state, 'refused');
    assert.equal((await decide(body.changeId, 'ketoan-b')).body.code, 'beneficiary-change-decided');
    const listed = await books.read('/beneficiary-changes?state=refused');
    const found = listed.body.items.find((one: { code: string }) => one.code === code);
    assert.deepEqual([found.decisionReason, await find(code)], ['đã đối chiếu', undefined]);
  });

  it('a closed account, or one of another unit, is named by no demand', async () => {
    const [code, own] = [newCode(), newCode()];
    await approved(code);
    await approved(code, { revision: 1, becomes: 'closed' });
    await approved(own, { account: { ...account, unit: 'cq-01' } });
    assert.equal(await find(code), undefined);
    assert.deepEqual([(await find(own))?.revision, await find(own, 'cq-02')], [1, undefined]);
  });

  it('the same key twice asks once and decides once', async () => {
    const [code, key, second] = [newCode(), randomUUID(), randomUUID()];
    const first = await ask(code, {}, 'ketoan-a', key);
    const again = await ask(code, {}, 'ketoan-a', key);
    assert.deepEqual([again.status, again.body], [first.status, first.body]);
    const decided = await decide(first.body.changeId, 'ketoan-b', 'approve', { key: second });
    const repeated = await decide(first.body.changeId, 'ketoan-b', 'approve', { key: second });
    assert.deepEqual([repeated.status, repeated.body], [200, decided.body]);
    assert.equal((await find(code))?.revision, 1);
  });

  it('a unit sees the accounts that it may name, and asks for no change', async () => {
    const [all, others] = [newCode(), newCode()];
    await approved(all);
    await approved(others, { account: { ...account, unit: books.units['ketoan-a'] } });
    const codes = async (role: Role) =>
      (await books.read('/beneficiaries?limit=200', role)).body.items.map(
        (one: { code: string }) => one.code,
      );
    const [province, unit] = [await codes('ketoan-a'), await codes('donvi-c')];
    assert.deepEqual([province.includes(all), province.includes(others)], [true, true]);
    assert.deepEqual([unit.includes(all), unit.includes(others)], [true, false]);
    assert.equal((await ask(newCode(), {}, 'donvi-c')).body.code, 'reach-too-small');
    assert.equal((await books.read('/beneficiary-changes', 'donvi-c')).body.code, 'reach-too-small');
  });

  it('what the account cannot be is told when it is asked for', async () => {
    const wrong = [{ bankCode: 'X' }, { bankCode: 'B'.repeat(21) }, { unit: 'khong-co' }, { account: '1' }];
    for (const part of wrong) {
      const { body } = await ask(newCode(), { account: { ...account, ...part } });
      assert.equal(body.code, 'request-invalid', JSON.stringify(part));
    }
    assert.equal((await decide(randomUUID(), 'ketoan-b')).body.code, 'beneficiary-change-not-found');
  });
});
