// The directory of units of the mock: merger, both codes of a unit, dirt, and a list of real size.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { toGeneratedUnit } from '../../../mocks/document-axis/generated-units.ts';
import { call, centre, control, list, outside, send, toDocument, toStatus, withMock } from './client.ts';

const own = '000.00.01.H99';

describe('the document axis mock: units', () => {
  it('mock 8.6: shows closed codes as deleted, and their successors with the old code', () =>
    withMock(async (mock) => {
      const { rows } = await call(mock, centre, 'getSynchronizeUnit');
      for (const code of ['000.00.05.H11', '000.00.05.H16', '000.00.98.H36']) {
        const row = rows.find((one) => one['code'] === code);
        assert.deepEqual([row?.['deleted'], row?.['modifyDate'], row?.['version']], [true, '2025/07/01', 2]);
        const qd20 = await call(mock, centre, 'getAgenciesListQD20');
        assert.ok(qd20.rows.some((one) => one['code102'] === code && one['code']?.startsWith('H98.')));
        const old = await call(mock, centre, 'getAgenciesList');
        assert.ok(
          old.rows.some((one) => one['oldCode'] === code) && !old.rows.some((one) => one['code'] === code),
        );
      }
    }));

  it('mock 8.6: refuses a document to a closed code naming the successor, and takes a status', () =>
    withMock(async (mock) => {
      const { json } = await send(mock, centre, own, toDocument(own, ['000.00.05.H11']));
      assert.equal(json['ErrorCode'], '23');
      assert.match(String(json['ErrorDesc']), /000\.00\.05\.H11 -> H98\.9005/);
      const status = toStatus(own, '000.00.05.H11', '000.00.05.H11,2025/06/01,1/CV');
      assert.equal((await send(mock, centre, own, status, { messagetype: 'status' })).json['status'], 'OK');
      assert.deepEqual(
        (await list(mock, outside, 'status')).map(({ to }) => to),
        ['000.00.05.H11'],
      );
    }));

  it('mock 8.6: the old and the new code of a unit reach the same queue, each as it was written', () =>
    withMock(async (mock) => {
      await send(mock, centre, own, toDocument(own, ['H98.9021', '000.90.21.H98', '000.00.01.H98']));
      assert.deepEqual(
        (await list(mock, outside)).map(({ to }) => to),
        ['H98.9021', '000.90.21.H98', '000.00.01.H98'],
      );
      const { rows } = await call(mock, centre, 'getAgenciesListQD20', { level: '2' });
      assert.deepEqual(
        rows.filter(({ code }) => code === 'H98.9021').map(({ code102 }) => code102),
        ['000.90.21.H98'],
      );
    }));

  it('mock 8.8: streams a list of 111,000 units on demand, no code twice', () =>
    withMock(async (mock) => {
      await control(mock.unitsUrl, 'PUT', { agencies: 111_000 });
      const { rows } = await call(mock, centre, 'getSynchronizeUnit');
      assert.ok(rows.length >= 111_000);
      assert.equal(new Set(rows.map(({ code }) => code)).size, rows.length);
      const last = toGeneratedUnit(110_998).code;
      assert.ok(
        rows.every(({ code }) => code !== undefined && code.length <= 35) &&
          rows.some(({ code }) => code === last),
      );
      assert.equal((await send(mock, centre, own, toDocument(own, [last]))).json['status'], 'OK');
    }));

  it('mock 8.8: shows dirt of real lists on demand', () =>
    withMock(async (mock) => {
      const ask = async () => (await call(mock, centre, 'getAgenciesList')).rows;
      assert.ok((await ask()).every(({ code }) => code !== 'null'));
      await control(mock.unitsUrl, 'PUT', { dirty: true });
      const rows = await ask();
      for (const code of ['null', '000.1199.H98', '01.K99#79.H99'])
        assert.ok(rows.some((one) => one['code'] === code));
      assert.ok(rows.some(({ name = '' }) => name !== name.normalize('NFC')));
      assert.equal(rows.filter(({ name }) => name === 'Tên có hai lần').length, 2);
    }));

  it('mock 8.9: knows only invented units, secrets and addresses', () =>
    withMock(async (mock) => {
      const { rows, text } = await call(mock, centre, 'getAgenciesList');
      const invented = /(^|\.)[A-Z]9[789](\.|$)/;
      for (const { code = '', oldCode = '' } of rows) assert.match(code, invented, `${code} ${oldCode}`);
      assert.doesNotMatch(text, /gov\.vn|http/);
      for (const { mail = '' } of rows) assert.match(mail, /@example\.invalid$/);
    }));

  it('mock 8.1: registers and deletes an agency, which then sends and receives or no more', () =>
    withMock(async (mock, restart) => {
      const agency = { id: '77', pcode: own, code: 'H99.129', name: 'Xã Mới Thử', mail: 'x@example.invalid' };
      await call(mock, centre, 'registerAgency', {}, JSON.stringify(agency));
      const again = await restart();
      const toNew = toDocument('G99.01', ['H99.129']);
      assert.equal((await send(again, outside, 'G99.01', toNew)).json['status'], 'OK');
      assert.deepEqual(
        (await list(again, centre)).map(({ to }) => to),
        ['H99.129'],
      );
      assert.equal(
        (await call(again, outside, 'deleteAgency', { AgencyCode: 'H99.129' })).json['ErrorCode'],
        '19',
      );
      await call(again, centre, 'deleteAgency', { AgencyCode: 'H99.129' });
      assert.equal((await send(again, outside, 'G99.01', toNew)).json['ErrorCode'], '23');
      const { rows } = await call(again, centre, 'getSynchronizeUnit');
      assert.equal(rows.find(({ code }) => code === 'H99.129')?.['deleted'], true);
    }));
});
