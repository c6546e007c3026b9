// The platform's look-up of an unpaid bill by MaHoSo, and our answer. Pure. Source: payment-platform.md §1.3, §8.10
import { isSame, toChecksum } from './checksum.ts';
import { isMembers, isUnambiguous, type Members, textOf } from './members.ts';
import type { BillAnswer, BillLookUp, ReadMessage, RefusedWhy, WireBody } from './payment.ts';
import type { PlatformSettings } from './settings.ts';
import { parseStamp, toStamp } from './times.ts';

/** A dossier's code; a person's number is none. */
const dossierForm = /^(?!(\d{9}|\d{12})$)[\x21-\x7e]{1,80}$/;

/** Why its checksum does not hold; undefined where it does, or where none is asked for. */
function checkProof(message: Members, { billFields, secret }: PlatformSettings): RefusedWhy | undefined {
  if (billFields.length === 0) return undefined;
  const texts = billFields.flatMap((name) => textOf(message, name) ?? []);
  const proof = textOf(message, 'MaXacThuc');
  if (texts.length < billFields.length || proof === undefined || !isUnambiguous(texts)) return 'malformed';
  if (!isSame(proof, toChecksum(texts, secret))) return 'wrong-checksum';
  const at = textOf(message, 'ThoiGianGD');
  return at === undefined || parseStamp(at) !== undefined ? undefined : 'wrong-time';
}

/** Reads a look-up; by the reference it may be without partner and checksum. */
export function readBillLookUp(body: unknown, settings: PlatformSettings): ReadMessage<BillLookUp> {
  const message = isMembers(body) ? body : {};
  const refuse = (why: RefusedWhy): ReadMessage<BillLookUp> => ({
    kind: 'refused',
    why,
    reference: undefined,
  });
  const dossier = textOf(message, 'MaHoSo');
  if (dossier === undefined || !dossierForm.test(dossier)) return refuse('malformed');
  if (Object.hasOwn(message, 'MaDoiTac') && message['MaDoiTac'] !== settings.partner)
    return refuse('wrong-partner');
  const why = checkProof(message, settings);
  return why === undefined ? { kind: 'verified', value: { dossier } } : refuse(why);
}

const answers = {
  payable: { error_code: 1, message: 'Có khoản phải nộp' },
  none: { error_code: 0, message: 'Không có khoản phải nộp' },
  error: { error_code: -1, message: 'Không tra cứu được' },
} as const;

/** error_code 1, 0 or -1; with 1 also MaTraCuuTT: the dossier's code and the time. */
export function answerBillLookUp(answer: BillAnswer): WireBody {
  const head = { ...answers[answer.kind], ...(answer.dossier !== '' && { MaHoSo: answer.dossier }) };
  if (answer.kind !== 'payable') return head;
  return {
    ...head,
    MaTraCuuTT: `${answer.dossier}${toStamp(answer.at)}`,
    MaThamChieu: answer.reference,
    SoTien: String(answer.amount),
  };
}
