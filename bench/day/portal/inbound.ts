// Dossiers that people file on the portal during the day: the mock hands them over, twice each; their units fetch them with
// their papers, prove them and acknowledge.
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from '../../../mocks/parts/random.ts';
import type { components } from '../../../openapi/types/portal.v1.ts';
import type { HubSession } from '../session.ts';
import { askMock, type PortalPlace } from './mock.ts';

type Schema = components['schemas'];

/** What the dossiers from the portal need. */
export interface InboundOptions {
  readonly session: HubSession;
  readonly place: PortalPlace;
  readonly unitIds: readonly string[];
  /** So many. */
  readonly count: number;
  readonly seed: number;
  readonly patienceMs: number;
  readonly fail: (error: unknown) => void;
}

/** What came of them. */
export interface InboundAccount {
  /** Acknowledged by their units, each once, and done for the portal. */
  readonly inbound: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly altered: number;
}

/** A dossier that was handed over. */
interface Filed {
  readonly unitId: string;
  readonly code: string;
  readonly fileBytes: number;
}

/** Bodies of the province: the tail of their code is that of their id. */
const toPortalCode = (unitId: string): string | undefined => /^cq-((?!00)\d\d)$/.exec(unitId)?.[1];

const lookMs = 400;
const waitS = 2;

async function fileAll({ place, unitIds, count, seed }: InboundOptions): Promise<readonly Filed[]> {
  const random = createRandom(seed + 2);
  const able = unitIds.filter((unitId) => toPortalCode(unitId) !== undefined);
  const filed: Filed[] = [];
  for (let n = 0; n < count; n += 1) {
    const unitId = random.pick(able);
    const fileBytes = random.between(200, 20_000);
    const order = { unit: `H99.${toPortalCode(unitId)}`, repeat: 1, files: random.between(1, 2), fileBytes };
    const body = JSON.stringify(order);
    const { codes } = await askMock<{ codes: string[] }>(place.inboundUrl, { method: 'POST', body });
    filed.push(...codes.map((code) => ({ unitId, code, fileBytes })));
  }
  return filed;
}

async function read<T>(session: HubSession, unitId: string, path: string, query = ''): Promise<T> {
  const { bytes } = await session.call(unitId, { method: 'GET', path: `/portal/v1${path}`, query });
  return JSON.parse(bytes.toString());
}

/** Whether the dossier and the bytes of its papers are what was filed. */
async function isWhole({ session }: InboundOptions, { unitId, code, fileBytes }: Filed, deliveryId: string) {
  const dossier = await read<Schema['InboundDossier']>(session, unitId, `/inbox/${deliveryId}`);
  for (const { no, bytes, sha256 } of dossier.papers) {
    const { bytes: paper } = await session.call(unitId, {
      ...{ method: 'GET', path: `/portal/v1/inbox/${deliveryId}/papers/${no}` },
    });
    const isRight = paper.length === fileBytes && bytes === fileBytes && paper.includes(`${code} ${no}`);
    if (!isRight || createHash('sha256').update(paper).digest('hex') !== sha256) return false;
  }
  return dossier.papers.length > 0 && dossier.dossier.owner?.name !== undefined;
}

interface Seen {
  /** Deliveries by the portal's reference. */
  readonly deliveries: Map<string, Set<string>>;
  altered: number;
}

async function look(options: InboundOptions, filed: readonly Filed[], unitId: string, seen: Seen) {
  const { session } = options;
  const page = await read<Schema['InboundPage']>(session, unitId, '/inbox', `?limit=200&waitS=${waitS}`);
  const ours = page.items.flatMap(({ reference, deliveryId }) => {
    const found = filed.find((one) => one.code === reference && one.unitId === unitId);
    return found ? [{ found, deliveryId }] : [];
  });
  for (const { found, deliveryId } of ours) {
    if (!(await isWhole(options, found, deliveryId))) seen.altered += 1;
    seen.deliveries.set(found.code, (seen.deliveries.get(found.code) ?? new Set()).add(deliveryId));
  }
  if (ours.length === 0) return;
  await session.call(unitId, {
    ...{ method: 'POST', path: '/portal/v1/inbox/acknowledgements' },
    body: Buffer.from(JSON.stringify({ deliveryIds: ours.map(({ deliveryId }) => deliveryId) })),
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
  });
}

interface InboundPage {
  readonly entries: readonly { readonly code: string; readonly isDone: boolean }[];
  readonly next: number | null;
}

async function readDone({ inboundUrl }: PortalPlace): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  for (let from: number | null = 1; from !== null; ) {
    const page: InboundPage = await askMock(`${inboundUrl}?from=${from}`);
    for (const { code, isDone } of page.entries) if (isDone) done.add(code);
    from = page.next;
  }
  return done;
}

/** Has dossiers filed, and plays the units that receive them, until all are there and the portal knows it. */
export async function receiveFiled(options: InboundOptions): Promise<InboundAccount> {
  const filed = await fileAll(options);
  const seen: Seen = { deliveries: new Map(), altered: 0 };
  const units = new Set(filed.map(({ unitId }) => unitId));
  const endMs = performance.now() + options.patienceMs;
  let done: ReadonlySet<string> = new Set();
  const isOver = (): boolean => filed.every(({ code }) => seen.deliveries.has(code) && done.has(code));
  while (!isOver() && performance.now() < endMs) {
    await Promise.all([...units].map((unitId) => look(options, filed, unitId, seen).catch(options.fail)));
    done = await readDone(options.place);
    if (!isOver()) await pause(lookMs);
  }
  // A repeat of the portal that came behind the acknowledgement would lie in the inbox now.
  await Promise.all([...units].map((unitId) => look(options, filed, unitId, seen).catch(options.fail)));
  const there = filed.filter(({ code }) => seen.deliveries.has(code) && done.has(code)).length;
  const duplicated = [...seen.deliveries.values()].filter(({ size }) => size > 1).length;
  return { inbound: there, lost: filed.length - there, duplicated, altered: seen.altered };
}
