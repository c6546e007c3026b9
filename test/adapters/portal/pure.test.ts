// The pure parts: times, checks, what is written, and settings.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isDossierCode } from '../../../adapters/portal/check.ts';
import { toErrorCode } from '../../../adapters/portal/codes.ts';
import {
  createPortalAdapter,
  type PortalDossier,
  parsePortalSettings,
} from '../../../adapters/portal/index.ts';
import { ownerKinds } from '../../../adapters/portal/owner-kinds.ts';
import { dateForms, toEpochMs, toInstant, toPortalTime } from '../../../adapters/portal/times.ts';
import { writeDossier, writeLine } from '../../../adapters/portal/write-dossier.ts';
import { toDossier, toLine } from './support.ts';

const given = {
  generation: 'A',
  ...{ authUrl: 'http://portal.test/auth', integrationUrl: 'http://portal.test/i' },
  ...{ username: 'u', password: 'secret-word', dstcode: 'd', madonvi: 'H99' },
};
const settings = parsePortalSettings(given);
const portal = createPortalAdapter(settings);
const code = 'H99.10-251123-0001';
const toJson = (fields: unknown): unknown => JSON.parse(JSON.stringify(fields));

describe('portal adapter: times', () => {
  it('11.13 a time is written in Hồ Chí Minh City time on the 24-hour clock, and read back with +07:00', () => {
    assert.equal(toPortalTime('2025-11-23T17:05:09.9Z', 'yyyyMMddHHmmss'), '20251124000509');
    assert.equal(toPortalTime('2025-11-23T23:00-05:00', 'dd/MM/yyyy HH:mm:ss'), '24/11/2025 11:00:00');
    assert.equal(toInstant('20251124000509', 'yyyyMMddHHmmss'), '2025-11-24T00:05:09+07:00');
    for (const wrong of ['20250229000000', '20251124240000', '2025112400050', '', '00000101000000'])
      assert.equal(toInstant(wrong, 'yyyyMMddHHmmss'), undefined, wrong);
    assert.equal(toPortalTime('2025-02-29T00:00:00Z', 'yyyyMMddHHmmss'), undefined);
    assert.equal(toPortalTime('9999-12-31T23:00:00Z', 'yyyyMMddHHmmss'), undefined);
  });

  it('11.13 in every form a time comes back as the same moment, to the second', () => {
    const noon = {
      min: new Date('1980-01-01T00:00:00Z'),
      max: new Date('2099-12-31T00:00:00Z'),
      noInvalidDate: true,
    };
    fc.assert(
      fc.property(
        fc.date(noon),
        fc.constantFrom(...dateForms),
        fc.integer({ min: -11, max: 13 }),
        (date, form, hours) => {
          const local = new Date(date.getTime() + hours * 3_600_000).toISOString().slice(0, -5);
          const zone = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
          const back = toInstant(toPortalTime(`${local}${zone}`, form) ?? '', form) ?? '';
          assert.equal(toEpochMs(back), Math.floor(date.getTime() / 1000) * 1000);
          assert.ok(back.endsWith('+07:00'));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('portal adapter: checks', () => {
  it('11.6 the five forms of a code are known, and no other is', () => {
    const forms = ['000.00.01.H99-251123-0001', code, 'H99.129-251123-0035', 'G22.99.01-251123-0007'];
    for (const good of [...forms, 'G99.20-20251123-0000012']) assert.ok(isDossierCode(good), good);
    const bad = ['H99.10-251123-1', 'H99.10-251323-0001', 'h99.10-251123-0001', ' H99.10-251123-0001', ''];
    for (const one of [...bad, 'H99.10-20251123-0001', 'H99.1-251123-0001', 'G99.20-20250229-0000012'])
      assert.deepEqual(portal.check({ code: one, progress: [toLine()] })[0]?.where, '/code', one);
  });

  it('11.6 what is missing is named by its place, as configuration asks for it', () => {
    const missing = portal.check({ code, dossier: { status: 4, owner: { name: '  ' } }, progress: [{}] });
    assert.deepEqual(
      missing.map((mistake) => `${mistake.code} ${mistake.where}`),
      [
        ...['/dossier/procedure/code', '/dossier/owner/name', '/dossier/receivedAt'],
        ...['/progress/0/at', '/progress/0/content', '/progress/0/status'],
      ].map((where) => `missing ${where}`),
    );
    const registered = toDossier({ status: 1 });
    delete registered.receivedAt;
    assert.deepEqual(portal.check({ code, dossier: registered }), []);
    assert.deepEqual(portal.check({ code, progress: [toLine()] }), []);
    assert.deepEqual(portal.required, settings.requiredMembers);
  });

  it('11.6 a text that is too long is told with the most that is taken, and never cut', () => {
    const dossier = toDossier({
      summary: 'x'.repeat(1_001),
      papers: [{ name: 'x'.repeat(4_000) }, { name: 'x'.repeat(4_001) }],
      results: [{ name: 'x'.repeat(2_001) }],
      supplements: [{ papers: [{ name: 'x'.repeat(2_001) }] }],
    });
    const mistakes = portal.check({ code, dossier, progress: [toLine({ officer: 'x'.repeat(51) })] });
    assert.deepEqual(
      mistakes.map(({ where, most }) => [where, most]),
      [
        ['/dossier/summary', 1_000],
        ['/dossier/papers/1/name', 4_000],
        ['/dossier/results/0/name', 2_000],
        ['/dossier/supplements/0/papers/0/name', 2_000],
        ['/progress/0/officer', 50],
      ],
    );
    const { fields } = writeDossier(code, dossier, settings);
    assert.equal(fields['TrichYeuHoSo'], dossier.summary);
  });

  it('11.6 times that cannot follow each other are told, whatever their zones', () => {
    const dossier = toDossier({ finishedAt: '2025-11-23T00:59:59Z', dueAt: '2025-11-23T01:00:00Z' });
    const line = toLine({ from: '2025-11-24T00:00:00Z', dueAt: '2025-11-23T00:00:00Z' });
    assert.deepEqual(portal.check({ code, dossier, progress: [line] }), [
      { code: 'time-order', where: '/dossier/finishedAt' },
      { code: 'time-order', where: '/progress/0/dueAt' },
    ]);
  });
});

const dossiers: fc.Arbitrary<PortalDossier> = fc.record(
  {
    summary: fc.string({ minLength: 1 }),
    note: fc.string({ minLength: 1 }),
    status: fc.integer({ min: 1, max: 10 }),
    owner: fc.record(
      { name: fc.string({ minLength: 1 }), techId: fc.string({ minLength: 1 }) },
      { requiredKeys: [] },
    ),
    papers: fc.array(
      fc.record({ name: fc.string({ minLength: 1 }), isDigitised: fc.boolean() }, { requiredKeys: [] }),
    ),
    databases: fc.array(fc.string({ minLength: 1 })),
  },
  { requiredKeys: [] },
);

describe('portal adapter: what is written', () => {
  it('11.12 what is said is written as it is, and what is not said is not written', () => {
    assert.deepEqual(toJson(writeDossier(code, {}, settings).fields), { MaHoSo: code });
    assert.deepEqual(toJson(writeLine(code, {}, 0, settings).fields), { MaHoSo: code });
    fc.assert(
      fc.property(dossiers, (dossier) => {
        const { fields, where } = writeDossier(code, dossier, settings);
        assert.deepEqual(where, []);
        const { owner, papers, databases, status } = dossier;
        const said = {
          ...{ MaHoSo: code, TrichYeuHoSo: dossier.summary, GhiChu: dossier.note },
          ...{ ChuHoSo: owner?.name, MaDoiTuong: owner?.techId },
          TrangThaiHoSo: status === undefined ? undefined : String(status),
          TaiLieuNop: papers?.map(({ name, isDigitised }) => ({
            TenTepDinhKem: name,
            DuocSoHoa: isDigitised === undefined ? undefined : isDigitised ? '1' : '0',
          })),
          DSKetNoiCSDL: databases?.map((one) => ({ MaCSDL: one })),
        };
        assert.deepEqual(toJson(fields), toJson(said));
      }),
      { numRuns: 200 },
    );
  });

  it('11.12 statuses 5, 6 and 8 are sent as what they are', () => {
    for (const status of [5, 6, 8]) {
      assert.equal(writeDossier(code, { status }, settings).fields['TrangThaiHoSo'], String(status));
      assert.equal(writeLine(code, { status }, 0, settings).fields['TrangThai'], String(status));
    }
  });

  it('11.13 the kind of owner goes through the table of its upstream; one without a code is named, not guessed', () => {
    const own = { citizen: '7', organisation: '0' };
    const table = {
      provincial: ['1', '2', null, '3', '4'],
      ministry: ['0', '1', '2', null, null],
      own: ['7', null, null, null, '0'],
    };
    for (const [preset, codes] of Object.entries(table)) {
      const other = parsePortalSettings({ ...given, ownerKinds: preset, ownKinds: own });
      const written = ownerKinds.map((kind) => writeDossier(code, { owner: { kind } }, other));
      assert.deepEqual(
        written.map(({ fields }) => fields['LoaiDoiTuong'] ?? null),
        codes,
      );
      for (const { fields, where } of written)
        assert.deepEqual(where, fields['LoaiDoiTuong'] === undefined ? ['/dossier/owner/kind'] : []);
    }
  });

  it('11.13 dates and numbers have the form of their upstream', () => {
    const other = parsePortalSettings({
      ...given,
      dateForm: 'dd/MM/yyyy HH:mm:ss',
      numberForm: 'number',
      removedForm: 'digit',
    });
    const { fields } = writeDossier(code, toDossier({ papers: [{ isRemoved: true }] }), other);
    const { NgayTiepNhan, TrangThaiHoSo, TaiLieuNop } = fields;
    assert.deepEqual(
      [NgayTiepNhan, TrangThaiHoSo, toJson(TaiLieuNop)],
      ['23/11/2025 08:00:00', 2, [{ IsDeleted: 1 }]],
    );
  });
});

describe('portal adapter: settings and codes', () => {
  it('11.3 a code has one spelling', () => {
    const pairs = [
      [0, '0'],
      ['0', '0'],
      ['00', '0'],
      [' 00 ', '0'],
      ['-0', '0'],
      ['03', '3'],
      [-3, '-3'],
      ['-03', '-3'],
      ['E1', 'E1'],
    ];
    for (const [shown, normal] of pairs) assert.equal(toErrorCode(shown), normal);
    for (const none of [true, null, undefined, {}, '', 'thành công', 'a b'])
      assert.equal(toErrorCode(none), undefined);
  });

  it('11.13 settings name all their mistakes at once and repeat no value', () => {
    const bad = {
      ...given,
      generation: 'B',
      password: '',
      existsCodes: ['3'],
      unknownCodes: ['03'],
      odd: 1,
      dateForm: 'x',
    };
    assert.throws(
      () => parsePortalSettings(bad),
      (error: Error) => {
        for (const part of [
          'password',
          'createUrl',
          'updateUrl',
          'progressUrl',
          'two things',
          'odd',
          'dateForm',
        ])
          assert.ok(error.message.includes(part), part);
        assert.ok(!error.message.includes('secret-word'));
        return true;
      },
    );
  });
});
