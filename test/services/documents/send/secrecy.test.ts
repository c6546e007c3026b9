// What counts as a mark of a state secret, and what is an ordinary document about such things.
import assert from 'node:assert/strict';
import { defaultDocumentRules, parseDocumentRules } from '../../../../src/services/documents/rules.ts';
import { findSecrecy } from '../../../../src/services/documents/send/secrecy.ts';

const ofText = (text: string, rules = defaultDocumentRules): string | undefined =>
  findSecrecy({ code: [], texts: [{ where: 'text', text }] }, rules);
const ofCode = (text: string): string | undefined =>
  findSecrecy({ code: [{ where: 'code', text }], texts: [] }, defaultDocumentRules);

const marked = [
  'MẬT',
  '(Mật)',
  '[mật] Kế hoạch diễn tập',
  'Mật - Báo cáo quý I',
  'Công văn MẬT về phòng thủ',
  'BÁO CÁO MẬT',
  'Báo cáo tình hình (TỐI MẬT)',
  'Tài liệu tuyệt mật',
  'Kế hoạch A; độ mật: C',
  'Bao cao_MAT.docx',
  'KE HOACH TOI MAT.pdf',
  'Tô\u0301i mâ\u0323t'.normalize('NFD'),
];
const ordinary = [
  'V/v bảo đảm an toàn bảo mật',
  'V/V BẢO MẬT THÔNG TIN',
  'Mật ong',
  'Hội chợ mật ong năm 2026.pdf',
  'mật độ',
  'V/v điều chỉnh mật độ xây dựng',
  'QUY ĐỊNH MẬT ĐỘ XÂY DỰNG',
  'Đổi mật khẩu thư điện tử',
  'V/v tập huấn bảo vệ bí mật nhà nước',
  'KẾ HOẠCH BẢO VỆ BÍ MẬT NHÀ NƯỚC',
  'Báo cáo thiệt hại do mất điện',
  'Đơn trình bày tôi mất giấy tờ',
  'Mặt bằng sạch',
  'Xác định độ mật của văn bản',
  'Bao cao do mat dien.pdf',
  'Mật độ, mật mã',
];

describe('A degree of secrecy', () => {
  for (const text of marked) it(`is seen in "${text}"`, () => assert.equal(ofText(text), 'text'));
  for (const text of ordinary) it(`is not seen in "${text}"`, () => assert.equal(ofText(text), undefined));

  for (const text of ['M/UBND', '5-M', 'TTg-M', 'BC-UBND(Mật)', 'QĐ-UBND/m', 'BC-Mật'])
    it(`is seen in the notation ${text}`, () => assert.equal(ofCode(text), 'code'));
  for (const text of ['QĐ-UBND', 'BC-TM', 'MTTQ-BTT', 'UBND-VP', 'TTr-SKHCN', 'KH-MN', 'CV-MẶT'])
    it(`is not seen in the notation ${text}`, () => assert.equal(ofCode(text), undefined));

  it('is what the sender says of it', () => {
    const signs = { code: [], texts: [] };
    assert.equal(findSecrecy({ ...signs, secrecy: 'confidential' }, defaultDocumentRules), '/body/secrecy');
    assert.equal(findSecrecy({ ...signs, secrecy: 'none' }, defaultDocumentRules), undefined);
  });

  it('is also in the words that a province adds', () => {
    const rules = parseDocumentRules({ secretWords: ['lưu hành nội bộ'] });
    assert.equal(ofText('Tài liệu Lưu hành nội bộ', rules), 'text');
    assert.equal(ofText('Lưu hành nội bộ phận', rules), 'text');
    assert.equal(ofText('Lưu hành', rules), undefined);
  });
});
