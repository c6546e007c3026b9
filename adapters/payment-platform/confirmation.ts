// CONFIRM: whether it is the platform's own word, to the letter, and our signed answer. Pure; it throws never, and what is
// refused says nothing. Source: payment-platform.md §1.3, §8.5
import { isSame, toChecksum } from './checksum.ts';
import { amountOf, isMembers, isUnambiguous, type Members, referenceOf, textOf } from './members.ts';
import type { Confirmation, ConfirmationAnswer, ReadMessage, RefusedWhy, WireBody } from './payment.ts';
import type { AnswerField, PlatformSettings } from './settings.ts';
import { parseStamp, toStamp } from './times.ts';

/** Under the checksum, in its order. */
const names = [
  ...(['LoaiBanTin', 'MaLoi', 'MaDoiTac', 'MaThamChieu', 'SoTien', 'MaTienTe', 'MaGiaoDich'] as const),
  ...(['MaNganHang', 'ThoiGianGD', 'ThongTinGiaoDich'] as const),
];

type Fields = Readonly<Record<(typeof names)[number], string>>;

const code = /^[A-Za-z0-9._-]{1,40}$/;
const printable = /^[\x21-\x7e]{1,100}$/;
const printableOrEmpty = /^[\x21-\x7e]{0,100}$/;

/** What each member may be; the rest is any text. */
const forms: Partial<Record<keyof Fields, RegExp>> = {
  MaLoi: code,
  MaThamChieu: printable,
  MaTienTe: code,
  MaGiaoDich: printableOrEmpty,
  MaNganHang: printableOrEmpty,
};

/** All members as the texts that are signed; undefined where one is missing or no such text. */
function readFields(message: Members): Fields | undefined {
  const texts = names.map((name) => {
    const text = name === 'SoTien' ? amountOf(message, name) : textOf(message, name);
    return text !== undefined && (forms[name]?.test(text) ?? true) ? text : undefined;
  });
  const found = texts.filter((text) => text !== undefined);
  if (found.length < names.length || !isUnambiguous(found)) return undefined;
  const field = (name: keyof Fields): string => found[names.indexOf(name)] ?? '';
  return {
    LoaiBanTin: field('LoaiBanTin'),
    MaLoi: field('MaLoi'),
    MaDoiTac: field('MaDoiTac'),
    MaThamChieu: field('MaThamChieu'),
    SoTien: field('SoTien'),
    MaTienTe: field('MaTienTe'),
    MaGiaoDich: field('MaGiaoDich'),
    MaNganHang: field('MaNganHang'),
    ThoiGianGD: field('ThoiGianGD'),
    ThongTinGiaoDich: field('ThongTinGiaoDich'),
  };
}

function judge(message: Members, settings: PlatformSettings): Confirmation | RefusedWhy {
  const proof = textOf(message, 'MaXacThuc');
  const fields = readFields(message);
  if (fields === undefined || proof === undefined) return 'malformed';
  if (fields.LoaiBanTin !== settings.confirmType) return 'wrong-type';
  if (fields.MaDoiTac !== settings.partner) return 'wrong-partner';
  const expected = toChecksum(
    names.map((name) => fields[name]),
    settings.secret,
  );
  if (!isSame(proof, expected)) return 'wrong-checksum';
  const at = parseStamp(fields.ThoiGianGD);
  if (at === undefined) return 'wrong-time';
  return {
    reference: fields.MaThamChieu,
    amount: Number(fields.SoTien),
    currency: fields.MaTienTe,
    isPaid: fields.MaLoi === '00',
    code: fields.MaLoi,
    transaction: fields.MaGiaoDich || undefined,
    bank: fields.MaNganHang || undefined,
    at,
  };
}

/** Reads and verifies a CONFIRM. */
export function readConfirmation(body: unknown, settings: PlatformSettings): ReadMessage<Confirmation> {
  const message = isMembers(body) ? body : {};
  const judged = judge(message, settings);
  return typeof judged === 'string'
    ? { kind: 'refused', why: judged, reference: referenceOf(message, 'MaThamChieu') }
    : { kind: 'verified', value: judged };
}

/** The answer with its checksum over the configured members and the secret. */
export function answerConfirmation(answer: ConfirmationAnswer, settings: PlatformSettings): WireBody {
  const members: Readonly<Record<AnswerField, string>> = {
    MaLoi: answer.isAccepted ? '00' : '99',
    MoTaLoi: answer.words,
    MaDoiTac: settings.partner,
    MaThamChieu: answer.reference,
    ThoiGianGD: toStamp(answer.at),
  };
  const signed = settings.answerFields.map((name) => members[name]);
  return { ...members, MaXacThuc: toChecksum(signed, settings.secret) };
}
