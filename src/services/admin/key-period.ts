// When a key may be valid: at most 24 months, within its certificate, and never more than two keys of a system at once.
import type { PoolClient } from 'pg';
import { Problem, type ProblemPlace } from '../../problem.ts';

/** The period that is asked for. */
export interface PeriodQuestion {
  readonly systemId: string;
  /** None: from now, or from the first moment of the certificate. */
  readonly validFrom: string | undefined;
  readonly validTo: string;
  /** The certificate's own period. */
  readonly within?: { readonly from: Date; readonly to: Date } | undefined;
}

interface PeriodRow {
  readonly from: Date;
  readonly to: Date;
  readonly is_empty: boolean;
  readonly is_past: boolean;
  readonly is_long: boolean;
  readonly is_early: boolean;
  readonly is_late: boolean;
  readonly is_crowded: boolean;
}

/** The most keys at once are found at the beginning of the period, or where a key of it begins. */
const periodQuery = `
  WITH asked AS (SELECT coalesce($2::timestamptz, greatest(now(), $4::timestamptz)) AS begin, $3::timestamptz AS finish),
  key AS (SELECT valid_from, valid_to FROM system_key WHERE system_id = $1 AND revoked_at IS NULL),
  moment AS (SELECT greatest(begin, now()) AS at FROM asked
    UNION SELECT valid_from FROM key, asked WHERE valid_from > greatest(begin, now()) AND valid_from < finish)
  SELECT begin AS from, finish AS to, finish <= begin AS is_empty, finish <= now() AS is_past,
    finish AT TIME ZONE 'Asia/Ho_Chi_Minh' > begin AT TIME ZONE 'Asia/Ho_Chi_Minh' + interval '24 months' AS is_long,
    coalesce(begin < $4::timestamptz, false) AS is_early, coalesce(finish > $5::timestamptz, false) AS is_late,
    EXISTS (SELECT FROM moment WHERE 2 <= (SELECT count(*) FROM key
      WHERE valid_from <= moment.at AND coalesce(moment.at < valid_to, true))) AS is_crowded
  FROM asked`;

function findFault(row: PeriodRow): ProblemPlace | undefined {
  if (row.is_empty)
    return { where: '/body/validTo', vi: 'phải sau validFrom', en: 'must be after validFrom' };
  if (row.is_past) return { where: '/body/validTo', vi: 'phải ở tương lai', en: 'must be in the future' };
  if (row.is_long)
    return {
      where: '/body/validTo',
      vi: 'không được quá 24 tháng sau validFrom',
      en: 'must be at most 24 months after validFrom',
    };
  if (row.is_early)
    return {
      where: '/body/validFrom',
      vi: 'không được trước khi chứng thư có hiệu lực',
      en: 'must not be before the certificate is valid',
    };
  if (row.is_late)
    return {
      where: '/body/validTo',
      vi: 'không được sau khi chứng thư hết hạn',
      en: 'must not be after the certificate expires',
    };
  return undefined;
}

/**
 * The period that a new key gets. The system's row must be locked.
 * @throws Problem request-invalid with the place | two-keys-already
 */
export async function checkPeriod(
  client: PoolClient,
  { systemId, validFrom, validTo, within }: PeriodQuestion,
): Promise<{ readonly from: Date; readonly to: Date }> {
  const { rows } = await client.query<PeriodRow>(periodQuery, [
    systemId,
    validFrom ?? null,
    validTo,
    within?.from ?? null,
    within?.to ?? null,
  ]);
  const [row] = rows;
  if (!row) throw new Error('a period was not looked at');
  const fault = findFault(row);
  if (fault) throw new Problem('request-invalid', { errors: [fault] });
  if (row.is_crowded) throw new Problem('two-keys-already');
  return { from: row.from, to: row.to };
}
