// The pages of the API reference: a list of contracts, and one page for each by Swagger UI. Everything comes from this
// origin; no inline script or style, so that the policy below can be strict.
import type { Contract } from '../contracts/contract.ts';
import { toMembers } from '../contracts/contract.ts';
import { escapeHtml } from '../problem-pages.ts';
import { extensions } from './extensions.ts';

/** What the pages are made of. */
export interface ReferenceDependencies {
  readonly contracts: readonly Contract[];
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** In the sandbox the list tells of the test people. */
  readonly environment: string;
}

/** Sent with every page: nothing but what this origin serves; pictures may lie in the style sheet. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const toText = (value: unknown): string => (typeof value === 'string' ? value : '');

const toInfo = ({ document }: Contract): { title: string; version: string; description: string } => {
  const { title, version, description } = toMembers(document['info']);
  return { title: toText(title), version: toText(version), description: toText(description) };
};

const toHead = (title: string, more: string): string => `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${more}<link rel="stylesheet" href="/reference/files/style.css"><link rel="icon" href="data:,"></head>`;

const toExtensionTable = (): string => `<table>
${Object.entries(extensions)
  .map(
    ([name, { vi, en }]) =>
      `<tr><th><code>${name}</code></th><td>${vi}<br><span lang="en">${en}</span></td></tr>`,
  )
  .join('\n')}
</table>`;

const testPeople = `<h2>Người thử nghiệm / Test people</h2>
<p>docs/test-people.md; toàn bộ: địa chỉ <code>peopleUrl</code> trong <code>sandbox.json</code>.
<br><span lang="en">docs/test-people.md; all of them: the address <code>peopleUrl</code> in <code>sandbox.json</code>.</span></p>
`;

const toListItem = (contract: Contract): string => {
  const { title, version, description } = toInfo(contract);
  const { service, operations } = contract;
  return `<li><p><a href="/reference/${service}">${escapeHtml(title)}</a> ${escapeHtml(version)}
(${operations.length} thao tác / operations; <a href="/reference/${service}.json">JSON</a>)<br>${escapeHtml(description)}</p></li>`;
};

/** The list of contracts. */
export const toReferenceList = ({ contracts, environment }: ReferenceDependencies): string =>
  `${toHead('LGSP: đặc tả dịch vụ / API reference', '')}<body>
<h1>Đặc tả dịch vụ / API reference</h1>
<ul>
${contracts.map(toListItem).join('\n')}
</ul>
<p><a href="/problems">Mã lỗi / Problem codes</a> ·
<a href="/.well-known/oauth-authorization-server">Nơi cấp mã truy cập / Where tokens are issued</a></p>
${environment === 'sandbox' ? testPeople : ''}<h2 id="x">Các trường x- / The x- members</h2>
${toExtensionTable()}
</body></html>
`;

/** The page of one contract. */
export const toReferencePage = (contract: Contract): string =>
  `${toHead(
    `LGSP: ${toInfo(contract).title}`,
    '<link rel="stylesheet" href="/reference/files/swagger-ui.css">\n',
  )}<body>
<p><a href="/reference">Đặc tả dịch vụ / API reference</a> ·
<a href="/reference#x">Các trường x- / The x- members</a> ·
<a href="/reference/${contract.service}.json">JSON</a></p>
<div id="contract"></div>
<noscript>JSON: <a href="/reference/${contract.service}.json">${contract.service}.json</a></noscript>
<script src="/reference/files/swagger-ui-bundle.js" defer></script>
<script src="/reference/files/start.js" defer data-contract="/reference/${contract.service}.json"></script>
</body></html>
`;

/** The contract as one document that refers to itself only, with the full address of the service. */
export const toReferenceDocument = (contract: Contract, publicUrl: string): object => ({
  ...contract.document,
  servers: [{ url: `${publicUrl}${contract.basePath}` }],
});
