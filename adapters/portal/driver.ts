// What the generations of the portal have in common for those who push records, and how the answer to a batch is read.
import { isMembers, member, text } from '../members.ts';
import { toErrorCode } from './codes.ts';
import type { Asking, PortalReply } from './wire.ts';
import type { PortalFields } from './write-dossier.ts';

/** How records are pushed in one generation. Each call is sent once. */
export interface Driver {
  /** @throws SourceError */
  sendDossiers(dossiers: readonly PortalFields[], isUpdate: boolean, asking: Asking): Promise<PortalReply>;
  /** @throws SourceError */
  sendLines(lines: readonly PortalFields[], asking: Asking): Promise<PortalReply>;
}

/**
 * The error code of each record of a batch, in order; undefined for one of which the answer says nothing it can be believed
 * in.
 * @returns undefined as a whole when the answer is one refusal of many records, without a word on each. §11.14
 */
export function toRecordCodes(
  { code, body }: PortalReply,
  names: readonly string[],
): readonly (string | undefined)[] | undefined {
  const result = member(body, 'result');
  const rows = Array.isArray(result) ? result.filter(isMembers) : isMembers(result) ? [result] : [];
  const coded = rows.filter((row) => member(row, 'error_code') !== undefined);
  if (coded.length === 0) {
    if (code === '0' || names.length === 1) return names.map(() => code);
    return undefined;
  }
  // By place where every record has its row, since a name may stand there twice; else by name.
  const isInOrder =
    coded.length === names.length &&
    coded.every((row, place) => [undefined, names[place]].includes(text(row, 'MaHoSo')));
  const codes = names.map((name, place) => {
    const row = isInOrder ? coded[place] : coded.find((one) => text(one, 'MaHoSo') === name);
    return row && toErrorCode(member(row, 'error_code'));
  });
  // A refusal of the whole that no record bears out.
  return code !== '0' && codes.every((one) => one === '0') ? names.map(() => undefined) : codes;
}
