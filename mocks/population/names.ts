// Parts of invented Vietnamese names. Whole names are only ever composed from these lists.

/** Surnames (`Ho`). */
export const surnames = [
  'Nguyễn',
  'Trần',
  'Lê',
  'Phạm',
  'Hoàng',
  'Huỳnh',
  'Phan',
  'Vũ',
  'Võ',
  'Đặng',
  'Bùi',
  'Đỗ',
  'Hồ',
  'Ngô',
  'Dương',
  'Lý',
  'Đinh',
  'Trịnh',
  'Đoàn',
  'Mai',
  'Tạ',
  'Lương',
  'Cao',
  'Châu',
  'Thái',
  'Quách',
] as const;

/** Middle names (`ChuDem`) of men and women. */
export const middleNames = {
  male: ['Văn', 'Hữu', 'Đức', 'Công', 'Quang', 'Minh', 'Xuân', 'Ngọc', 'Thành', 'Đình', 'Bá', 'Trọng'],
  female: [
    'Thị',
    'Thị Ngọc',
    'Thị Thu',
    'Thị Kim',
    'Ngọc',
    'Thanh',
    'Thị Mỹ',
    'Thị Hồng',
    'Thùy',
    'Thị Bích',
  ],
} as const;

/** Given names (`Ten`) of men and women. */
export const givenNames = {
  male: [
    'Thử',
    'Mẫu',
    'Anh',
    'Bình',
    'Cường',
    'Dũng',
    'Đạt',
    'Giang',
    'Hải',
    'Hiếu',
    'Hùng',
    'Khánh',
    'Lâm',
    'Long',
    'Nam',
    'Nghĩa',
    'Phong',
    'Phúc',
    'Quân',
    'Sơn',
    'Tài',
    'Thắng',
    'Tuấn',
    'Việt',
  ],
  female: [
    'Thử',
    'Mẫu',
    'An',
    'Chi',
    'Dung',
    'Duyên',
    'Đào',
    'Hà',
    'Hạnh',
    'Hiền',
    'Hoa',
    'Hương',
    'Lan',
    'Linh',
    'Loan',
    'Mai',
    'Nga',
    'Nhung',
    'Oanh',
    'Phượng',
    'Quyên',
    'Thảo',
    'Trang',
    'Tuyết',
    'Yến',
  ],
} as const;

/** Names of one word, as some peoples of the highlands bear. */
export const singleNames = ['Brếp', 'Ksor', 'Điểu', 'Rơlan', 'Knul', 'Sưu', 'Thiêng'] as const;

/** Names with an apostrophe, in the typewriter form and the typographic one. */
export const apostropheNames = ["K'Brếp", 'K’Thử', "Ha H'Mẫu", 'K’Đàm'] as const;

/** Names of foreigners, with the code of the nationality (two letters; the coding is [assumed]). */
export const foreignNames = [
  { surname: 'SOMPHET', given: 'KHAMTHU', nationality: 'LA' },
  { surname: 'SOK', given: 'CHANMAU', nationality: 'KH' },
  { surname: 'TESTER', given: 'ANNA MARIA', nationality: 'FR' },
  { surname: 'KIM', given: 'SIHEOM', nationality: 'KR' },
] as const;
