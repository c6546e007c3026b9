// THE list of services, by endpoint; and the dictionaries. Source: public-service-portal.md §2, §10.3, §10.9.
import type { Call, Done, Parts, Service } from './call.ts';
import type { Rows } from './catalogue.ts';
import { lookUpDossier, lookUpTechId, syncDossiers, updateProgress } from './dossier-services.ts';
import { readText } from './fields.ts';
import { done, refuse } from './outcome.ts';
import { questionServices } from './questions.ts';

const toWhole = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^[1-9]\d{0,6}$/.test(text) ? Number(text) : otherwise;

function* slice(rows: Iterable<object>, from: number, to: number): Iterable<object> {
  let place = 0;
  for (const row of rows) {
    if (place >= to) return;
    if (place >= from) yield row;
    place += 1;
  }
}

/** All rows, or a page of them when one is asked for or `pageMost` bounds an answer. */
function toPage({ count, rows }: Rows, { input }: Call, { settings: { pageMost } }: Parts): Done {
  const most = pageMost === 0 ? Number.MAX_SAFE_INTEGER : pageMost;
  const askedSize = readText(input, 'pageSize');
  if (askedSize === undefined && pageMost === 0) return { outcome: done(rows) };
  const pageSize = Math.min(most, toWhole(askedSize, most));
  const pageIndex = toWhole(readText(input, 'pageIndex'), 1);
  const from = (pageIndex - 1) * pageSize;
  const page = { total: count, pageIndex, pageSize };
  return { outcome: { ...done(slice(rows, from, from + pageSize)), page } };
}

const dictionary =
  (read: (parts: Parts) => Rows): Service =>
  (call, parts) =>
    toPage(read(parts), call, parts);

const showProcedure: Service = ({ input }, { settings, catalogue }) => {
  const procedure = catalogue.show(readText(input, 'maTTHC') ?? '');
  if (procedure) return { outcome: done(procedure) };
  return { outcome: refuse(settings, 'procedure', 'mã thủ tục hành chính không tồn tại hoặc đã bị bãi bỏ') };
};

/** What each endpoint of generation A serves. */
export const servicesOf: Readonly<Record<'integration' | 'share', Readonly<Record<string, Service>>>> = {
  integration: {
    DongBoHoSoMC: syncDossiers,
    CapNhatTienDoHoSoMC: updateProgress,
    TraCuuHoSo: lookUpDossier,
    TraCuuTechID: lookUpTechId,
    ...questionServices,
  },
  share: {
    LayDanhSachTTHC: dictionary(({ catalogue }) => catalogue.procedures()),
    LayThuTuc: showProcedure,
    LayDanhMucCoQuan: dictionary(({ catalogue }) => catalogue.agencies()),
    LayDanhMucLinhVuc: dictionary(({ catalogue }) => catalogue.fields()),
    LayDanhMucKetQua: dictionary(({ catalogue }) => catalogue.results()),
    LayDanhSachDVC: dictionary(({ catalogue }) => catalogue.services()),
    ...questionServices,
  },
};
