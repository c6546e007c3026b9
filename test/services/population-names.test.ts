// When two writings are one name, and when they are two.
import assert from 'node:assert/strict';
import { isSamePerson, toFoldedName } from '../../src/services/population/compare.ts';

describe('population service: names', () => {
  const same = [
    ['Đỗ Thị Thử', 'ĐỖ THỊ THỬ'.normalize('NFD')],
    ['Đỗ Thử', 'Ðỗ Thử'],
    ['K’Thử', "K'Thử"],
    ['Y\u00a0 Thử ', 'Y Thử'],
    ['Hoà Thuý', 'Hòa Thúy'],
    ['Thử-Mẫu', 'Thử‑Mẫu'],
  ] as const;
  for (const [left, right] of same)
    it(`takes ${left} and ${right} for one name`, () => {
      assert.equal(toFoldedName(left), toFoldedName(right));
    });

  const different = [
    ['Thử Nghiệm', 'Thứ Nghiệm'],
    ['Nguyễn Thị Thử', 'Nguyen Thi Thu'],
    ['Đỗ Thử', 'Dỗ Thử'],
    ['Thử Mẫu', 'ThửMẫu'],
    ['Hoàn', 'Hòan Y'],
    ['Trâm', 'Trăm'],
  ] as const;
  for (const [left, right] of different)
    it(`takes ${left} and ${right} for two names`, () => {
      assert.notEqual(toFoldedName(left), toFoldedName(right));
    });

  it('confirms nobody whose record lacks what is compared', () => {
    const claim = { personalNumber: '999190000002', fullName: 'Y Thử', birthDate: '1990' };
    const record = { personalNumber: '999190000002', fullName: 'Y Thử', birthDate: '1990-02-15' };
    assert.equal(isSamePerson(claim, record), true);
    for (const field of ['personalNumber', 'fullName', 'birthDate'] as const) {
      const { [field]: _absent, ...rest } = record;
      assert.equal(isSamePerson(claim, rest), false);
    }
    assert.equal(isSamePerson(claim, { ...record, personalNumber: '999190000003' }), false);
  });
});
