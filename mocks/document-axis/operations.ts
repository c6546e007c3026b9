// The operations of the axis, the same behind every face. Source: document-axis.md §3.2. Knows no HTTP.
import { createRandom } from '../parts/random.ts';
import { type AcceptParts, acceptMessage } from './accept.ts';
import { parseDay, toMoment } from './clock.ts';
import type { System } from './config.ts';
import type { FaultRule } from './faults.ts';
import type { Unit } from './generated-units.ts';
import type { ItemState, Kind } from './journal.ts';
import { done, type Outcome, refuse } from './outcome.ts';
import { type Item, isStep, type Message, type Queues } from './queues.ts';
import { parseTexts } from './signature.ts';
import { isSpoil } from './spoil.ts';
import type { Stored } from './store.ts';

/** What the operations work on. */
export interface Parts extends AcceptParts {
  readonly queues: Queues;
}

/** One call of an operation. */
export interface Call {
  readonly system: System;
  /** The value of a parameter, whatever the case of its name. */
  readonly read: (name: string) => string | undefined;
  /** sendEdoc: the message; undefined when it was too large. */
  readonly stored?: Stored | undefined;
  /** registerAgency: the body. */
  readonly json?: unknown;
  readonly fault: FaultRule | undefined;
}

/** An operation. */
export type Operation = (call: Call, parts: Parts) => Promise<Outcome>;

const descriptions: Readonly<Record<ItemState, string>> = {
  initial: 'Moi',
  processing: 'Dang xu ly',
  done: 'Da nhan',
  fail: 'That bai',
};

function readKind({ read }: Call): Kind | undefined {
  const kind = read('messagetype')?.toLowerCase();
  return kind === 'edoc' || kind === 'status' ? kind : undefined;
}

/** Whether an item came in the asked days, both included. */
function createPeriodCheck({ read }: Call): (createdMs: number) => boolean {
  const from = parseDay(read('fromDate') ?? '') ?? 0;
  const to = parseDay(read('toDate') ?? '');
  const end = to === undefined ? Number.POSITIVE_INFINITY : to + 86_400_000;
  return (createdMs) => from <= createdMs && createdMs < end;
}

function toListRow({ docId, to, state, updatedMs, message }: Item): object {
  return {
    docId,
    serviceType: 'eDoc',
    messageType: message.kind,
    created_time: toMoment(message.createdMs),
    updated_time: toMoment(updatedMs),
    from: message.from,
    to,
    status: state,
    status_desc: descriptions[state],
  };
}

function takePage(call: Call, kind: Kind, { queues, settings }: Parts): readonly Item[] {
  const isInPeriod = createPeriodCheck(call);
  const receivers = parseTexts(call.read('to') ?? '') ?? [];
  const [one] = receivers;
  const filter = receivers.length === 1 ? one : undefined;
  const page: Item[] = [];
  for (const item of queues.open(call.system.systemId, kind, filter)) {
    if (page.length >= settings.listMost) break;
    if (receivers.length > 1 && !receivers.includes(item.to)) continue;
    if (isInPeriod(item.message.createdMs)) page.push(item);
  }
  return page;
}

function disorder(page: readonly Item[], fault: FaultRule | undefined): readonly Item[] {
  if (fault?.mode === 'emptyList') return [];
  if (fault?.mode === 'duplicateList') return page.flatMap((item) => [item, item]);
  if (fault?.mode !== 'reorder') return page;
  const { next } = createRandom(fault.seed);
  const shuffled = page.map((item) => ({ item, at: next() })).sort((one, other) => one.at - other.at);
  const isSame = shuffled.every(({ item }, index) => item === page[index]);
  return isSame ? page.toReversed() : shuffled.map(({ item }) => item);
}

const listReceived: Operation = async (call, parts) => {
  const kind = readKind(call);
  if (kind === undefined) return refuse('22', 'messagetype');
  const page = disorder(takePage(call, kind, parts), call.fault);
  // Rows show how things stood when they were asked for.
  const rows = page.map(toListRow);
  if (page.length > 0)
    await parts.journal.append({
      event: 'listed',
      system: call.system.systemId,
      docIds: page.map(({ docId }) => docId),
      ...(call.fault && { fault: call.fault.mode }),
    });
  return { is: 'rows', rows };
};

function* toSentRows(messages: Iterable<Message>, most: number): Iterable<object> {
  let count = 0;
  for (const { docId, kind, from, documentId, items, createdMs } of messages)
    for (const item of items) {
      count += 1;
      if (count > most) return;
      yield {
        serviceType: 'eDoc',
        senderDocId: docId,
        receiverDocId: item.docId,
        fromCode: from,
        toCode: item.to,
        title: '',
        notation: documentId.split(',').at(-1) ?? '',
        messageType: kind,
        sentTime: toMoment(createdMs),
        sendStatus: 'done',
        sendStatusDesc: descriptions.done,
        receivedTime: item.state === 'initial' ? '' : toMoment(item.updatedMs),
        receiveStatus: item.state,
        receiveStatusDesc: descriptions[item.state],
      };
    }
}

const listSent: Operation = async (call, { queues, settings }) => {
  const kind = readKind(call);
  if (kind === undefined) return refuse('22', 'messagetype');
  const { systemId } = call.system;
  const message = queues.findMessage(call.read('docId') ?? '');
  if (message) {
    const isOwn = message.system === systemId && message.kind === kind;
    return { is: 'rows', rows: isOwn ? toSentRows([message], Number.POSITIVE_INFINITY) : [] };
  }
  if (call.read('docId')) return { is: 'rows', rows: [] };
  return { is: 'rows', rows: toSentRows(queues.sent(systemId, kind), settings.listMost) };
};

