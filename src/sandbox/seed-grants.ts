// The services of the sandbox and the rights of its systems, among them some that must lead to a refusal.
import { loadContract } from '../contracts/contract.ts';
import { auditGrants } from './seed-audit.ts';
import { evidenceGrants } from './seed-evidence.ts';
import { exportGrant } from './seed-exports.ts';
import { paymentGrants } from './seed-payments.ts';
import { systemIds } from './seed-systems.ts';
import { bodyIds } from './seed-units.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** A grant as the registry's table takes it. */
export interface SeedGrant {
  readonly id: string;
  readonly systemId: string;
  readonly operations: readonly string[];
  readonly purpose?: string;
  readonly legalBasis: string;
  readonly grantor: string;
  readonly fields?: readonly string[];
  readonly caseRule: 'required' | 'optional';
  readonly reach: 'unit' | 'province';
  readonly isSenderBound?: boolean;
  /** An expired one stays expired; the others are renewed. */
  readonly isExpired: boolean;
}

/** Rows of the table `service`. */
export const seedServices = [
  { id: 'population.v1', provider_source: 'population', state: 'active' },
  { id: 'evidence.v1', provider_source: null, state: 'active' },
  { id: 'admin.v1', provider_source: null, state: 'active' },
  { id: 'diagnosis.v1', provider_source: null, state: 'active' },
  { id: 'operation.v1', provider_source: null, state: 'active' },
  { id: 'delivery.v1', provider_source: null, state: 'active' },
  { id: 'documents.v1', provider_source: null, state: 'active' },
  { id: 'payment.v1', provider_source: 'payment-platform', state: 'active' },
  { id: 'portal.v1', provider_source: 'portal', state: 'active' },
] as const;

/** Enough for a load test: the sandbox's limits are there to be seen, not to be met. */
export const seedQuota = { perMinute: 60_000, perDay: 5_000_000 } as const;

const agreement = 'TT-999/2025 (thử nghiệm)';

const identityFields = [
  'personalNumber',
  'oldIdentityNumber',
  'fullName',
  'birthDate',
  'sex',
  'nationality',
  'permanentAddress',
  'currentAddress',
  'dataTime',
  'sourceNote',
];

const familyFields = [
  'ethnicity',
  'maritalStatus',
  'birthRegistrationPlace',
  'origin',
  'father',
  'mother',
  'spouse',
  'representative',
  'householdHead',
];

const population = {
  systemId: systemIds.oneStop,
  operations: ['population.v1/lookUpCitizen', 'population.v1/confirmIdentity'],
  grantor: agreement,
  caseRule: 'required',
  reach: 'unit',
  isSenderBound: true,
  isExpired: false,
} as const;

const administration = loadContract('admin.v1').operations;

const toAdministrationGrants = (systemId: string, canChange: boolean): readonly SeedGrant[] =>
  ([false, true] as const)
    .filter((effect) => !effect || canChange)
    .map((effect) => ({
      id: `q-${systemId}-${effect ? 'ghi' : 'doc'}`,
      systemId,
      operations: administration.filter((operation) => operation.effect === effect).map(({ name }) => name),
      ...(effect && { purpose: 'quan-tri', isSenderBound: true }),
      legalBasis: 'Quy chế vận hành trục (thử nghiệm): quản trị danh bạ và quyền khai thác',
      grantor: bodyIds.technology,
      caseRule: 'optional',
      reach: 'province',
      isExpired: false,
    }));

const toOperationGrant = (systemId: string): SeedGrant => ({
  id: `q-${systemId}-van-hanh`,
  systemId,
  operations: ['operation.v1/listSources', 'operation.v1/getSource', 'operation.v1/getHub'],
  legalBasis: 'Quy chế vận hành trục (thử nghiệm): theo dõi tình trạng trục và nguồn',
  grantor: bodyIds.technology,
  caseRule: 'optional',
  reach: 'province',
  isExpired: false,
});

const readDeliveries = ['delivery.v1/listDeliveries', 'delivery.v1/getDelivery'];
const readDeadLetters = ['delivery.v1/listDeadLetters', 'delivery.v1/getDeadLetter'];
const webhooks = loadContract('delivery.v1').operations.filter(({ path }) => path.includes('/webhooks'));

const deliveryGrant = {
  grantor: bodyIds.technology,
  caseRule: 'optional',
  reach: 'province',
  isExpired: false,
} as const;

const deliveryGrants: readonly SeedGrant[] = [
  {
    ...deliveryGrant,
    id: `q-${systemIds.documents}-chuyen-giao`,
    systemId: systemIds.documents,
    operations: [...webhooks.map(({ name }) => name), ...readDeliveries, ...readDeadLetters],
    legalBasis: 'Quy chế vận hành trục (thử nghiệm): đơn vị theo dõi chuyển giao và webhook của mình',
    reach: 'unit',
  },
  ...[systemIds.administrator, systemIds.approver, systemIds.auditor].map((systemId) => ({
    ...deliveryGrant,
    id: `q-${systemId}-chuyen-giao-doc`,
    systemId,
    operations: ['delivery.v1/listQueues', 'delivery.v1/getDelivery', ...readDeadLetters],
    legalBasis: 'Quy chế vận hành trục (thử nghiệm): theo dõi hàng đợi và thư không chuyển được',
  })),
  ...[systemIds.administrator, systemIds.approver].map((systemId) => ({
    ...deliveryGrant,
    id: `q-${systemId}-chuyen-giao-ghi`,
    systemId,
    operations: ['delivery.v1/replayDeadLetter', 'delivery.v1/abandonDeadLetter'],
    purpose: 'quan-tri',
    isSenderBound: true,
    legalBasis: 'Quy chế vận hành trục (thử nghiệm): quyết định về thư không chuyển được',
  })),
];

