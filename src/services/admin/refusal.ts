// What the registry's constraints refuse, as problems: the database checks, and says it once for every way in.
import { Problem, type ProblemPlace } from '../../problem.ts';
import type { ProblemCode } from '../../problem-codes.ts';

interface DatabaseError {
  readonly code: string;
  readonly constraint?: string;
}

const isDatabaseError = (error: unknown): error is DatabaseError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^[0-9A-Z]{5}$/.test(error.code);

/** A value that its type does not have: a text of no form, a day of no calendar, a character that no text may hold. */
const unfitValues = new Set(['22P02', '22P05', '22007', '22008', '22009', '22021']);

/** Constraints that have a problem code of their own. */
const codes: Readonly<Record<string, ProblemCode>> = {
  proposal_one_pending: 'proposal-pending',
  proposal_four_eyes: 'proposal-own',
  proposal_kept: 'proposal-decided',
  revoked_for_good: 'revoked-for-good',
};

/** Deadlock, serialization, lock and statement timeout: nothing came of it, and the same may pass a moment later. */
const passing = ['40P01', '40001', '55P03', '57014'];

/** Where in a request the constraint looks, and what it asks for. */
const places: Readonly<Record<string, ProblemPlace>> = {
  unit_parent_id_fkey: {
    where: '/body/parentId',
    vi: 'phải là mã của một đơn vị',
    en: 'must be the id of a unit',
  },
  unit_check: {
    where: '/body/parentId',
    vi: 'không được là chính đơn vị này',
    en: 'must not be the unit itself',
  },
  unit_check1: { where: '/body/validTo', vi: 'phải sau validFrom', en: 'must be after validFrom' },
  unit_code_check: {
    where: '/body/codes',
    vi: 'có mã mà validTo không sau validFrom',
    en: 'holds a code whose validTo is not after its validFrom',
  },
  officer_check: { where: '/body/validTo', vi: 'phải sau validFrom', en: 'must be after validFrom' },
  service_check: {
    where: '/body',
    vi: 'chỉ được có nhiều nhất một trong providerUnitId, providerSource',
    en: 'must have at most one of providerUnitId, providerSource',
  },
  service_provider_source_check: {
    where: '/body/providerSource',
    vi: 'phải là tên của một nguồn',
    en: 'must be the name of a source',
  },
  unit_name_check: {
    where: '/body/name',
    vi: 'phải ở dạng Unicode dựng sẵn (NFC)',
    en: 'must be in Unicode NFC',
  },
  system_unit_id_fkey: {
    where: '/body/unitId',
    vi: 'phải là mã của một đơn vị',
    en: 'must be the id of a unit',
  },
  officer_unit_id_fkey: {
    where: '/body/unitId',
    vi: 'phải là mã của một đơn vị',
    en: 'must be the id of a unit',
  },
  mandate_unit_id_fkey: {
    where: '/body/unitId',
    vi: 'phải là mã của một đơn vị',
    en: 'must be the id of a unit',
  },
  mandate_system_id_fkey: {
    where: '/body/systemId',
    vi: 'phải là mã của một hệ thống',
    en: 'must be the id of a system',
  },
  access_grant_system_id_fkey: {
    where: '/body/systemId',
    vi: 'phải là mã của một hệ thống',
    en: 'must be the id of a system',
  },
  service_provider_unit_id_fkey: {
    where: '/body/providerUnitId',
    vi: 'phải là mã của một đơn vị',
    en: 'must be the id of a unit',
  },
  source_credential_unit_id_fkey: {
    where: '/body/unitId',
    vi: 'phải là mã của một đơn vị',
    en: 'must be the id of a unit',
  },
  source_credential_period: {
    where: '/body/validTo',
    vi: 'phải sau validFrom',
    en: 'must be after validFrom',
  },
  source_credential_account_check: {
    where: '/body/account',
    vi: 'không được là số định danh cá nhân',
    en: 'must not be a personal number',
  },
  access_grant_period: {
    where: '/body/validTo',
    vi: 'không được quá 12 tháng sau validFrom',
    en: 'must be at most 12 months after validFrom',
  },
  access_grant_hours: { where: '/body/hours', vi: 'from phải trước to', en: 'from must be before to' },
};

/** Where in a request stands what another record has already. */
const taken: Readonly<Record<string, ProblemPlace>> = {
  system_key_pkey: {
    where: '/body',
    vi: 'khóa này đã được đăng ký, cho hệ thống này hoặc hệ thống khác',
    en: 'holds a key that is registered already, for this system or another',
  },
  unit_code_pkey: { where: '/body/codes', vi: 'có hai mã như nhau', en: 'holds the same code twice' },
  unit_code_one_unit_at_a_time: {
    where: '/body/codes',
    vi: 'có một mã hai lần, hoặc mã của đơn vị khác, trong cùng thời gian',
    en: 'holds one code twice, or a code of another unit, at the same time',
  },
  mandate_one_at_a_time: {
    where: '/body/validFrom',
    vi: 'trùng thời gian với ủy quyền khác của hệ thống này cho đơn vị này',
    en: 'overlaps with another mandate of this unit for this system',
  },
  source_credential_one_current: {
    where: '/body/source',
    vi: 'đã có tài khoản hiện hành cho đơn vị này',
    en: 'has a current account for this unit already',
  },
};

const toTaken = ({ constraint = '' }: DatabaseError): readonly ProblemPlace[] => [
  taken[constraint] ?? { where: '/body/id', vi: 'đã được đăng ký', en: 'is registered already' },
];

const toPlace = ({ constraint = '' }: DatabaseError): ProblemPlace =>
  places[constraint] ??
  (constraint.includes('valid_to') || constraint.includes('check')
    ? { where: '/body', vi: `không đúng quy tắc ${constraint}`, en: `does not fit the rule ${constraint}` }
    : { where: '/body', vi: 'nêu một bản ghi không có', en: 'names something that does not exist' });

/**
 * The problem that a constraint's refusal means; anything else as it is. The database's own words, which may repeat a
 * value, stay in the cause.
 */
export function toRefusal(error: unknown): unknown {
  if (!isDatabaseError(error)) return error;
  const known = codes[error.constraint ?? ''];
  if (known) return new Problem(known, { cause: error });
  if (passing.includes(error.code)) return new Problem('hub-busy', { cause: error, retryAfterS: 2 });
  if (error.code === '23505') return new Problem('already-exists', { cause: error, errors: toTaken(error) });
  if (error.code === '23P01') return new Problem('period-overlaps', { cause: error, errors: toTaken(error) });
  if (error.code === '23503' || error.code === '23514')
    return new Problem('request-invalid', { cause: error, errors: [toPlace(error)] });
  if (unfitValues.has(error.code))
    return new Problem('request-invalid', {
      cause: error,
      errors: [
        {
          where: '/body',
          vi: 'có giá trị không thể có, như ngày không có trong lịch',
          en: 'holds a value that does not exist, such as a day that no calendar has',
        },
      ],
    });
  return error;
}
