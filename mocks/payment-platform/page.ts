// The bank's page at UrlThanhToan: plain HTML in Vietnamese, no script. Shows what is to be paid, and plays what a bank can do.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseFields, pause, readBody, sendAnswer, toHtml } from './answer.ts';
import { attempt, confirmAndRespond, toReturnUrl, type Wish } from './attempt.ts';
import type { Payment } from './ledger.ts';
import type { Parts } from './parts.ts';

const buttons: Readonly<Record<string, { label: string; outcome: Wish['outcome'] }>> = {
  success: { label: 'Thanh toán thành công', outcome: 'success' },
  fail: { label: 'Thanh toán thất bại', outcome: 'fail' },
  slow: { label: 'Thành công, nhưng ngân hàng trả lời chậm', outcome: 'success' },
  pending: { label: 'Ngân hàng chưa trả lời', outcome: 'pending' },
  abandon: { label: 'Bỏ, không thanh toán', outcome: 'abandon' },
};

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const toHtmlText = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '');

const style =
  'body{font:16px/1.5 sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}' +
  'dt{color:#555}dd{margin:0 0 .6rem;font-weight:600}button{display:block;width:100%;margin:.4rem 0;padding:.7rem;font-size:1rem}';

function toPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${toHtmlText(title)}</title><style>${style}</style></head>
<body><h1>${toHtmlText(title)}</h1>
<p>Trang thử nghiệm: không có khoản tiền nào được chuyển.</p>
${body}
</body></html>
`;
}

function toSummary({ amount, dossier, reference, text }: Payment): string {
  const rows = [
    ['Hồ sơ', dossier],
    ['Số tiền', `${amount.toLocaleString('vi-VN')} VND`],
    ['Nội dung', text],
    ['Mã tham chiếu', reference],
  ];
  const shown = rows.map(
    ([name = '', value = '']) => `<dt>${toHtmlText(name)}</dt><dd>${toHtmlText(value)}</dd>`,
  );
  return `<dl>${shown.join('')}</dl>`;
}

function toForm(payment: Payment): string {
  const shown = Object.entries(buttons).map(
    ([name, { label }]) =>
      `<button type="submit" name="ket-qua" value="${name}">${toHtmlText(label)}</button>`,
  );
  return toPage('Thanh toán', `${toSummary(payment)}<form method="post">${shown.join('\n')}</form>`);
}

const words: Readonly<Record<Payment['state'], string>> = {
  initial: 'Chưa thanh toán',
  pending: 'Đang chờ ngân hàng trả lời',
  paid: 'Đã thanh toán',
  failed: 'Thanh toán thất bại',
  abandoned: 'Đã bỏ thanh toán',
  cancelled: 'Giao dịch đã hủy',
  refunded: 'Đã hoàn tiền',
};

function toEnd(payment: Payment, parts: Parts): string {
  const back = toReturnUrl(payment, parts);
  const link =
    back === undefined ? '' : `<p><a href="${toHtmlText(back)}">Quay lại cổng dịch vụ công</a></p>`;
  return toPage(words[payment.state], toSummary(payment) + link);
}

/** Sends the user back, or shows how it ended where there is no address. */
async function sendBack(payment: Payment, response: ServerResponse, parts: Parts): Promise<void> {
  await parts.journal.append({ event: 'returned', reference: payment.reference });
  const back = toReturnUrl(payment, parts);
  if (back === undefined) await sendAnswer(response, toHtml(toEnd(payment, parts)), undefined, parts.signal);
  else response.writeHead(303, { location: back, 'cache-control': 'no-store' }).end();
}

async function servePress(
  payment: Payment,
  pressed: string,
  response: ServerResponse,
  parts: Parts,
): Promise<void> {
  const button = Object.hasOwn(buttons, pressed) ? buttons[pressed] : undefined;
  if (button === undefined) {
    await sendAnswer(response, toHtml(toForm(payment), 400), undefined, parts.signal);
    return;
  }
  const { confirmMode, confirmDelayMs, confirmOrder, confirmAmount, pendingMs, pendingBecomes } =
    parts.live();
  const plan = { mode: confirmMode, delayMs: confirmDelayMs, order: confirmOrder, amountForm: confirmAmount };
  const wish: Wish = {
    ...{ outcome: button.outcome, by: 'page', plan, paidAtMs: undefined },
    ...{ pendingMs, becomes: pendingBecomes },
  };
  if (pressed === 'slow') await pause(parts.settings.slowMs, parts.signal);
  const attempted = await attempt(payment, wish, parts);
  if (attempted !== 'done')
    await sendAnswer(response, toHtml(toEnd(payment, parts), 409), undefined, parts.signal);
  else await confirmAndRespond(payment, () => sendBack(payment, response, parts), parts);
}

/** Serves `thanh-toan/<token>`: GET the page, POST a button of it. */
export async function servePage(
  message: IncomingMessage,
  response: ServerResponse,
  token: string,
  parts: Parts,
): Promise<void> {
  const payment = parts.ledger.findByToken(token);
  if (payment === undefined) {
    const page = toPage('Không tìm thấy giao dịch', '');
    await sendAnswer(response, toHtml(page, 404), undefined, parts.signal);
  } else if (message.method === 'POST') {
    const fields = parseFields(await readBody(message), message.headers['content-type']);
    await servePress(payment, String(fields?.['ket-qua']), response, parts);
  } else {
    const page = payment.state === 'initial' ? toForm(payment) : toEnd(payment, parts);
    await sendAnswer(response, toHtml(page), undefined, parts.signal);
  }
}
