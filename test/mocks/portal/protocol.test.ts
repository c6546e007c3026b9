// How the mock is spoken: login, units, services, forms of error_code, generations.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { startPortalMock } from '../../../mocks/portal/mock.ts';
import {
  account,
  control,
  dstcode,
  login,
  openPortal,
  type Portal,
  post,
  toCodes,
  toDossier,
  toLine,
  unit,
} from './client.ts';

describe('the portal mock: protocol', () => {
  let portal: Portal;
  before(async () => {
    portal = await openPortal();
  });
  after(() => portal.close());
  const ask = (session: string, more = {}) =>
    post(portal.mock.integrationUrl, {
      ...{ session, madonvi: unit, service: 'TraCuuHoSo', mahoso: 'H99.10-251123-9999' },
      ...more,
    });

  it('10.1 a login gives a session, a wrong password none', async () => {
    const { error_code, session = '' } = await login(portal.mock);
    assert.equal(error_code, 0);
    assert.equal((await ask(session)).error_code, 0);
    const refused = await login(portal.mock, { ...account, password: 'wrong' });
    assert.deepEqual([refused.error_code, refused.session], [-1, undefined]);
    await portal.setFault({ mode: 'wrongPassword', count: 1 });
    assert.equal((await login(portal.mock)).error_code, -1);
    assert.equal((await login(portal.mock)).error_code, 0);
  });

  it('10.1 a session ends after its time, and a forged one never was', async () => {
    const short = await openPortal({ sessionMs: 1 });
    const { session = '' } = await login(short.mock);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const body = { session, madonvi: unit, service: 'TraCuuHoSo', mahoso: 'x' };
    const { error_code, message = '' } = await post(short.mock.integrationUrl, body);
    await short.close();
    assert.equal(error_code, -2);
    assert.match(message, /session expired/);
    assert.equal((await ask('bGFt.99999999999999.nonce.forged')).error_code, -2);
  });

  it('10.1 a session that a fault ended early stays over, a new login goes on', async () => {
    const { session = '' } = await login(portal.mock);
    await portal.setFault({ mode: 'sessionExpired', services: ['TraCuuHoSo'], count: 1 });
    assert.equal((await ask(session)).error_code, -2);
    assert.equal((await ask(session)).error_code, -2);
    const { session: next = '' } = await login(portal.mock);
    assert.equal((await ask(next)).error_code, 0);
  });

  it('10.2 a wrong dstcode, an unknown and a closed unit get an answer that is an error', async () => {
    assert.equal((await login(portal.mock, account, { dstcode: 'other' })).error_code, -1);
    const unknown = await portal.integrate('TraCuuHoSo', { madonvi: 'H98.10', mahoso: 'x' });
    assert.equal(unknown.error_code, -1);
    const closed = await portal.integrate('TraCuuHoSo', { madonvi: '000.00.36.H36', mahoso: 'x' });
    assert.match(closed.message ?? '', /kế thừa H99\.36/);
    assert.notEqual(closed.message, unknown.message);
  });

  it('10.3 an unknown service, and one of the other endpoint, gives -1 with HTTP 200', async () => {
    const { session } = await login(portal.mock);
    const answer = await fetch(portal.mock.integrationUrl, {
      method: 'POST',
      body: JSON.stringify({ session, madonvi: unit, service: 'GetThongTinHoSo' }),
    });
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { error_code: unknown }).error_code, -1);
    assert.equal((await portal.integrate('LayDanhSachTTHC')).error_code, -1);
    assert.equal((await portal.share('DongBoHoSoMC')).error_code, -1);
  });

  it('10.4 error_code is a number, "0", "00", or each in turn', async () => {
    const read = async (form: string) => {
      await portal.setFault({ mode: 'codeForm', form, count: 3 });
      const codes: unknown[] = [];
      for (let turn = 0; turn < 3; turn += 1)
        codes.push((await portal.share('LayDanhMucLinhVuc')).error_code);
      return codes;
    };
    assert.deepEqual(await read('number'), [0, 0, 0]);
    assert.deepEqual(await read('0'), ['0', '0', '0']);
    assert.deepEqual(await read('00'), ['00', '00', '00']);
    assert.deepEqual(await read('mixed'), [0, '0', '00']);
    await portal.setFault({ mode: 'codeForm', form: '00', count: 1 });
    assert.deepEqual(toCodes(await portal.update(toDossier())), ['-1']);
  });

  it('10.14 generation B takes bare arrays at three addresses', async () => {
    const { createUrl, updateUrl, progressUrl } = portal.mock;
    const dossier = toDossier();
    const created = await post(createUrl, [dossier]);
    assert.deepEqual([created.error_code, created.result], [0, undefined]);
    assert.equal((await post(createUrl, [dossier])).error_code, 3);
    assert.equal((await post(updateUrl, [{ ...dossier, TrangThaiHoSo: '4' }])).error_code, 0);
    assert.equal((await post(progressUrl, [toLine(dossier.MaHoSo)])).error_code, 0);
    assert.equal((await post(createUrl, toDossier())).error_code, -1);
    assert.deepEqual(toCodes(await post(createUrl, [toDossier(), dossier])), [0, 3]);
    assert.equal((await portal.held(dossier.MaHoSo))['status'], '4');
  });

  it('10.14 the query-string variant reads unit and flag from its address', async () => {
    const dossier = toDossier();
    const url = (isUpdating: string, code = unit) =>
      `${portal.mock.queryUrl}?MaDinhDanhDV=${code}&isUpdating=${isUpdating}`;
    assert.equal((await post(url('False'), [dossier])).error_code, 0);
    assert.equal((await post(url('True'), [dossier])).error_code, 0);
    assert.equal((await post(url('true'), [dossier])).error_code, -1);
    assert.equal((await post(url('True', 'H98.1'), [dossier])).error_code, -1);
    assert.deepEqual((await portal.held(dossier.MaHoSo))['units'], [unit]);
  });

  it('10.14 offers only the generations of its configuration', async () => {
    const only = await openPortal({ generations: ['A'] });
    const answer = await fetch(only.mock.createUrl, { method: 'POST', body: '[]' });
    await only.close();
    assert.equal(answer.status, 404);
  });

  it('dstcode is asked for on every call where the configuration wants it', async () => {
    const strict = await openPortal({ dstcodeOn: 'every' });
    const { session } = await login(strict.mock);
    const body = { session, madonvi: unit, service: 'LayDanhMucLinhVuc' };
    const [without, withIt] = [
      await post(strict.mock.shareUrl, body),
      await post(strict.mock.shareUrl, body, { dstcode }),
    ];
    await strict.close();
    assert.deepEqual([without.error_code, withIt.error_code], [-1, 0]);
  });

  it('names every mistake of its configuration, and repeats no value', async () => {
    const wrong: unknown = {
      ...{ accounts: [{ username: 'a b', password: 'hidden-word' }], dstcode, controlKey: 'short' },
      ...{ journalFile: '/nowhere', errorCodeForm: 'text', unknownMember: 1 },
    };
    await assert.rejects(
      startPortalMock(wrong as Parameters<typeof startPortalMock>[0]),
      (error: Error) =>
        /controlKey must.*username must.*errorCodeForm must.*unknownMember is not known/.test(
          error.message,
        ) && !error.message.includes('hidden-word'),
    );
  });

  it('its addresses for tests know their methods, and nobody without the key', async () => {
    const { journalUrl, faultUrl } = portal.mock;
    assert.equal((await fetch(journalUrl.replace('test-control-key', 'other-control-k'))).status, 404);
    assert.equal((await fetch(journalUrl, { method: 'DELETE' })).status, 405);
    const { error } = await control(faultUrl, 'PUT', { mode: 'nothing' });
    assert.match(String(error), /fault\.mode must be one of/);
  });
});
