// What the addresses below /reference answer; knows nothing of Express. Files are read once, when they are first asked for.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rootFolder } from '../root.ts';
import {
  contentSecurityPolicy,
  type ReferenceDependencies,
  toReferenceDocument,
  toReferenceList,
  toReferencePage,
} from './pages.ts';

/** An answer in full. */
export interface ReferenceAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** The API reference. Each gives undefined where there is nothing. */
export interface Reference {
  list(): ReferenceAnswer;
  /** A page for `population.v1`, the document for `population.v1.json`. */
  contract(name: string): ReferenceAnswer | undefined;
  /** One of the few files that the pages name. */
  file(name: string): ReferenceAnswer | undefined;
}

const ownFolder = join(rootFolder, 'src', 'reference');
const fileLifeS = 3_600;

const toPackageFile = (name: string): string =>
  createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);

/** All that is served: the package has much more, maps and a start file for another site among it. */
const files: Readonly<Record<string, { readonly type: string; readonly find: () => string }>> = {
  'swagger-ui.css': { type: 'text/css', find: () => toPackageFile('swagger-ui.css') },
  'swagger-ui-bundle.js': { type: 'text/javascript', find: () => toPackageFile('swagger-ui-bundle.js') },
  'start.js': { type: 'text/javascript', find: () => join(ownFolder, 'start.js') },
  'style.css': { type: 'text/css', find: () => join(ownFolder, 'style.css') },
};

const toHtml = (body: string): ReferenceAnswer => ({
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
  },
  body,
});

const toJson = (body: object): ReferenceAnswer => ({
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
});

/** The reference of the published contracts. */
export function createReference(d: ReferenceDependencies): Reference {
  const contracts = new Map(d.contracts.map((contract) => [contract.service, contract]));
  const read = new Map<string, ReferenceAnswer>();
  return {
    list: () => toHtml(toReferenceList(d)),
    contract(name) {
      const isDocument = name.endsWith('.json');
      const contract = contracts.get(isDocument ? name.slice(0, -'.json'.length) : name);
      if (!contract) return undefined;
      return isDocument
        ? toJson(toReferenceDocument(contract, d.publicUrl))
        : toHtml(toReferencePage(contract));
    },
    file(name) {
      const known = read.get(name);
      if (known || !Object.hasOwn(files, name)) return known;
      const file = files[name];
      if (!file) return undefined;
      const answer = {
        headers: {
          'content-type': `${file.type}; charset=utf-8`,
          'cache-control': `public, max-age=${fileLifeS}`,
        },
        body: readFileSync(file.find()),
      };
      read.set(name, answer);
      return answer;
    },
  };
}
