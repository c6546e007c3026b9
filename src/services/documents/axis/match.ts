// Finds the delivery that a status of the axis is about: by DocumentId in the forms in which it is seen, else by issuer,
// number and day; the one who reports by its codes then and now. Source: document-axis.md §5.4, §9.11, §9.15
import type { Pool } from 'pg';
import type { EdxmlStatus } from '../../../../adapters/document-axis/edxml/types.ts';
import type { DocumentRooms } from '../dependencies.ts';
import type { Resolution } from '../directory/types.ts';
import {
  isOfDocument,
  type StatusSubject,
  type SubjectRow,
  subjectColumns,
  toSubject,
} from '../statuses/subjects.ts';

type Rooms = Pick<DocumentRooms, 'pool' | 'directory' | 'now'>;
type Looking = Pick<DocumentRooms, 'directory' | 'now'>;

/** A status, and whom the queue says that it is for. */
export interface StatusToMatch {
  readonly message: EdxmlStatus;
  readonly to: readonly string[];
}

const askBack = '13';

/** The parts of a DocumentId; its day may be written with dashes. */
function parseId(documentId: string | undefined) {
  const [, issuer = '', year, month, day, code] =
    /^([^,]*),(\d{4})[/-](\d\d)[/-](\d\d),(.+)$/.exec(documentId ?? '') ?? [];
  return code === undefined ? undefined : { issuer, date: `${year}-${month}-${day}`, code };
}

const toAddressed = ({ message, to }: StatusToMatch): string | undefined =>
  message.responseFor.organId ?? to[0];

/** The DocumentId as it came, with its day in the right form, and with the addressee's code in place of the receiver's. */
function toIds(status: StatusToMatch): readonly string[] {
  const { documentId } = status.message.responseFor;
  const parts = parseId(documentId);
  if (!parts) return documentId === undefined ? [] : [documentId];
  const toId = (issuer: string): string => `${issuer},${parts.date.replaceAll('-', '/')},${parts.code}`;
  return [documentId ?? '', toId(parts.issuer), toId(toAddressed(status) ?? parts.issuer)];
}

const deliveries = 'CROSS JOIN LATERAL (SELECT * FROM delivery x WHERE x.subject = m.id OFFSET 0) d';

// From each id to its messages and on to their deliveries, whatever the planner believes: another way it reads all there are.
async function readByIds(pool: Pool, ids: readonly string[]): Promise<readonly StatusSubject[]> {
  const { rows } = await pool.query<SubjectRow>(
    `SELECT ${subjectColumns} FROM unnest($1::text[]) AS named (id)
       CROSS JOIN LATERAL (SELECT * FROM document_message x
         WHERE x.document_id = named.id AND x.kind = 'document' OFFSET 0) m
       ${deliveries} WHERE ${isOfDocument} ORDER BY d.id DESC`,
    [[...new Set(ids)]],
  );
  return rows.map(toSubject);
}

async function readByCode(pool: Pool, status: StatusToMatch): Promise<readonly StatusSubject[]> {
  const { documentId, code, promulgationDate } = status.message.responseFor;
  const parts = parseId(documentId);
  const [number, day] = [code ?? parts?.code, promulgationDate ?? parts?.date];
  if (number === undefined || day === undefined) return [];
  const { rows } = await pool.query<SubjectRow>(
    `SELECT ${subjectColumns} FROM document_message m ${deliveries}
     WHERE m.code = $1 AND m.promulgation_date = $2 AND ${isOfDocument} ORDER BY d.id DESC LIMIT 1000`,
    [number, day],
  );
  return rows.map(toSubject);
}

/** Compares codes by whom they stand for. */
export class Parties {
  readonly #rooms: Looking;
  readonly #found = new Map<string, Promise<Resolution>>();

  constructor(rooms: Looking) {
    this.#rooms = rooms;
  }

  #resolve(code: string): Promise<Resolution> {
    const { directory, now } = this.#rooms;
    const found = this.#found.get(code) ?? directory.resolve(code, now(), 'status');
    this.#found.set(code, found);
    return found;
  }

  /** Whether it is a code of one of ours. */
  async isInside(code: string): Promise<boolean> {
    return (await this.#resolve(code)).kind === 'inside';
  }

  /** Whether both are the same code, or codes of one unit or agency. */
  async isSame(one: string | undefined, other: string): Promise<boolean> {
    if (one === undefined || one === other) return one === other;
    const [a, b] = [await this.#resolve(one), await this.#resolve(other)];
    if (a.kind === 'inside' && b.kind === 'inside') return a.unit.id === b.unit.id;
    return a.kind === 'outside' && b.kind === 'outside' && a.agencyId === b.agencyId;
  }
}

/** The receiver of a document reports on it, or its sender asks it back. */
async function isReported(parties: Parties, subject: StatusSubject, status: StatusToMatch): Promise<boolean> {
  const { from, statusCode } = status.message;
  const isAskedBack = statusCode === askBack;
  if (isAskedBack === (subject.senderUnit !== undefined)) return false;
  // What one of ours says of what it got inside the province it says to the hub itself: over the axis it is a forgery.
  if (!isAskedBack && subject.receiverUnit !== undefined) return false;
  const reporter = isAskedBack ? subject.senderCode : subject.receiver;
  if (!(await parties.isSame(from.organId, reporter))) return false;
  return !isAskedBack || parties.isSame(toAddressed(status), subject.receiver);
}

async function isIssued(parties: Parties, subject: StatusSubject, status: StatusToMatch): Promise<boolean> {
  const isAskedBack = status.message.statusCode === askBack;
  return parties.isSame(isAskedBack ? status.message.from.organId : toAddressed(status), subject.senderCode);
}

async function findOne(
  subjects: readonly StatusSubject[],
  fits: (subject: StatusSubject) => Promise<boolean>,
): Promise<StatusSubject | undefined> {
  for (const subject of subjects) if (await fits(subject)) return subject;
  return undefined;
}

/**
 * The newest delivery that fits each status; undefined where none does.
 * @throws Error of the database
 */
export async function matchStatuses(
  rooms: Rooms,
  statuses: readonly StatusToMatch[],
): Promise<readonly (StatusSubject | undefined)[]> {
  const parties = new Parties(rooms);
  const wanted = statuses.map(toIds);
  const known = new Map<string, StatusSubject[]>();
  for (const subject of await readByIds(rooms.pool, wanted.flat())) {
    const others = known.get(subject.documentId);
    if (others) others.push(subject);
    else known.set(subject.documentId, [subject]);
  }
  const matched: (StatusSubject | undefined)[] = [];
  for (const [n, status] of statuses.entries()) {
    const named = (wanted[n] ?? []).flatMap((id) => known.get(id) ?? []);
    const byId = await findOne(named, (subject) => isReported(parties, subject, status));
    matched.push(byId ?? (await matchByCode(rooms, parties, status)));
  }
  return matched;
}

async function matchByCode(
  { pool }: Rooms,
  parties: Parties,
  status: StatusToMatch,
): Promise<StatusSubject | undefined> {
  return findOne(
    await readByCode(pool, status),
    async (subject) =>
      (await isReported(parties, subject, status)) && (await isIssued(parties, subject, status)),
  );
}
