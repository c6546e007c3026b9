// Units of the administration service: register, list by page, change, suspend, revoke.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { type Administration, createAdministration } from './support.ts';

const unit = {
  id: 'xa-moi',
  name: 'Xã Thử Mới',
  kind: 'commune',
  validFrom: '2026-01-01T00:00:00+07:00',
  codes: [{ scheme: 'population', code: 'TEST-MOI', validFrom: '2026-01-01T00:00:00+07:00' }],
};

describe('Administration of units', () => {
  let hub: TestHub;
  let admin: Administration;

  before(async () => {
    hub = await startTestHub('admin-units');
    admin = createAdministration(hub);
  });
  after(() => hub.stop());

  it('registers a unit, once for an idempotency key, with an entry and a row of the history', async () => {
    const key = randomUUID();
    const made = await admin.act('POST', '/units', unit, { key });
    assert.equal(made.status, 201);
    assert.equal(made.body.revision, 1);
    const again = await admin.act('POST', '/units', unit, { key });
    assert.deepEqual(again.body, made.body);
    assert.notEqual(again.exchangeId, made.exchangeId);
    const entries = await hub.entries(made.exchangeId);
    assert.deepEqual(
      entries.map(({ kind }) => kind),
      ['opened', 'closed'],
    );
    assert.equal(entries[1]?.sealed['result'], 'createUnit unit xa-moi');
    const { rows } = await hub.owner.query('SELECT * FROM administration_change WHERE target = $1', [
      'xa-moi',
    ]);
    assert.equal(rows.length, 1);
    assert.equal(rows[0].exchange_id, made.exchangeId);
  });

  it('refuses a second unit of the same id, and a code that is another unit’s at that time', async () => {
    const same = await admin.act('POST', '/units', unit);
    assert.deepEqual([same.body.code, same.body.errors[0].where], ['already-exists', '/body/id']);
    assert.equal(same.body.errors[0].en, 'is registered already');
    const other = await admin.act('POST', '/units', { ...unit, id: 'xa-khac' });
    assert.equal(other.body.code, 'period-overlaps');
    const [place] = other.body.errors;
    assert.deepEqual(
      [place.where, place.en],
      ['/body/codes/0/code', 'this code of population is the unit xa-moi’s at that time'],
    );
    assert.doesNotMatch(JSON.stringify(other.body), /TEST-MOI/);
    assert.equal((await admin.read('/units/xa-khac')).status, 404);
  });

  it('says where: the same code twice in one request, and a code that ends before it begins', async () => {
    const [code] = unit.codes;
    const refused = async (...codes: object[]) => {
      const { body } = await admin.act('POST', '/units', { ...unit, id: 'xa-khac', codes });
      return [body.code, body.errors[0].where];
    };
    const own = { ...code, code: 'TEST-KHAC' };
    const later = { ...own, validFrom: '2026-02-01T00:00:00+07:00' };
    assert.deepEqual(await refused(own, own), ['already-exists', '/body/codes']);
    assert.deepEqual(await refused(own, later), ['period-overlaps', '/body/codes']);
    const ended = { ...own, validTo: '2025-01-01T00:00:00Z' };
    assert.deepEqual(await refused(ended), ['request-invalid', '/body/codes']);
  });

  it('lists all 166, the five former ones and the new one by page, in order, none twice', async () => {
    const ids: string[] = [];
    let next: string | null = null;
    do {
      const page = await admin.read(`/units?limit=50&sort=-name${next === null ? '' : `&cursor=${next}`}`);
      assert.equal(page.status, 200);
      ids.push(...page.body.items.map(({ id }: { id: string }) => id));
      next = page.body.next;
    } while (next !== null);
    assert.equal(ids.length, 172);
    assert.equal(new Set(ids).size, 172);
  });

  it('finds by name without diacritics, by code, kind and state', async () => {
    const find = async (query: string) => (await admin.read(`/units?${query}`)).body.items;
    const [found, ...others] = await find('q=xa+thu+moi');
    assert.equal(found.id, 'xa-moi');
    assert.deepEqual(others, []);
    assert.equal((await find('code=TEST-MOI')).length, 1);
    assert.equal((await find('kind=special-zone')).length, 1);
    assert.deepEqual(await find('state=suspended'), []);
  });

  it('refuses a cursor of another order, and a sort that is not known', async () => {
    const { body } = await admin.read('/units?limit=1');
    assert.equal((await admin.read(`/units?sort=name&cursor=${body.next}`)).body.code, 'request-invalid');
    assert.equal((await admin.read('/units?sort=kind')).body.code, 'request-invalid');
  });

  it('changes what is sent and leaves the rest, against the revision that was read', async () => {
    const change = {
      revision: 1,
      reason: 'đổi tên',
      name: 'Xã Thử Mới Hơn',
      contact: 'lien-he@lgsp.example',
    };
    const changed = await admin.act('PATCH', '/units/xa-moi', change);
    assert.equal(changed.status, 200);
    assert.equal(changed.body.name, 'Xã Thử Mới Hơn');
    assert.equal(changed.body.codes.length, 1);
    assert.equal(changed.body.revision, 2);
    const late = await admin.act('PATCH', '/units/xa-moi', change);
    assert.equal(late.body.code, 'revision-conflict');
    const emptied = await admin.act('PATCH', '/units/xa-moi', { revision: 2, reason: 'bỏ', contact: null });
    assert.equal(emptied.body.contact, undefined);
  });

  it('suspends at once: nobody acts for the unit until it is resumed; revoked is for good', async () => {
    const state = (to: string) => admin.act('PUT', '/units/xa-moi/state', { state: to, reason: 'thử' });
    assert.equal((await state('suspended')).body.state, 'suspended');
    assert.equal((await state('suspended')).body.code, 'state-unchanged');
    assert.equal((await state('active')).body.state, 'active');
    assert.equal((await state('revoked')).body.state, 'revoked');
    assert.equal((await state('active')).body.code, 'revoked-for-good');
  });

  it('is nobody’s but an administrator’s: another system gets nothing, the auditor reads only', async () => {
    const asOneStop = await admin.read('/units', { as: 'mot-cua' });
    assert.equal(asOneStop.body.code, 'mandate-missing');
    assert.equal((await admin.read('/units', { as: 'kiem-toan' })).status, 200);
    const asAuditor = await admin.act('POST', '/units', { ...unit, id: 'xa-kt' }, { as: 'kiem-toan' });
    assert.equal(asAuditor.body.code, 'grant-missing');
  });
});
