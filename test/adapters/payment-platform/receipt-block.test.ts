// ThongTinBienLai of fees and of fines, with what the reference leaves open set either way. Pure. Source: §1.2
import assert from 'node:assert/strict';
import { SourceError } from '../../../adapters/adapter.ts';
import { type FineDecision, parsePaymentPlatformSettings } from '../../../adapters/payment-platform/index.ts';
import { type ReceiptBlock, toReceiptBlock } from '../../../adapters/payment-platform/receipt-block.ts';
import { type Fields, least, toDemand } from './support.ts';

function write(more: Parameters<typeof toDemand>[0] = {}, over: Fields = {}): ReceiptBlock {
  const settings = parsePaymentPlatformSettings({ ...least, ...over });
  assert(settings.variant === 'platform');
  return toReceiptBlock(toDemand(more), settings);
}

const fine: FineDecision = {
  ...{
    kind: { code: 'GT', name: 'Giao thông' },
    agency: { code: 'CQ', name: 'Cơ quan thử' },
    number: 'QD-1',
  },
  ...{ day: '2025-11-01', violatedAt: '2025-10-31T13:05:00+07:00', place: 'Nơi thử', violator: 'Người Thử' },
};

describe('The receipt block', () => {
  it('1.2, 8.3: has every member of the reference, fee lines and items with their sums as texts', () => {
    const block = write();
    assert.equal(Object.keys(block).length, 30);
    assert.deepEqual(
      [block['MaDichVu'], block['MaDVC'], block['TenTTHC'], block['SoQD'], block['HuyenNguoiNop']],
      ['2', '2.000488', 'Thủ tục thử nghiệm', '', ''],
    );
    assert.deepEqual(block['PhiLePhi'], [
      { LoaiPhiLePhi: '1', MaPhiLePhi: 'P1', TenPhiLePhi: 'Phí thử', SoTien: '100000' },
      { LoaiPhiLePhi: '2', MaPhiLePhi: 'L1', TenPhiLePhi: 'Lệ phí thử', SoTien: '50000' },
    ]);
    assert.deepEqual(block['DSKhoanNop'], [
      { NoiDung: 'Phí thử', SoTien: '100000' },
      { NoiDung: 'Lệ phí thử', SoTien: '50000' },
    ]);
  });

  it('1.2: a fine has its decision, times on the 24-hour clock, and items only', () => {
    const block = write({ fine });
    assert.deepEqual(
      [
        block['MaDichVu'],
        block['NgayQD'],
        block['ThoiGianViPham'],
        block['TenNguoiViPham'],
        block['PhiLePhi'],
      ],
      ['1', '20251101', '20251031130500', 'Người Thử', []],
    );
    assert.equal(write({ fine }, { dayForm: 'dd/MM/yyyy' })['NgayQD'], '01/11/2025');
  });

  it('8.14: members that nothing is known for are left out where that is configured; the district by its own rule', () => {
    const omitted = write({}, { absent: 'omitted', lineAmount: 'number' });
    assert.equal('SoQD' in omitted, false);
    assert.equal(omitted['HuyenNguoiNop'], '');
    assert.equal('HuyenNguoiNop' in write({}, { district: { kind: 'omitted' } }), false);
    assert.deepEqual((omitted['DSKhoanNop'] as readonly Fields[])[0]?.['SoTien'], 100_000);
  });

  it('8.13: what is wrong with an account is for the hub to mend, not for the caller', () => {
    const beneficiary = { ...toDemand().beneficiary, account: '' };
    assert.throws(
      () => write({ beneficiary }),
      (error: unknown) =>
        error instanceof SourceError && error.code === 'empty-TKThuHuong' && error.party === 'hub',
    );
  });
});
