// From the axis' rows to the port's. A row without what it is named by is never skipped: the whole answer is unreadable.
// Source: document-axis.md §3.2
import type { SourceTrace } from '../adapter.ts';
import { flag, isMembers, type Members, member, text, whole } from '../members.ts';
import type { AxisAgency, AxisItem, AxisItemState, AxisKind, AxisSentRow, AxisUnit } from './axis.ts';
import { toUnreadable } from './refusals.ts';

const states: readonly AxisItemState[] = ['initial', 'processing', 'done', 'fail'];

/** The facade of Quảng Nam writes states in upper case. §2.4 */
function toState(written: string | undefined): AxisItemState | undefined {
  const lower = written?.toLowerCase();
  return states.find((state) => state === lower);
}

/** Codes as a list, as a JSON text of one, or a single one. §3.1 */
function toCodes(row: Members): readonly string[] {
  let given = member(row, 'to');
  if (typeof given === 'string' && given.trim().startsWith('[')) {
    try {
      given = JSON.parse(given);
    } catch {
      // It is no list, then: a code like any other.
    }
  }
  const codes = Array.isArray(given) ? given : [given];
  return codes.filter((code) => typeof code === 'string').filter((code) => code.trim() !== '');
}

function needed(row: Members, trace: SourceTrace, name: string, ...more: readonly string[]): string {
  const value = text(row, name, ...more);
  if (value !== undefined && /[\p{Cc}\p{Cs}]/u.test(value))
    throw toUnreadable(`row-with-bad-${name.toLowerCase()}`, trace);
  if (value === undefined) throw toUnreadable(`row-without-${name.toLowerCase()}`, trace);
  return value;
}

/** The list under `data`. @throws SourceError when there is none or a row is no object. §9.18 */
export function toRows(envelope: Members, trace: SourceTrace): readonly Members[] {
  const data = member(envelope, 'data');
  const inner = isMembers(data) ? member(data, 'data', 'items', 'list', 'edocs') : undefined;
  const rows: unknown = inner ?? data;
  if (!Array.isArray(rows)) throw toUnreadable('no-list', trace);
  const read = rows.filter(isMembers);
  if (read.length !== rows.length) throw toUnreadable('row-without-members', trace);
  return read;
}

/** A row of getReceivedEdocList. `asked` holds where the row does not say what the item is. */
export function toItem(row: Members, asked: AxisKind, trace: SourceTrace): AxisItem {
  const kinds: Readonly<Record<string, AxisKind>> = { edoc: 'document', status: 'status' };
  return {
    docId: needed(row, trace, 'docId', 'doc_id'),
    kind: kinds[text(row, 'messageType')?.toLowerCase() ?? ''] ?? asked,
    from: text(row, 'from'),
    to: toCodes(row),
    state: toState(text(row, 'status')),
    createdAt: text(row, 'created_time', 'createdTime'),
    updatedAt: text(row, 'updated_time', 'updatedTime'),
  };
}

/** A row of getSentEdocList. Title and notation stay behind: they are of the document's content. */
export function toSentRow(row: Members, trace: SourceTrace): AxisSentRow {
  return {
    senderDocId: needed(row, trace, 'senderDocId'),
    receiverDocId: text(row, 'receiverDocId'),
    from: text(row, 'fromCode'),
    to: text(row, 'toCode'),
    sentAt: text(row, 'sentTime'),
    sendStatus: text(row, 'sendStatus'),
    receivedAt: text(row, 'receivedTime'),
    receiveStatus: text(row, 'receiveStatus'),
  };
}

const identity = (row: Members, trace: SourceTrace) => ({
  id: text(row, 'id'),
  parentId: text(row, 'pid'),
  code: needed(row, trace, 'code'),
  name: text(row, 'name') ?? '',
  mail: text(row, 'mail'),
});

/** A row of getAgenciesList or getAgenciesListQD20. */
export function toAgency(row: Members, trace: SourceTrace): AxisAgency {
  return {
    ...identity(row, trace),
    oldCode: text(row, 'oldCode'),
    code102: text(row, 'code102'),
  };
}

/** A row of getSynchronizeUnit. */
export function toUnit(row: Members, trace: SourceTrace): AxisUnit {
  return {
    ...identity(row, trace),
    version: whole(row, 'version'),
    centerCode: text(row, 'centerCode'),
    isDeleted: flag(row, 'deleted') ?? false,
    modifyDate: text(row, 'modifyDate'),
    isAgency: flag(row, 'isAgency'),
  };
}

/** DocId of a sent message, wherever the two shapes put it. @throws SourceError when there is none */
export function toDocId(envelope: Members, trace: SourceTrace): string {
  const data = member(envelope, 'data');
  const inner = isMembers(data) ? text(data, 'docId') : text(envelope, 'data');
  const docId = text(envelope, 'docId') ?? inner;
  if (docId === undefined) throw toUnreadable('no-doc-id', trace);
  // No database text holds these: the outcome could never be written down, and the message would be sent again.
  return docId.replace(/[\p{Cc}\p{Cs}]/gu, '?').slice(0, 200);
}

/** A number of waiting items. @throws SourceError when there is none */
export function toCount(envelope: Members, trace: SourceTrace): number {
  const data = member(envelope, 'data');
  const inner = isMembers(data) ? whole(data, 'count', 'total') : whole(envelope, 'data');
  const count = whole(envelope, 'count', 'total') ?? inner;
  if (count === undefined) throw toUnreadable('no-count', trace);
  return count;
}
