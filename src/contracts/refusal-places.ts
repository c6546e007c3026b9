// What is said of a request or answer that does not fit its contract: places and words, never values.
import type { ProblemPlace } from '../problem.ts';
import { type OperationFacts, toMembers } from './contract.ts';
import { type Forms, toPlaceWords } from './place-words.ts';

/** Digits of nine and more may be a personal number: they are not repeated, not even to the caller. */
const toWhere = (path: unknown): string =>
  String(path)
    .replace(/\d{9,}/g, '…')
    .slice(0, 200);

/** The places that the library's error names. */
export function toPlaces(error: unknown, forms: Forms): readonly ProblemPlace[] {
  const { errors, path, message } = toMembers(error);
  const list = Array.isArray(errors) ? errors : [{ path, message }];
  return list.slice(0, 50).map((item) => {
    const { path: where = '', message: said = '' } = toMembers(item);
    return { where: toWhere(where), ...toPlaceWords(String(said), forms) };
  });
}

/** There must be a body. */
export const noBody: ProblemPlace = { where: '/body', vi: 'phải có, là JSON', en: 'must be given, as JSON' };

/** Whether an operation has a body that is read and checked as JSON. */
export const takesJson = (operation: OperationFacts): boolean =>
  operation.bodyBytes > 0 && operation.streamedTypes.length === 0;

/** What the library has no clear sentence for: no body where there must be one, and a parameter that is given twice. */
export function toPlainPlaces(
  operation: OperationFacts,
  { query, body }: { readonly query: Readonly<Record<string, unknown>>; readonly body: unknown },
): readonly ProblemPlace[] {
  const places = Object.keys(query)
    .filter((name) => Array.isArray(query[name]))
    .map((name) => ({
      where: toWhere(`/query/${name}`),
      vi: 'chỉ được gửi một lần',
      en: 'must be given only once',
    }));
  return takesJson(operation) && body === undefined ? [...places, noBody] : places;
}

/** An answer has a body where the contract has none. */
export const notDocumented: ProblemPlace = {
  where: '/body',
  vi: 'không có trong giao diện',
  en: 'is not in the contract',
};

/** Whether the library refused, rather than failed. */
export const isRefusal = (error: unknown): boolean => typeof toMembers(error)['status'] === 'number';
