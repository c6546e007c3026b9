// The reconciliation of the day's money: the platform's file is made to differ in every way, and each difference must be
// found where it was made, and no other.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { components } from '../../../openapi/types/payment.v1.ts';
import type { HubSession } from '../session.ts';
import { type Difference, type PlatformPlace, setDifferences } from './platform.ts';

type Schema = components['schemas'];
type Line = Schema['ReconciliationLine'];

/** Who reconciles: an officer of the province. */
export interface Reckoner {
  readonly session: HubSession;
  readonly unitId: string;
  readonly officerId: string;
}

const lookMs = 300;
const shareOfEach = 1 / 50;

/** Differences of every kind, at payments that have a row of the day. @param references of them */
export function planDifferences(references: readonly string[], run: string): readonly Difference[] {
  const count = Math.max(1, Math.floor(references.length * shareOfEach));
  const take = (at: number): readonly string[] => references.slice(at * count, (at + 1) * count);
  return [
    ...take(0).map((reference) => ({ kind: 'missing' as const, reference })),
    ...take(1).map((reference) => ({ kind: 'amount' as const, reference, amount: 999 })),
    ...take(2).map((reference) => ({ kind: 'status' as const, reference, status: '4' })),
    ...Array.from({ length: count }, (_, n) => ({
      ...{ kind: 'onlyTheirs' as const, reference: `KHONGCO-${run}-${n}`, amount: 123_000 },
    })),
  ];
}

const kinds: Readonly<Record<Difference['kind'], Line['kind']>> = {
  missing: 'only-ours',
  amount: 'amount-differs',
  status: 'status-differs',
  onlyTheirs: 'only-theirs',
};

/** The line that each reference must have. @param matched references that both sides have alike */
export const toExpected = (
  matched: readonly string[],
  differences: readonly Difference[],
): ReadonlyMap<string, Line['kind']> =>
  new Map([
    ...matched.map((reference): [string, Line['kind']] => [reference, 'matched']),
    ...differences.map(({ reference, kind }): [string, Line['kind']] => [reference, kinds[kind]]),
  ]);

async function read<T>({ session, unitId }: Reckoner, path: string, query = ''): Promise<T> {
  const { bytes } = await session.call(unitId, { method: 'GET', path: `/payment/v1${path}`, query });
  return JSON.parse(bytes.toString());
}

async function run(reckoner: Reckoner, day: string, patienceMs: number): Promise<string> {
  const { session, unitId, officerId: officer } = reckoner;
  const { bytes } = await session.call(unitId, {
    ...{ method: 'POST', path: '/payment/v1/reconciliations', body: Buffer.from(JSON.stringify({ day })) },
    headers: {
      ...{ 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      ...{ officer, purpose: 'quan-tri' },
    },
  });
  const { reconciliationId }: Schema['Reconciliation'] = JSON.parse(bytes.toString());
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const { state, problem } = await read<Schema['Reconciliation']>(
      reckoner,
      `/reconciliations/${reconciliationId}`,
    );
    if (state === 'done') return reconciliationId;
    if (state === 'failed' || performance.now() > endMs)
      throw new Error(`the reconciliation of ${day} is ${state}: ${problem ?? 'no problem named'}`);
    await pause(lookMs);
  }
}

/** Reconciles a day with these differences and takes them back. @returns its id and all lines, of other days of ours too */
export async function reckon(
  reckoner: Reckoner,
  place: PlatformPlace,
  given: { readonly day: string; readonly differences: readonly Difference[]; readonly patienceMs: number },
): Promise<{ readonly id: string; readonly lines: readonly Line[] }> {
  const { day, differences, patienceMs } = given;
  await setDifferences(place, day, differences);
  try {
    const id = await run(reckoner, day, patienceMs);
    const lines: Line[] = [];
    let cursor = '';
    do {
      const query = `?limit=200${cursor && `&cursor=${cursor}`}`;
      const page = await read<Schema['LinePage']>(reckoner, `/reconciliations/${id}/lines`, query);
      lines.push(...page.items);
      cursor = page.next ?? '';
    } while (cursor !== '');
    return { id, lines };
  } finally {
    await setDifferences(place, day, []);
  }
}

/** A person takes the money that a line of the file proves. */
export async function accept({ session, unitId, officerId: officer }: Reckoner, exceptionId: string) {
  const decision = { decision: 'accept', reason: 'Đã đối chiếu sao kê ngân hàng' };
  await session.call(unitId, {
    ...{ method: 'POST', path: `/payment/v1/exceptions/${exceptionId}/decisions` },
    body: Buffer.from(JSON.stringify(decision)),
    headers: {
      ...{ 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      ...{ officer, purpose: 'quan-tri' },
    },
  });
}
