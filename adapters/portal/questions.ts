// What the portal is asked without changing anything: a dossier, a list, a procedure. Source: public-service-portal.md §2,
// §11.8, §11.10
import { SourceError } from '../adapter.ts';
import { isMembers, type Members, member, text } from '../members.ts';
import type { PortalClient } from './client.ts';
import { toMeaning } from './codes.ts';
import {
  type PortalDossier,
  type PortalHolding,
  type PortalList,
  type PortalPage,
  type PortalProcedure,
  portalName,
} from './portal.ts';
import { readEntry, readProcedureContent } from './read-catalogue.ts';
import { readHolding } from './read-holding.ts';
import type { PortalSettings } from './settings.ts';
import type { Asking, PortalReply } from './wire.ts';

/** The questions. Each fails with a SourceError. */
export interface PortalQuestions {
  lookUp(code: string, asking: Asking, dossier?: PortalDossier): Promise<PortalHolding>;
  readPage(list: PortalList, page: number, asking: Asking): Promise<PortalPage>;
  /** @throws SourceError `refused`, `procedure` when the portal has none of this code */
  readProcedure(code: string, asking: Asking): Promise<PortalProcedure>;
}

/** Code of the SourceError that says that a procedure is unknown or withdrawn. */
export const procedureCode = 'procedure';

/** A call that was refused as such; a unit that the portal does not know is the hub's to map. */
export function toRefusal({ code, trace }: PortalReply, settings: PortalSettings): SourceError {
  const meaning = toMeaning(code, settings);
  if (meaning === 'unit')
    return new SourceError('unmapped', portalName, `the unit is refused: ${code}`, {
      code: 'unit-refused',
      trace,
    });
  const shown = meaning === 'procedure' ? procedureCode : `error-${code}`;
  return new SourceError('refused', portalName, `refused: ${code}`, { code: shown, trace });
}

const toUnreadable = (code: string, { trace }: PortalReply): SourceError =>
  new SourceError('unreadable', portalName, `an answer that cannot be read: ${code}`, { code, trace });

/** The rows of a result: a list, or one object. */
function toRows(reply: PortalReply): readonly unknown[] {
  const result = member(reply.body, 'result');
  if (result === undefined || result === '') return [];
  if (Array.isArray(result)) return result;
  if (isMembers(result)) return [result];
  throw toUnreadable('no-result', reply);
}

function findDossier(reply: PortalReply, code: string): Members | undefined {
  const rows = toRows(reply);
  if (rows.length === 0) return undefined;
  const found = rows.filter(isMembers).find((row) => text(row, 'MaHoSo') === code);
  if (!found) throw toUnreadable('another-dossier', reply);
  return found;
}

const services: Readonly<Record<Exclude<PortalList, 'result-paper'>, string>> = {
  procedure: 'LayDanhSachTTHC',
  field: 'LayDanhMucLinhVuc',
  agency: 'LayDanhMucCoQuan',
};

const toWhole = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;

function toPage(
  list: PortalList,
  page: number,
  reply: PortalReply,
  paging: PortalSettings['paging'],
): PortalPage {
  const rows = toRows(reply);
  const entries = rows.flatMap((row) => readEntry(list, row) ?? []);
  const total = toWhole(text(reply.body, 'total'));
  const unreadable = rows.length - entries.length;
  if (!paging) return { entries, unreadable, total: total ?? rows.length, isLast: true };
  const size = toWhole(text(reply.body, paging.size)) ?? paging.rows;
  // More rows than a page has: this portal does not know pages.
  const isWhole = rows.length === 0 || rows.length > size;
  const isEnd = total === undefined ? rows.length < size : (page - 1) * size + rows.length >= total;
  return { entries, unreadable, total, isLast: isWhole || isEnd };
}

/** The questions over generation A's services. */
export function createQuestions(client: PortalClient, settings: PortalSettings): PortalQuestions {
  const { paging } = settings;
  return {
    async lookUp(code, asking, dossier) {
      const reply = await client.ask('integration', 'TraCuuHoSo', { mahoso: code }, asking);
      const isMiss =
        settings.lookUpMissCodes.includes(reply.code) || toMeaning(reply.code, settings) === 'unknown';
      if (isMiss) return { isKnown: false };
      if (reply.code !== '0') throw toRefusal(reply, settings);
      const row = findDossier(reply, code);
      return row ? readHolding(row, code, dossier, settings) : { isKnown: false };
    },
    async readPage(list, page, asking) {
      const service = list === 'result-paper' ? settings.resultPaperService : services[list];
      if (service === undefined) return { entries: [], unreadable: 0, total: 0, isLast: true };
      const keys = paging ? { [paging.page]: page, [paging.size]: paging.rows } : {};
      const reply = await client.ask('share', service, keys, asking);
      if (reply.code !== '0') throw toRefusal(reply, settings);
      // No result at all is not an empty list: everything in it would seem withdrawn.
      if (!Array.isArray(member(reply.body, 'result'))) throw toUnreadable('no-list', reply);
      return toPage(list, page, reply, paging);
    },
    async readProcedure(code, asking) {
      const reply = await client.ask('share', 'LayThuTuc', { maTTHC: code }, asking);
      if (reply.code !== '0') throw toRefusal(reply, settings);
      const row = toRows(reply)
        .filter(isMembers)
        .find((one) => text(one, 'MATTHC') === code);
      if (!row)
        throw new SourceError('refused', portalName, 'no procedure of this code', {
          code: procedureCode,
          trace: reply.trace,
        });
      return readProcedureContent(row);
    },
  };
}