const send: Operation = async (call, parts) => {
  const { stored, read, system, fault } = call;
  if (stored === undefined) return refuse('10', 'messageBytes');
  const kind = readKind(call);
  const to = read('to');
  const receivers = to === undefined || to === '' ? undefined : parseTexts(to);
  if (kind === undefined || (to && receivers === undefined)) {
    await parts.store.remove(stored);
    return refuse('22', kind === undefined ? 'messagetype' : 'to');
  }
  const spoil = fault && isSpoil(fault.mode) ? fault.mode : undefined;
  const from = read('from') || undefined;
  return acceptMessage(stored, { system, kind, from, to: receivers, spoil, fault: fault?.mode }, parts);
};

function findOwn({ read, system }: Call, { queues, units }: Parts): Item | undefined {
  const item = queues.findItem(read('docId') ?? '');
  return item && units.isServed(item.to, system) ? item : undefined;
}

/** The content of an item; `isRaw` without base64. */
function createFetch(isRaw: boolean): Operation {
  return async (call, parts) => {
    const item = findOwn(call, parts);
    if (item === undefined) return refuse('10', 'docId');
    await parts.journal.append({
      event: 'fetched',
      system: call.system.systemId,
      docId: item.docId,
      ...(call.fault && { fault: call.fault.mode }),
    });
    return { is: 'content', message: item.message, isRaw };
  };
}

const states: readonly ItemState[] = ['processing', 'done', 'fail'];

const updateStatus: Operation = async (call, parts) => {
  const item = findOwn(call, parts);
  if (item === undefined) return refuse('10', 'docId');
  const state = states.find((one) => one === call.read('status'));
  // A business code here (03, …) is the mistake of §2.4.
  if (state === undefined || !isStep(item.state, state)) return refuse('22', 'status');
  await parts.journal.append({
    event: 'acknowledged',
    system: call.system.systemId,
    docId: item.docId,
    state,
    ...(call.fault && { fault: call.fault.mode }),
  });
  return done();
};

function* toRows(units: Iterable<Unit>, toRow: (unit: Unit) => object | undefined): Iterable<object> {
  for (const unit of units) {
    const row = toRow(unit);
    if (row !== undefined) yield row;
  }
}

const toMail = (id: string): string => `dv${id}@example.invalid`;

const listAgencies: Operation = async (_call, { units }) => ({
  is: 'rows',
  rows: toRows(units.all(), ({ id, parentId: pid, code, name, oldCode = '', deleted }) =>
    deleted ? undefined : { id, pid, code, name, mail: toMail(id), oldCode },
  ),
});

const listAgenciesQd20: Operation = async ({ read }, { units }) => {
  const level = Number(read('level') || 0);
  return {
    is: 'rows',
    rows: toRows(units.all(), ({ id, code, name, oldCode = '', deleted }) => {
      const isListed = !deleted && /^[A-Z]\d\d(\.|$)/.test(code);
      if (!isListed || (level > 0 && code.split('.').length !== level)) return undefined;
      return { id, code, name, mail: toMail(id), code102: oldCode };
    }),
  };
};

const listUnits: Operation = async (_call, { units }) => ({
  is: 'rows',
  rows: toRows(units.all(), (unit) => ({
    id: unit.id,
    pid: unit.parentId,
    code: unit.code,
    name: unit.name,
    mail: toMail(unit.id),
    version: unit.version,
    centerCode: unit.centerCode,
    deleted: unit.deleted,
    modifyDate: unit.modifyDate,
    isAgency: true,
  })),
});

function readTexts(json: unknown): Readonly<Record<string, string>> {
  const members = Object.entries(typeof json === 'object' && json !== null ? json : {});
  return Object.fromEntries(
    members.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

const registerAgency: Operation = async ({ json, system, fault }, { units, journal }) => {
  const { id, pcode, code = '', name = '' } = readTexts(json);
  if (code === '' || name === '' || code.length > 35) return refuse('22', 'code, name');
  const owned = units.find(code);
  if (owned && !units.isServed(code, system)) return refuse('19', code);
  const unit = { code, name, ...(id && { id }), ...(pcode && { parentCode: pcode }) };
  await journal.append({
    event: 'registered',
    system: system.systemId,
    unit,
    ...(fault && { fault: fault.mode }),
  });
  return done();
};

const deleteAgency: Operation = async ({ read, system, fault }, { units, journal }) => {
  const code = read('AgencyCode') ?? '';
  if (units.find(code) === undefined) return refuse('18', code);
  if (!units.isServed(code, system)) return refuse('19', code);
  await journal.append({
    event: 'removed',
    system: system.systemId,
    code,
    ...(fault && { fault: fault.mode }),
  });
  return done();
};

function createCount(kind: Kind): Operation {
  return async ({ system }, { queues }) => done({ count: queues.countOpen(system.systemId, kind) });
}

/** The thirteen operations by name. */
export const operations: Readonly<Record<string, Operation>> = {
  getAgenciesList: listAgencies,
  getAgenciesListQD20: listAgenciesQd20,
  getSynchronizeUnit: listUnits,
  registerAgency,
  deleteAgency,
  getReceivedEdocList: listReceived,
  getSentEdocList: listSent,
  sendEdoc: send,
  getEdoc: createFetch(false),
  downloadEdoc: createFetch(true),
  updateStatus,
  countReceiveEdoc: createCount('edoc'),
  countReceiveStatus: createCount('status'),
};