const documents = loadContract('documents.v1').operations;
const isOfOperator = ({ id }: { readonly id: string }): boolean => id.includes('Kept');

const portal = loadContract('portal.v1').operations.filter(({ scheme }) => scheme === 'hubToken');
/** What is the province's: its figures, and when the catalogue is synchronised. */
const ofProvince: readonly string[] = ['listProvinceFigures', 'startSynchronisation'];
const isOfCatalogue = ({ path }: { readonly path: string }): boolean =>
  ['procedures', 'fields', 'agencies', 'result-papers', 'catalogue'].some((part) =>
    path.includes(`/${part}`),
  );

const portalGrants: readonly SeedGrant[] = [
  {
    id: 'q-mot-cua-cong-dvc',
    systemId: systemIds.oneStop,
    operations: portal.filter(({ id }) => !ofProvince.includes(id)).map(({ name }) => name),
    legalBasis: 'Nghị định 118/2025/NĐ-CP: đồng bộ hồ sơ lên Cổng Dịch vụ công quốc gia (căn cứ thử nghiệm)',
    grantor: bodyIds.oneStop,
    caseRule: 'optional',
    reach: 'unit',
    isSenderBound: true,
    isExpired: false,
  },
  {
    ...deliveryGrant,
    id: 'q-mot-cua-chuyen-giao',
    systemId: systemIds.oneStop,
    operations: [...webhooks.map(({ name }) => name), ...readDeliveries, ...readDeadLetters],
    legalBasis: 'Quy chế vận hành trục (thử nghiệm): đơn vị theo dõi chuyển giao và webhook của mình',
    reach: 'unit',
  },
  ...[systemIds.administrator, systemIds.auditor].map((systemId) => ({
    ...deliveryGrant,
    id: `q-${systemId}-cong-dvc`,
    systemId,
    operations: portal
      .filter((operation) => !operation.effect && isOfCatalogue(operation))
      .map(({ name }) => name)
      .concat('portal.v1/listProvinceFigures'),
    legalBasis: 'Quy chế vận hành trục (thử nghiệm): theo dõi đồng bộ với Cổng Dịch vụ công quốc gia',
  })),
  {
    ...deliveryGrant,
    id: 'q-quan-tri-cong-dvc-ghi',
    systemId: systemIds.administrator,
    operations: ['portal.v1/startSynchronisation'],
    isSenderBound: true,
    legalBasis: 'Quy chế vận hành trục (thử nghiệm): đồng bộ danh mục thủ tục',
  },
];

/** All grants of the sandbox. */
export const seedGrants: readonly SeedGrant[] = [
  exportGrant,
  {
    ...population,
    id: 'q-mot-cua-tthc',
    purpose: 'giai-quyet-tthc',
    legalBasis: 'Giải quyết thủ tục hành chính (căn cứ thử nghiệm)',
    fields: identityFields,
  },
  {
    ...population,
    id: 'q-mot-cua-ho-tich',
    purpose: 'ho-tich',
    legalBasis: 'Đăng ký hộ tịch (căn cứ thử nghiệm)',
    fields: [...identityFields, ...familyFields],
  },
  {
    ...population,
    id: 'q-mot-cua-tiep-dan',
    operations: ['population.v1/confirmIdentity'],
    purpose: 'tiep-cong-dan',
    legalBasis: 'Tiếp công dân: chỉ xác nhận danh tính (căn cứ thử nghiệm)',
  },
  {
    ...population,
    id: 'q-mot-cua-bao-tro',
    purpose: 'bao-tro-xa-hoi',
    legalBasis: 'Bảo trợ xã hội: quyền đã hết hạn (căn cứ thử nghiệm)',
    fields: identityFields,
    isExpired: true,
  },
  ...auditGrants,
  ...evidenceGrants,
  ...toAdministrationGrants(systemIds.administrator, true),
  ...toAdministrationGrants(systemIds.approver, true),
  ...toAdministrationGrants(systemIds.auditor, false),
  ...[systemIds.administrator, systemIds.auditor].map(toOperationGrant),
  ...deliveryGrants,
  ...paymentGrants,
  ...portalGrants,
  {
    id: 'q-van-ban-lien-thong',
    systemId: systemIds.documents,
    operations: documents.filter((operation) => !isOfOperator(operation)).map(({ name }) => name),
    legalBasis: 'Quyết định 28/2018/QĐ-TTg: gửi, nhận văn bản điện tử (căn cứ thử nghiệm)',
    grantor: bodyIds.technology,
    caseRule: 'optional',
    reach: 'unit',
    isSenderBound: true,
    isExpired: false,
  },
  {
    id: 'q-quan-tri-van-ban',
    systemId: systemIds.administrator,
    operations: documents.filter(isOfOperator).map(({ name }) => name),
    purpose: 'quan-tri',
    legalBasis: 'Quy chế vận hành trục (thử nghiệm): xử lý thông điệp chưa đọc được',
    grantor: bodyIds.technology,
    caseRule: 'optional',
    reach: 'province',
    isSenderBound: true,
    isExpired: false,
  },
];

interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** 360 days, from the day before `at`. */
export function toLastingPeriod(at: Date): Period {
  return { from: new Date(at.getTime() - dayMs), to: new Date(at.getTime() + 359 * dayMs) };
}

/** The period that a grant gets when it is made: a lasting one, or one of 360 days that ended 40 days before `at`. */
export function toFirstPeriod(grant: SeedGrant, at: Date): Period {
  return toLastingPeriod(grant.isExpired ? new Date(at.getTime() - 399 * dayMs) : at);
}
