// The portal's own records, as its mock shows them to a test, and what goes wrong there during a day.
// Source: public-service-portal.md §10.13, §10.15
import type { Fields } from './records.ts';

/** Addresses of the mock; see mocks/portal/README.md. */
export interface PortalPlace {
  readonly faultUrl: string;
  readonly journalUrl: string;
  readonly dossiersUrl: string;
  readonly inboundUrl: string;
  readonly catalogueUrl: string;
}

/** A dossier as the portal holds it. */
export interface HeldDossier {
  readonly creates: number;
  readonly updates: number;
  readonly statuses: readonly {
    readonly status: string;
    readonly order: number;
    readonly receptions: number;
  }[];
  readonly progress: readonly {
    readonly order: number;
    readonly receptions: number;
    readonly line: Fields;
  }[];
  readonly fields: Fields;
}

const pushes = ['DongBoHoSoMC', 'CapNhatTienDoHoSoMC'];

/** The faults of an ordinary day: about one push in fifty, and sessions that end before their time. */
export const toPortalFaults = (seed: number): readonly object[] => [
  { mode: 'timeoutAfter', delayMs: 300, services: pushes, probability: 0.005, seed },
  { mode: 'html', services: pushes, probability: 0.005, seed: seed + 1 },
  { mode: 'tooMany', retryAfterSeconds: 1, services: pushes, probability: 0.005, seed: seed + 2 },
  { mode: 'sessionExpired', probability: 0.005, seed: seed + 3 },
];

/** Asks the mock. @throws Error with its status */
export async function askMock<T>(url: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok)
    throw new Error(`${new URL(url).pathname.split('/').at(-1)} of a mock: ${response.status}`);
  return JSON.parse(await response.text());
}

/** The dossier; undefined when the portal has none of this code. */
export async function readHeld({ dossiersUrl }: PortalPlace, code: string): Promise<HeldDossier | undefined> {
  const response = await fetch(`${dossiersUrl}?code=${encodeURIComponent(code)}`);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`dossiers of the portal's mock: ${response.status}`);
  return JSON.parse(await response.text());
}

/** How many states and lines it has taken so far, dossiers filed with it among them. */
export async function countTaken({ journalUrl }: PortalPlace): Promise<number> {
  const { counts } = await askMock<{ counts: { taken: number } }>(`${journalUrl}?view=counts`);
  return counts.taken;
}

/** How many calls were hit since the rules were set. */
export async function countPortalHits({ faultUrl }: PortalPlace): Promise<number> {
  const { faults } = await askMock<{ faults: readonly { hits: number }[] }>(faultUrl);
  return faults.reduce((sum, { hits }) => sum + hits, 0);
}
