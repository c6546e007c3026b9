// The one-stop system of the day: each unit submits its batches one after another, repeats some of them, and mends what lies
// in its repair list.
import { randomUUID } from 'node:crypto';
import type { components } from '../../../openapi/types/portal.v1.ts';
import { createGate } from '../inboxes.ts';
import type { HubCall, HubSession } from '../session.ts';
import type { PortalLedger } from './ledger.ts';
import type { PlannedBatch, PlannedRecord } from './plan.ts';
import { type NewRecord, type RecordGround, toFirstRecord, toRecord } from './records.ts';

type Schema = components['schemas'];
type Result = Schema['SubmissionResult'];

/** What the units work with. */
export interface UnitsOptions {
  readonly session: HubSession;
  readonly ledger: PortalLedger;
  readonly unitIds: readonly string[];
  readonly batches: ReadonlyMap<number, readonly PlannedBatch[]>;
  readonly ground: RecordGround;
  /** Units that submit at once. */
  readonly atOnce: number;
}

const path = '/portal/v1/dossiers';

function toCall(records: readonly NewRecord[], key: string = randomUUID()): HubCall {
  return {
    ...{ method: 'POST', path, body: Buffer.from(JSON.stringify({ records })) },
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
  };
}

const toChangeIds = ({ records }: Result): string =>
  JSON.stringify(records.map(({ change }) => change?.changeId ?? null));

async function submit({ session, ledger }: UnitsOptions, unitId: string, call: HubCall): Promise<Result> {
  const { bytes, ms } = await session.call(unitId, call);
  ledger.submitMs.push(ms);
  return JSON.parse(bytes.toString());
}

/** Makes the call as the plan has it. @returns what it was answered first */
async function submitAsPlanned(
  options: UnitsOptions,
  unitId: string,
  { repeat }: PlannedBatch,
  call: HubCall,
): Promise<Result> {
  const { session, ledger } = options;
  if (repeat === 'cut') {
    await session.cut(unitId, call);
    ledger.cuts += 1;
  }
  const first = submit(options, unitId, call);
  if (repeat === 'none' || repeat === 'cut') return first;
  if (repeat === 'after') await first;
  const [answer, again] = await Promise.all([first, submit(options, unitId, call)]);
  ledger.repeats += 1;
  if (toChangeIds(answer) !== toChangeIds(again)) ledger.differing += 1;
  return answer;
}

function noteResult(
  { ledger, ground }: UnitsOptions,
  planned: PlannedRecord,
  result: Result['records'][number] | undefined,
): void {
  const record = toRecord(planned, ground);
  const { change, refusal } = result ?? {};
  if (!change) {
    ledger.fail(`a record of ${record.code} was refused: ${refusal?.code ?? 'no answer'}`);
    return;
  }
  ledger.note(record, change.changeId);
  const isIncomplete = planned.dossier.steps[planned.step]?.lacks !== undefined;
  if (isIncomplete) ledger.toMend.set(change.changeId, record);
  if (isIncomplete !== (change.sync === 'repair'))
    ledger.fail(`a record of ${record.code} is ${change.sync}, ${isIncomplete ? 'in' : ''}complete as it is`);
}

async function sendBatch(options: UnitsOptions, unitId: string, batch: PlannedBatch): Promise<void> {
  const call = toCall(batch.records.map((planned) => toFirstRecord(planned, options.ground)));
  const { records } = await submitAsPlanned(options, unitId, batch, call);
  for (const [place, planned] of batch.records.entries()) noteResult(options, planned, records[place]);
  options.ledger.batches += 1;
}

/** Corrects what of this day lies in the unit's repair list for want of something. */
async function mend(options: UnitsOptions, unitId: string): Promise<void> {
  const { session, ledger } = options;
  let cursor = '';
  do {
    const query = `?reason=incomplete&limit=200${cursor && `&cursor=${cursor}`}`;
    const { bytes } = await session.call(unitId, { method: 'GET', path: '/portal/v1/repairs', query });
    const page: Schema['RepairPage'] = JSON.parse(bytes.toString());
    const listed = page.items.flatMap(({ change: { changeId } }) => {
      const record = ledger.toMend.get(changeId);
      return record ? [{ ...record, corrects: changeId }] : [];
    });
    if (listed.length > 0) {
      const { records } = await submit(options, unitId, toCall(listed));
      for (const { change, refusal, code } of records)
        if (change?.corrects !== undefined && change.sync !== 'repair') ledger.noteMended(change.corrects);
        else ledger.fail(`a correction of ${code} was not taken: ${refusal?.code ?? change?.sync}`);
    }
    cursor = page.next ?? '';
  } while (cursor !== '');
}

async function work(options: UnitsOptions, unit: number, batches: readonly PlannedBatch[]): Promise<void> {
  const { unitIds, ledger } = options;
  const unitId = unitIds[unit] ?? '';
  for (const [place, batch] of batches.entries()) {
    await sendBatch(options, unitId, batch).catch((error: unknown) => ledger.fail(error));
    // Not at once: what is to be repaired holds back what comes behind it for a while.
    const isTime = place % 2 === 1 || place === batches.length - 1;
    if (isTime && ledger.toMend.size > 0)
      await mend(options, unitId).catch((error: unknown) => ledger.fail(error));
  }
}

/** Submits the plan. Resolves when each batch was answered, or given up and told to the ledger. */
export async function submitAll(options: UnitsOptions): Promise<void> {
  const gate = createGate(options.atOnce);
  await Promise.all([...options.batches].map(([unit, batches]) => gate(() => work(options, unit, batches))));
}
