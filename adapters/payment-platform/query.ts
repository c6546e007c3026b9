// QUERY, GET_BILL and what has their members; and what QUERY's answer says. Source: payment-platform.md §1.4, §8.7
import { toChecksum } from './checksum.ts';
import { ownReference, toKeptCode } from './members.ts';
import type { QueryOutcome, WireBody } from './payment.ts';
import { toUnmapped, toUnreadable } from './refusals.ts';
import type { Reply } from './reply.ts';
import type { PlatformSettings } from './settings.ts';
import { toStamp } from './times.ts';

/** A message about a payment. @throws SourceError `unmapped` where the reference is none of ours */
export function toAbout(type: string, reference: string, at: Date, settings: PlatformSettings): WireBody {
  if (!ownReference.test(reference)) throw toUnmapped('MaThamChieu', 'malformed', 'caller');
  const signed = {
    LoaiBanTin: type,
    PhienBan: settings.version,
    MaDoiTac: settings.partner,
    MaThamChieu: reference,
    ThoiGianGD: toStamp(at),
  };
  return { ...signed, MaXacThuc: toChecksum(Object.values(signed), settings.secret) };
}

/** An answer that names another payment or partner says nothing of ours. @throws SourceError `unreadable` */
export function checkAbout(
  { members, trace }: Reply,
  reference: string,
  { partner }: PlatformSettings,
): void {
  const isOther = (given: unknown, ours: string): boolean => {
    const isGiven = given !== undefined && given !== null && given !== '';
    return isGiven && given !== ours;
  };
  if (isOther(members['MaThamChieu'], reference) || isOther(members['MaDoiTac'], partner))
    throw toUnreadable('another-payment', trace);
}

const states = new Map<unknown, 'paid' | 'pending' | 'failed'>([
  ...([1, '1'] as const).map((state) => [state, 'paid'] as const),
  ...([3, '3'] as const).map((state) => [state, 'pending'] as const),
  ...([4, '4'] as const).map((state) => [state, 'failed'] as const),
]);

/** Any MaLoi but `00`, and any state that is not known, is not known: never "paid", never "failed". */
export function toQueryOutcome({ code, members }: Reply): QueryOutcome {
  if (code !== '00') return { kind: 'unknown', code: toKeptCode(code) };
  const kind = states.get(members['TrangThaiGD']);
  return kind === undefined
    ? { kind: 'unknown', code: `state-${toKeptCode(members['TrangThaiGD'])}`.slice(0, 40), isState: true }
    : { kind };
}
