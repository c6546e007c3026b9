// The receipt of a payment: a small PDF written by hand, the same bytes each time, without any person.
import type { ServerResponse } from 'node:http';
import { sendAnswer } from './answer.ts';
import { hmac, isSame } from './checksum.ts';
import { toStamp } from './clock.ts';
import type { Settings } from './config.ts';
import { serveAsked } from './exchange.ts';
import type { Payment } from './ledger.ts';
import type { Parts } from './parts.ts';

const toKey = (reference: string, { controlKey }: Settings): string =>
  hmac(`receipt ${reference}`, controlKey).slice(0, 32);

/** Where a receipt lies. */
export function toReceiptUrl({ reference }: Payment, { settings, url }: Parts): string {
  return `${url()}/bien-lai/${encodeURIComponent(reference)}/${toKey(reference, settings)}.pdf`;
}

/** The standard fonts hold no Vietnamese: letters lose their marks, the rest becomes `?`. */
function toPdfText(text: string): string {
  const plain = text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');
  return plain.replaceAll(/[^ -~]/g, '?').replaceAll(/[\\()]/g, '\\$&');
}

/** A PDF 1.4 of one page with these lines of text. Source: ISO 32000-1 §7.5 */
export function toPdf(lines: readonly string[]): Buffer {
  const shown = lines.map((line) => `(${toPdfText(line)}) Tj T*`).join('\n');
  const text = `BT /F1 11 Tf 14 TL 56 780 Td\n${shown}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const start = file.length;
  file += `xref\n0 ${size}\n0000000000 65535 f \n${table}`;
  file += `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}

/** The receipt of a paid payment. */
export function toReceiptPdf(payment: Payment, { bank }: Settings): Buffer {
  return toPdf([
    'BIEN LAI THU PHI, LE PHI (BAN THU NGHIEM - KHONG CO GIA TRI)',
    '',
    `Ma tham chieu: ${payment.reference}`,
    `Ma giao dich: ${payment.transaction ?? ''}`,
    `Ho so: ${payment.dossier}`,
    `So tien: ${payment.amount} VND`,
    `Thoi gian: ${toStamp(payment.paidAtMs ?? 0)}`,
    `Ngan hang: ${bank}`,
  ]);
}

/** Serves `bien-lai/<reference>/<key>.pdf`. */
export async function serveReceipt(response: ServerResponse, rest: string, parts: Parts): Promise<void> {
  const [reference = '', file = ''] = rest.split('/').map((part) => decodeURIComponent(part));
  const payment = parts.ledger.find(reference);
  if (payment?.state !== 'paid' || !isSame(file, `${toKey(reference, parts.settings)}.pdf`)) {
    const answer = { status: 404, type: 'text/plain; charset=utf-8', body: 'Không có biên lai' };
    await sendAnswer(response, answer, undefined, parts.signal);
    return;
  }
  const pdf = toReceiptPdf(payment, parts.settings);
  const asked = { face: payment.face, operation: 'receipt', reference, body: Buffer.alloc(0) };
  const answer = { status: 200, type: 'application/pdf', body: pdf };
  await serveAsked(response, asked, () => ({ answer, code: '00' }), parts);
}
