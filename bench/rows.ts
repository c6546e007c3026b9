// The rows of the bench: which gateway, which request, and what must come back.
import type { KeyObject } from 'node:crypto';
import { isPage, planSearches } from './catalogue.ts';
import {
  type Gateway,
  hasNginx,
  startExpressGateway,
  startHubGateway,
  startNginx,
  startPeer,
} from './gateways.ts';
import { type Ground, obtainToken } from './ground.ts';
import { makeItem } from './item.ts';
import type { Varying } from './load.ts';
import { makeProofs } from './proofs.ts';

/** What a run sends: the same request again and again, but for what varies. */
export interface Plan {
  /** Default POST; a GET has no body. */
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly varying?: Varying;
}

/** One row. */
export interface Row {
  readonly name: string;
  readonly gateway: 'hub' | 'peer';
  readonly start: (ground: Ground) => Promise<Gateway>;
  readonly bodies: 'all' | 'own';
  /** Of the load generator, where the row has its own number. */
  readonly connections?: number;
  /** Makes a run of at most `requests` requests; tokens and proofs are fresh. */
  readonly plan: (ground: Ground, gateway: Gateway, kib: number, requests: number) => Promise<Plan>;
  /** Whether an answer is the one that the source gave. */
  readonly isRight: (body: Buffer, kib: number) => boolean;
}

const path = '/bench/v1/items';
const json = { 'content-type': 'application/json' };
const unitId = 'cq-00';

const isItem = (body: Buffer, kib: number): boolean => body.equals(makeItem('from-source', kib));
const isFound = (body: Buffer): boolean => body.includes('"outcome":"found"');

const toPeer = (name: string, start = (ground: Ground) => startPeer(name, ground)): Row => ({
  name,
  gateway: 'peer',
  start,
  bodies: 'all',
  plan: async (_ground, gateway, kib) => ({
    path,
    headers: { ...json, ...gateway.headers },
    body: makeItem('from-caller', kib),
  }),
  isRight: isItem,
});

const toHub = (name: string, more: Pick<Row, 'bodies' | 'connections' | 'plan' | 'isRight'>): Row => ({
  name,
  gateway: 'hub',
  start: (ground) => startHubGateway(ground),
  ...more,
});

const hub = toHub('hub', {
  bodies: 'all',
  async plan(ground, gateway, kib) {
    const { token } = await obtainToken(gateway.url, ground, unitId, false);
    return {
      path,
      headers: { ...json, authorization: `Bearer ${token}` },
      body: makeItem('from-caller', kib),
    };
  },
  isRight: isItem,
});

const toRows = (key: KeyObject, url: string, token: string, count: number): string[][] =>
  makeProofs(key, url, token, count).map((proof) => [proof]);

const hubDpop = toHub('hub-dpop', {
  bodies: 'all',
  async plan(ground, gateway, kib, requests) {
    const { token, key } = await obtainToken(gateway.url, ground, unitId, true);
    return {
      path,
      headers: { ...json, authorization: `DPoP ${token}` },
      body: makeItem('from-caller', kib),
      varying: { names: ['DPoP'], rows: toRows(key, `${gateway.url}${path}`, token, requests) },
    };
  },
  isRight: isItem,
});

const lookUpPath = '/population/v1/citizen-lookups';
const askingUnits = 16;

/** Officers of several units ask about many people, as in a province: one person's or unit's counters are not all. */
const hubSoap = toHub('hub-soap', {
  bodies: 'own',
  async plan(ground, gateway, _kib, requests) {
    const officers = ground.province.officers.filter(({ case: is }) => is === 'ordinary');
    const units = [...new Set(officers.map((officer) => officer.unitId))].slice(0, askingUnits);
    const askers = await Promise.all(
      units.map(async (unit) => {
        const { token, key } = await obtainToken(gateway.url, ground, unit, true);
        const proofs = makeProofs(
          key,
          `${gateway.url}${lookUpPath}`,
          token,
          Math.ceil(requests / units.length),
        );
        return { token, proofs, officer: officers.find((officer) => officer.unitId === unit)?.id ?? '' };
      }),
    );
    const rows = Array.from({ length: requests }, (_, n) => {
      const asker = askers[n % askers.length];
      const claim = ground.claims[n % ground.claims.length];
      return [
        `DPoP ${asker?.token}`,
        asker?.proofs[Math.floor(n / askers.length)] ?? '',
        asker?.officer ?? '',
        JSON.stringify(claim),
      ];
    });
    return {
      path: lookUpPath,
      headers: { ...json, purpose: 'giai-quyet-tthc', 'case-code': 'H99.10-251123-0001' },
      body: Buffer.from(JSON.stringify(ground.claims[0])),
      varying: { names: ['Authorization', 'DPoP', 'Officer', 'body'], rows },
    };
  },
  isRight: isFound,
});

/** Searches of the portal's catalogue, answered from the hub's own tables. */
const toCatalogue = (connections: number): Row =>
  toHub(`hub-catalogue-${connections}`, {
    ...{ bodies: 'own', connections },
    plan: planSearches,
    isRight: isPage,
  });

/** The row `hub` with the hub of another checkout, built there: before and after in one run. */
export const toOtherHub = (checkout: string): Row => ({
  ...hub,
  name: 'hub-other',
  start: (ground) => startHubGateway(ground, checkout),
});

/** All rows that this machine can run. */
export const allRows: readonly Row[] = [
  hub,
  hubDpop,
  hubSoap,
  toCatalogue(1),
  toCatalogue(4),
  toPeer('express-axios'),
  toPeer('express-http-proxy-middleware'),
  toPeer('fastify-http-proxy'),
  toPeer('express-gateway-jwt', startExpressGateway),
  ...(hasNginx ? [toPeer('nginx', startNginx)] : []),
];
