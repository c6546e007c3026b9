// Periods of searches: one that holds no instant is a slip, and an empty answer would be taken for "there was nothing".
import { Problem } from '../../problem.ts';

interface Period {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * Nothing where one of both is left out.
 * @param where they stand, as `/query`
 * @throws Problem request-invalid when `to` is not after `from`
 */
export function checkPeriod(where: string, { from, to }: Period): void {
  if (from === undefined || to === undefined || Date.parse(from) < Date.parse(to)) return;
  throw new Problem('request-invalid', {
    errors: [{ where: `${where}/to`, vi: 'phải sau `from`', en: 'must be after `from`' }],
  });
}
