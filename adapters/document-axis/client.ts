// The port over any face: puts the questions and reads the answers, which are of one kind whatever the face.

import type { SourceTrace } from '../adapter.ts';
import type { Members } from '../members.ts';
import { readAnswer } from './answer.ts';
import type { AxisAnswer, AxisCall, AxisRows, DocumentAxis } from './axis.ts';
import { axisName } from './axis.ts';
import { openContent } from './content.ts';
import { toAgency, toCount, toDocId, toItem, toRows, toSentRow, toUnit } from './map.ts';
import { toPlainText } from './plain-text.ts';
import type { AxisFace, AxisQuestion, PlainOperation } from './question.ts';
import { toUnmapped } from './refusals.ts';
import { readRows } from './rows.ts';
import type { DocumentAxisSettings } from './settings.ts';
import { toDigest, type WireReply } from './wire.ts';

type ToRow<T> = (row: Members, trace: SourceTrace) => T;

/** Rows of a directory; asked for when the iteration begins. */
function createRows<T>(
  face: AxisFace,
  operation: PlainOperation,
  call: AxisCall,
  toRow: ToRow<T>,
): AxisRows<T> {
  let reply: WireReply | undefined;
  const { requestCode } = call;
  const unasked: SourceTrace = { source: axisName, requestCode, request: toDigest('') };
  return {
    trace: () => reply?.trace() ?? unasked,
    async *[Symbol.asyncIterator]() {
      reply = await face.ask({ operation }, call);
      for await (const row of readRows(reply)) yield toRow(row, reply.trace());
    },
  };
}

/** The axis behind a face. */
export function createAxisClient(face: AxisFace, settings: DocumentAxisSettings): DocumentAxis {
  const ask = async (question: AxisQuestion, call: AxisCall) =>
    readAnswer(await face.ask(question, call), settings.limits.answerBytes);

  async function askRows<T>(question: AxisQuestion, call: AxisCall, toRow: ToRow<T>) {
    const { envelope, trace } = await ask(question, call);
    const value = toRows(envelope, trace).map((row) => toRow(row, trace));
    return { value, trace } satisfies AxisAnswer<readonly T[]>;
  }

  async function count(operation: PlainOperation, call: AxisCall): Promise<number> {
    const { envelope, trace } = await ask({ operation }, call);
    return toCount(envelope, trace);
  }

  return {
    hopCode: settings.hopCode,
    pollSeconds: settings.pollSeconds,
    mostAddressees: settings.addressees,
    async send(message, call) {
      if (message.to.length > settings.addressees) throw toUnmapped('too-many-addressees', 'hub');
      const { envelope, trace } = await ask({ operation: 'sendEdoc', message }, call);
      return { docId: toDocId(envelope, trace), trace };
    },
    list(kind, period, call) {
      const question = { operation: 'getReceivedEdocList', kind, period } as const;
      return askRows(question, call, (row, trace) => toItem(row, kind, trace));
    },
    async fetch(docId, call) {
      return openContent(await face.ask({ operation: 'getEdoc', docId }, call));
    },
    async mark(docId, state, call, description) {
      const plain = description === undefined ? '' : toPlainText(description);
      const question = { operation: 'updateStatus', docId, state, description: plain || undefined } as const;
      return (await ask(question, call)).trace;
    },
    sent(kind, call, docId) {
      return askRows({ operation: 'getSentEdocList', kind, docId }, call, toSentRow);
    },
    async counts(call) {
      const documents = await count('countReceiveEdoc', call);
      return { documents, statuses: await count('countReceiveStatus', call) };
    },
    async registerAgency(agency, call) {
      return (await ask({ operation: 'registerAgency', agency }, call)).trace;
    },
    async deleteAgency(code, call) {
      return (await ask({ operation: 'deleteAgency', code }, call)).trace;
    },
    agencies: (list, call) =>
      createRows(face, list === 'qd20' ? 'getAgenciesListQD20' : 'getAgenciesList', call, toAgency),
    units: (call) => createRows(face, 'getSynchronizeUnit', call, toUnit),
    close: () => face.close(),
  };
}
