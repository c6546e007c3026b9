// What `/problems` and `/problems/<code>` show: every code in Vietnamese and English, as JSON or as a plain page.
import { type ProblemCode, problemCodes, type Responsible } from './problem-codes.ts';

const parties: Readonly<Record<Responsible, { vi: string; en: string }>> = {
  caller: { vi: 'Hệ thống hoặc đơn vị gọi', en: 'The calling system or unit' },
  hub: { vi: 'Quản trị trục', en: "The hub's operators" },
  network: { vi: 'Đường truyền', en: 'The network' },
  source: { vi: 'Hệ thống quốc gia', en: 'The national system' },
};

/** True for a code of the table. */
export const isProblemCode = (text: string): text is ProblemCode => Object.hasOwn(problemCodes, text);

/** One code as JSON. */
export const toProblemEntry = (code: ProblemCode) => ({
  code,
  ...problemCodes[code],
  act: parties[problemCodes[code].responsible],
});

/** All codes as JSON. */
export const toProblemList = () => Object.keys(problemCodes).filter(isProblemCode).map(toProblemEntry);

/** Text as it stands in a page or in a quoted attribute. */
export const escapeHtml = (text: string): string =>
  text.replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign,
  );

const toSection = (entry: ReturnType<typeof toProblemEntry>): string => `
<section lang="vi"><h2>${escapeHtml(entry.vi.title)}</h2><p>${escapeHtml(entry.vi.action)}</p>
<p>Bên phải xử lý: ${escapeHtml(entry.act.vi)}. HTTP ${entry.status}.</p></section>
<section lang="en"><h2>${escapeHtml(entry.en.title)}</h2><p>${escapeHtml(entry.en.action)}</p>
<p>Who must act: ${escapeHtml(entry.act.en)}. HTTP ${entry.status}.</p></section>`;

const toPage = (title: string, body: string): string => `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title></head><body><h1>${escapeHtml(title)}</h1>${body}</body></html>
`;

/** The page of one code. */
export const toProblemPage = (code: ProblemCode): string => toPage(code, toSection(toProblemEntry(code)));

/** The page that lists all codes. */
export const toProblemListPage = (): string =>
  toPage(
    'LGSP: mã lỗi / problem codes',
    `<ul>${toProblemList()
      .map(
        (entry) =>
          `<li><a href="/problems/${entry.code}">${entry.code}</a> ${escapeHtml(entry.vi.title)} / ${escapeHtml(entry.en.title)}</li>`,
      )
      .join('\n')}</ul>`,
  );
