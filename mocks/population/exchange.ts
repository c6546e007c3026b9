// One SOAP request from receipt to answer: fault, proof, form, single use, rights, record, journal, answer.
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { noteCall } from '../parts/call-list.ts';
import {
  type CollectionMore,
  isSameName,
  toCollection,
  toConfirmation,
  toFault,
  toVendorCollection,
} from './answer.ts';
import type { Settings } from './config.ts';
import { type Effect, type Faults, faultModes } from './faults.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { People } from './people.ts';
import type { Birth, Person } from './person.ts';
import { Refusal, type RefusalName, toRefusalCode } from './refusals.ts';
import { type PopulationRequest, parseRequest } from './request.ts';
import { type CheckRights, checkProof, type Proof, type UsedCodes } from './rights.ts';
import { type Answer, deliver } from './spoil.ts';

/** What the exchanges share. */
export interface Parts {
  readonly settings: Settings;
  readonly people: People;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly used: UsedCodes;
  readonly checkRights: CheckRights;
  /** Aborted when the mock stops. */
  readonly signal: AbortSignal;
}

/** What became of a request, and what could be read from it. */
interface Judged {
  /** The journal's word for it. */
  readonly outcome: string;
  readonly answer: Answer;
  readonly proof?: Proof;
  readonly request?: PopulationRequest;
  readonly isUsed?: boolean;
}

/** Reads a body up to the limit; the rest of a longer one is not kept. */
async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += part.length;
    if (bytes <= limitBytes) chunks.push(part);
  }
  return bytes <= limitBytes ? Buffer.concat(chunks) : undefined;
}

function checkTransport({ headers }: IncomingMessage): void {
  const type = /^application\/xml(\s*;\s*charset="?utf-8"?)?\s*$/i;
  if (!type.test(headers['content-type'] ?? '')) throw new Refusal('contentType');
  const action = headers['soapaction'];
  if (action !== '' && action !== '""') throw new Refusal('soapAction');
}

function isSameBirth(sent: Birth, kept: Birth): boolean {
  return sent.date === undefined || kept.date === undefined
    ? sent.year === kept.year
    : sent.date === kept.date;
}

/** The person who fits number, name and, where sent, birth date; a mismatch is the same as unknown. */
function findPerson(request: PopulationRequest, people: People, more: CollectionMore): Person | undefined {
  const person = people.find(request.number);
  if (person === undefined || more.shape.ignoreName) return person;
  const isSame =
    isSameName(request.fullName, person, more.shape.nameComparison) &&
    (request.birth === undefined || isSameBirth(request.birth, person.birth));
  return isSame ? person : undefined;
}

function carryOut(
  request: PopulationRequest,
  effect: Effect,
  { settings, people }: Parts,
  nowMs: number,
): Judged {
  const more: CollectionMore = {
    requestCode: request.requestCode,
    nowMs,
    deceasedNote: settings.wire.deceasedNote,
    shape: { ...settings.answers, ...effect.shape },
  };
  const person = findPerson(request, people, more);
  if (request.operation === 'confirm') {
    const xml = toConfirmation(person !== undefined, more.shape, effect.mode === 'duplicated' ? 2 : 1);
    return { outcome: person ? 'confirmed' : 'notConfirmed', answer: { status: 200, xml } };
  }
  const records = person === undefined ? [] : [person];
  if (person && effect.mode === 'duplicated') records.push(person);
  if (person && effect.mode === 'twoPeople')
    records.push(...people.all.slice(0, 2).filter((p) => p !== person));
  const xml =
    request.operation === 'lookUp' ? toCollection(records, more) : toVendorCollection(records, more);
  return { outcome: person ? 'found' : 'notFound', answer: { status: 200, xml } };
}

function refuse(reason: RefusalName, { refusalCodes, faultStatus }: Settings): Judged {
  const answer = { status: faultStatus, xml: toFault(reason, refusalCodes) };
  return { outcome: toRefusalCode(reason, refusalCodes), answer };
}

/** Everything between the bytes and the outcome. */
function judge(
  message: IncomingMessage,
  body: Buffer | undefined,
  url: string,
  effect: Effect,
  parts: Parts,
): Judged {
  const { settings } = parts;
  const nowMs = Date.now() + effect.clockSkewMs;
  const { isProcessed } = faultModes[effect.mode];
  const known: { proof?: Proof; request?: PopulationRequest; isUsed?: boolean } = {};
  const broken = (): Judged => ({ ...refuse('internal', settings), outcome: 'notProcessed', ...known });
  try {
    if (body === undefined) throw new Refusal('tooLarge');
    checkTransport(message);
    known.proof = checkProof(message.headers, url, settings, nowMs);
    known.request = parseRequest(body, settings);
    if (!isProcessed) return broken();
    parts.used.claim(known.proof, known.request.requestCode);
    known.isUsed = true;
    parts.checkRights(known.request, nowMs);
    return { ...carryOut(known.request, effect, parts, nowMs), ...known };
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    return isProcessed ? { ...refuse(cause.reason, settings), ...known } : broken();
  }
}

/** A code is kept only in a form that cannot be a personal number or a name. */
function toSafeCode(code: string | undefined): string | undefined {
  return code !== undefined && /^[\w.-]{1,64}$/.test(code) && !/^(\d{9}|\d{12})$/.test(code)
    ? code
    : undefined;
}

function toEntry(
  body: Buffer,
  judged: Judged,
  effect: Effect,
  controlKey: string,
): Omit<JournalEntry, 'seq'> {
  const { proof, request } = judged;
  const unitCode = toSafeCode(request?.unitCode);
  const person =
    request && createHmac('sha256', controlKey).update(request.number).digest('hex').slice(0, 32);
  return {
    at: new Date(Date.now() + effect.clockSkewMs).toISOString(),
    ...(request && { operation: request.operation, requestCode: request.requestCode }),
    ...(unitCode && { unitCode }),
    ...(proof && { user: proof.user, timestamp: proof.timestamp }),
    outcome: judged.outcome,
    ...(effect.mode !== 'none' && { fault: effect.mode }),
    used: judged.isUsed ?? false,
    ...(person && { person }),
    sha256: createHash('sha256').update(body).digest('hex'),
    bytes: body.length,
  };
}

/**
 * Serves one SOAP request: the journal's line is on disk before anything is sent.
 * @param url the string of the digest on the face that was called
 */
export async function serveExchange(
  message: IncomingMessage,
  response: ServerResponse,
  url: string,
  parts: Parts,
): Promise<void> {
  const { settings, signal } = parts;
  const effect = parts.faults.take();
  if (effect.mode === 'tlsFailure') {
    message.socket.resetAndDestroy();
    return;
  }
  const body = await readBody(message, settings.requestBytes);
  const judged = judge(message, body, url, effect, parts);
  if (judged.request) noteCall(response, { code: judged.request.requestCode });
  const isKept = await parts.journal
    .append(toEntry(body ?? Buffer.alloc(0), judged, effect, settings.controlKey))
    .then(
      () => true,
      () => false,
    );
  // What could not be written down is not answered with data.
  await deliver(response, isKept ? judged.answer : refuse('internal', settings).answer, effect, signal);
}
