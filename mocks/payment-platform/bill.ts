// Asks the gateway for an unpaid bill by the dossier's code, as the platform does, and judges its answer.
// Source: payment-platform.md §1.3 (`dptracuuthanhtoanhs`), §7.8.
import { isFields } from './answer.ts';
import { signedFields, toChecksum } from './checksum.ts';
import { toStamp } from './clock.ts';
import { postToGateway } from './gateway.ts';
import type { Parts } from './parts.ts';

/** What the gateway answered, and what the platform makes of it. */
export interface BillAnswer {
  readonly verdict: 'none' | 'payable' | 'error' | 'unreadable' | 'httpStatus' | 'noAnswer';
  readonly httpStatus?: number;
  readonly body?: unknown;
}

/** `MaTraCuuTT` = dossier code + timestamp. */
function isLookUpCode(code: unknown, dossier: string): boolean {
  return (
    typeof code === 'string' && code.startsWith(dossier) && /^\D?\d{10,17}$/.test(code.slice(dossier.length))
  );
}

function judge(status: number, body: unknown, dossier: string): BillAnswer['verdict'] {
  if (status !== 200) return 'httpStatus';
  if (!isFields(body)) return 'unreadable';
  const code = String(body['error_code']);
  if (code === '0') return 'none';
  if (code === '-1') return 'error';
  return code === '1' && isLookUpCode(body['MaTraCuuTT'], dossier) ? 'payable' : 'unreadable';
}

/** Asks; the answer stands in the journal by its verdict only. */
export async function askBill(dossier: string, parts: Parts): Promise<BillAnswer> {
  const { settings, live, schedule, journal } = parts;
  const proof = { MaDoiTac: settings.partner, MaHoSo: dossier, ThoiGianGD: toStamp(schedule.nowMs()) };
  const sent = settings.billSigned
    ? { ...proof, MaXacThuc: toChecksum(proof, signedFields.billLookUp, settings.secret) }
    : { MaHoSo: dossier };
  const reply = await postToGateway(live().gatewayBillUrl, sent, parts);
  const answer: BillAnswer = reply
    ? { verdict: judge(reply.httpStatus, reply.body, dossier), ...reply }
    : { verdict: 'noAnswer' };
  const code = isFields(answer.body) ? String(answer.body['error_code']).slice(0, 10) : undefined;
  await journal.append({
    ...{ event: 'billAsked', dossier, verdict: answer.verdict },
    ...(code !== undefined && { code }),
  });
  return answer;
}
