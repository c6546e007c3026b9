// Places for invented addresses: communes after and before 1 July 2025 (units-and-codes.md §4). Codes of districts and
// of old communes are [assumed]: no public list of old codes is part of the references.

/** A place as an address names it; codes are absent where the form of the time has none. */
export interface Place {
  readonly province: string;
  readonly district?: string;
  readonly commune: string;
  readonly name: string;
}

/** New communes, two levels. */
export const newCommunes = [
  { province: '68', commune: '24781', name: 'Phường Xuân Hương - Đà Lạt' },
  { province: '68', commune: '24778', name: 'Phường Lâm Viên - Đà Lạt' },
  { province: '68', commune: '24820', name: 'Phường 2 Bảo Lộc' },
  { province: '68', commune: '22945', name: 'Phường Phan Thiết' },
  { province: '68', commune: '22918', name: 'Phường Mũi Né' },
  { province: '68', commune: '24670', name: 'Xã Đắk Mil' },
  { province: '68', commune: '24985', name: 'Xã Ninh Gia' },
  { province: '68', commune: '24967', name: 'Xã Hiệp Thạnh' },
  { province: '68', commune: '25135', name: 'Xã Đạ Tẻh 3' },
  { province: '68', commune: '23272', name: 'Đặc khu Phú Quý' },
] as const satisfies readonly Place[];

/** Old communes, three levels; two provinces of which no longer exist. */
export const oldCommunes = [
  { province: '68', district: '672', commune: '24769', name: 'Phường 7, thành phố Đà Lạt' },
  { province: '68', district: '673', commune: '24823', name: 'Phường Lộc Phát, thành phố Bảo Lộc' },
  { province: '60', district: '593', commune: '22921', name: 'Phường Hàm Tiến, thành phố Phan Thiết' },
  { province: '60', district: '595', commune: '22975', name: 'Xã Chí Công, huyện Tuy Phong' },
  { province: '67', district: '663', commune: '24664', name: 'Thị trấn Đắk Mil, huyện Đắk Mil' },
] as const satisfies readonly Place[];

/** Old communes that were split between two new ones: the code alone does not say which one is meant. */
export const splitCommunes = [
  { province: '60', district: '596', commune: '23053', name: 'Xã Hòa Thắng, huyện Bắc Bình' },
  { province: '60', district: '595', commune: '22990', name: 'Xã Phong Phú, huyện Tuy Phong' },
] as const satisfies readonly Place[];

/** The old province code in an identifier and in an address; the three that became new Lâm Đồng. */
export const oldProvinces = [
  { prefix: '060', province: '60', name: 'Bình Thuận' },
  { prefix: '067', province: '67', name: 'Đắk Nông' },
  { prefix: '068', province: '68', name: 'Lâm Đồng' },
] as const;
