// What no text, time or cursor can hold is refused with its place, and never reaches the database.
import assert from 'node:assert/strict';
import { startTestHub, type TestAnswer, type TestHub } from '../../support/sandbox-hub.ts';
import { type Administration, createAdministration } from './support.ts';
import { toXlsx } from './unit-import/files.ts';

const validFrom = '2026-01-01T00:00:00+07:00';
const unit = { id: 'xa-la', name: 'Xã Lạ', kind: 'commune', validFrom };
const broken = 'a\0b';
const toCursor = (...place: string[]) => Buffer.from(JSON.stringify(place)).toString('base64url');
const said = ({ status, body }: TestAnswer) => [
  status,
  body.code,
  ...(body.errors ?? []).map(({ where }: { where: string }) => where),
];

describe('Input that cannot be', () => {
  let hub: TestHub;
  let admin: Administration;
  before(async () => {
    hub = await startTestHub('unfit-input');
    admin = createAdministration(hub);
  });
  after(() => hub.stop());

  for (const [query, where] of [
    ['/units?q=%00', 'q'],
    ['/units?q=a%1Fb', 'q'],
    ['/units?code=%00', 'code'],
    ['/officers?q=%00', 'q'],
    [`/units?cursor=${toCursor('id', broken, 'x')}`, 'cursor'],
    [`/units?cursor=${toCursor('id', 'x', broken)}`, 'cursor'],
    ['/grants?endsBefore=2026-02-30T00:00:00Z', 'endsBefore'],
    ['/grants?endsBefore=2026-02-28T00:00:00%2B19:00', 'endsBefore'],
    ['/changes?from=2026-02-30T00:00:00Z', 'from'],
    ['/changes?from=0000-01-01T00:00:00Z', 'from'],
  ] as const)
    it(`in the query is refused by name: ${query}`, async () => {
      assert.deepEqual(said(await admin.read(query)), [400, 'request-invalid', `/query/${where}`]);
    });

  it('in a body is refused with its place: control characters', async () => {
    const code = { scheme: 'agency', code: broken, validFrom };
    const body = { ...unit, name: broken, contact: broken, formedFrom: [broken], codes: [code] };
    assert.deepEqual(said(await admin.act('POST', '/units', body)).sort(), [
      '/body/codes/0/code',
      '/body/contact',
      '/body/formedFrom/0',
      '/body/name',
      400,
      'request-invalid',
    ]);
    const first = await admin.act('POST', '/units', { ...unit, name: '\0' });
    assert.deepEqual(said(first), [400, 'request-invalid', '/body/name']);
    const file = { format: 'csv', fileName: broken, content: 'aWQ=' };
    const upload = await admin.act('POST', '/unit-imports', file);
    assert.deepEqual(said(upload), [400, 'request-invalid', '/body/fileName']);
  });

  it('in a body is refused with its place: days that no calendar has', async () => {
    const code = { scheme: 'agency', code: 'H1', validFrom: '2026-04-31T00:00:00Z' };
    const body = { ...unit, validFrom: '2026-02-30T00:00:00Z', codes: [code] };
    assert.deepEqual(said(await admin.act('POST', '/units', body)), [
      400,
      'request-invalid',
      '/body/codes/0/validFrom',
      '/body/validFrom',
    ]);
  });

  it('in a body is refused: half of a surrogate pair, in a value or a name, and kept nowhere', async () => {
    for (const odd of [{ name: 'Xã \ud83d' }, { ['\udc00']: 1 }])
      assert.deepEqual(said(await admin.act('POST', '/units', { ...unit, ...odd })).slice(0, 2), [
        400,
        'body-unreadable',
      ]);
    assert.equal((await admin.read('/units/xa-la')).status, 404);
    const whole = await admin.act('POST', '/units', { ...unit, name: 'Xã 😀' });
    assert.deepEqual([whole.status, whole.body.name], [201, 'Xã 😀']);
  });

  it('in a cell of a file is an error of its row', async () => {
    const sheet = toXlsx([
      ['Mã', 'Tên', 'Loại', 'Hiệu lực từ'],
      ['xa-o', 'Xã _xD800_', 'Xã', '1/1/2026'],
      ['xa-p', 'Xã _x0000_', 'Xã', '1/1/2026'],
    ]);
    const file = { format: 'xlsx', fileName: 'a.xlsx', content: sheet.toString('base64') };
    const { status, body } = await admin.act('POST', '/unit-imports', file);
    assert.equal(status, 201);
    assert.deepEqual(
      body.rows.map(({ errors: [first] }: { errors: readonly { en: string }[] }) => first?.en),
      Array(2).fill('holds a control or invisible character'),
    );
  });
});
