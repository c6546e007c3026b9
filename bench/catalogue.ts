// The searches of the bench: the portal's catalogue of 2,225 procedures and its other lists, as people at a counter ask them.
// The hub takes the catalogue from the mock of the portal first, once.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { components } from '../openapi/types/portal.v1.ts';
import { systemIds } from '../src/sandbox/seed-systems.ts';
import { openSession } from './day/session.ts';
import type { Gateway } from './gateways.ts';
import { type Ground, obtainToken } from './ground.ts';
import { makeProofs } from './proofs.ts';

type Catalogue = components['schemas']['Catalogue'];

const unitId = 'cq-16';
const patienceMs = 60_000;
const lookMs = 200;
const searches = 200;
const synchronised = new WeakMap<Gateway, Promise<void>>();

/** Has the hub take the catalogue, and waits until it serves it. @throws Error when that takes a minute */
async function synchronise(ground: Ground, { url }: Gateway): Promise<void> {
  const system = ground.province.systems.find(({ clientId }) => clientId === systemIds.administrator);
  if (!system) throw new Error('the province has no administrator');
  const [actingUnit = ''] = system.actingUnits;
  const { clientId, privateKeyFile } = system;
  const session = openSession({
    ...{ publicUrl: url, targets: [url], clientId, privateKeyFile, connections: 1, patienceMs },
  });
  const path = '/portal/v1/catalogue';
  try {
    await session.call(actingUnit, {
      ...{ method: 'POST', path: `${path}/synchronisations` },
      headers: { 'idempotency-key': randomUUID() },
    });
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const { bytes } = await session.call(actingUnit, { method: 'GET', path });
      const { mark }: Catalogue = JSON.parse(bytes.toString());
      if (mark.version > 0) return;
      if (performance.now() > endMs) throw new Error('the hub did not take the catalogue');
      await pause(lookMs);
    }
  } finally {
    await session.close();
  }
}

const withoutMarks = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');

/** Paths and what they ask, over and over: names with and without marks, codes, whole lists. */
function toSearches(names: readonly string[]): readonly (readonly [path: string, query: string])[] {
  const words = (at: number, count: number): string =>
    (names[at % names.length] ?? '').split(' ').slice(-count).join(' ');
  return Array.from({ length: searches }, (_, n): readonly (readonly [string, string])[] => [
    ['procedures', `q=${encodeURIComponent(words(n * 3, 3))}`],
    ['procedures', `q=${encodeURIComponent(withoutMarks(words(n * 5 + 1, 2)))}`],
    ['procedures', `q=${encodeURIComponent(`1.00${n % 10}`)}&limit=20`],
    ['procedures', n % 2 === 0 ? '' : `q=${encodeURIComponent('cấp')}`],
    ['fields', ''],
    ['agencies', `q=${encodeURIComponent(n % 2 === 0 ? 'sở' : 'uy ban')}`],
    ['result-papers', `q=${encodeURIComponent(withoutMarks(words(n * 7, 2)))}`],
  ]).flat();
}

/** Makes a run of searches; the hub has the catalogue before the first. */
export async function planSearches(ground: Ground, gateway: Gateway, _kib: number, requests: number) {
  const begun = synchronised.get(gateway) ?? synchronise(ground, gateway);
  synchronised.set(gateway, begun);
  await begun;
  const { token, key } = await obtainToken(gateway.url, ground, unitId, true);
  const all = toSearches(ground.procedureNames);
  const asked = Array.from({ length: requests }, (_, n) => all[n % all.length] ?? ['procedures', '']);
  const proofs = new Map(
    [...new Set(asked.map(([list]) => list))].map((list) => {
      const count = asked.filter(([other]) => other === list).length;
      return [list, [...makeProofs(key, `${gateway.url}/portal/v1/${list}`, token, count, 'GET')]];
    }),
  );
  const rows = asked.map(([list, query]) => [
    `/portal/v1/${list}${query && `?${query}`}`,
    proofs.get(list)?.pop() ?? '',
  ]);
  return {
    ...{ method: 'GET' as const, path: '/portal/v1/procedures', body: Buffer.alloc(0) },
    headers: { authorization: `DPoP ${token}` },
    varying: { names: ['path', 'DPoP'], rows },
  };
}

/** Whether an answer is a page of the catalogue. */
export const isPage = (body: Buffer): boolean => body.includes('"items":[{');
