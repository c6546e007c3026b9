// The population mock and an adapter to it, for the tests of the adapter and of the service.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceContext } from '../../../adapters/adapter.ts';
import {
  createPopulationAdapter,
  type PopulationAdapter,
  parsePopulationSettings,
} from '../../../adapters/population/index.ts';
import type { FaultMode } from '../../../mocks/population/faults.ts';
import type { JournalEntry } from '../../../mocks/population/journal.ts';
import { type PopulationMock, startPopulationMock } from '../../../mocks/population/mock.ts';

/** Officers of the mock, by what is odd about them. */
export const officers = {
  good: '999085000001',
  expired: '999085900002',
  withoutEmail: '999085900003',
  otherUnit: '999085900004',
  unknown: '999085900009',
};

/** Unit codes of the mock. */
export const unitCodes = { good: 'TEST-DVC', withoutAgency: 'TEST-DVC-2', unknown: 'TEST-DVC-9' };

/** A person whom the mock lists. */
export interface ListedPerson {
  readonly number: string | null;
  readonly oldNumber: string | null;
  readonly fullName: string;
  readonly birthDate: string;
}

/** A person whom the mock has whatever its seed. */
export const woman = {
  personalNumber: '999190000002',
  fullName: 'Nguyễn Thị Thử Nghiệm',
  birthDate: '1990-02-15',
};

/** A running mock with an adapter. */
export interface Bench {
  readonly mock: PopulationMock;
  readonly adapter: PopulationAdapter;
  /** Another adapter, with settings over those of the bench. */
  open(more: Readonly<Record<string, unknown>>): PopulationAdapter;
  setFault(fault: { mode?: FaultMode } & Readonly<Record<string, unknown>>): Promise<void>;
  people(label: string): Promise<readonly ListedPerson[]>;
  /** What the source received under this request code. */
  journal(requestCode: string): Promise<readonly JournalEntry[]>;
  close(): Promise<void>;
}

/** Accounts of units at the mock: one that is good, one that the source has closed. */
export const unitAccount = { account: 'xa-01-lgsp', secret: 'secret of xa-01' };
export const closedAccount = { account: 'closed-lgsp', secret: 'secret of the closed' };

const route = { kind: 'direct', user: 'lamdong-test', secret: 'test-secret' };

/** What an adapter is told by an authorised caller; `more` replaces members. */
export function toContext(more: Partial<SourceContext> = {}): SourceContext {
  return {
    exchangeId: randomUUID(),
    unitCode: unitCodes.good,
    purpose: 'birth-registration',
    caseCode: 'H99.01-251123-0001',
    officerNumber: async () => officers.good,
    credential: async () => undefined,
    signal: AbortSignal.timeout(5_000),
    ...more,
  };
}

/** A listed person as a claim. */
export function toClaim(person: ListedPerson): typeof woman {
  const { number, oldNumber, fullName, birthDate } = person;
  const date = birthDate.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
  return { personalNumber: number ?? oldNumber ?? '', fullName, birthDate: date };
}

function startMock(folder: string): Promise<PopulationMock> {
  return startPopulationMock({
    journalFile: join(folder, 'journal'),
    controlKey: 'test-control-key',
    account: { user: route.user, secret: route.secret },
    moreAccounts: [unitAccount, { ...closedAccount, to: '2025-12-31' }].map(({ account: user, ...more }) => ({
      user,
      ...more,
    })),
    tlsPort: 0,
    unitCodes: [{ code: unitCodes.good }, { code: unitCodes.withoutAgency, hasAgency: false }],
    officers: [
      { number: officers.good },
      { number: officers.expired, to: '2020-12-31' },
      { number: officers.withoutEmail, hasEmail: false },
      { number: officers.otherUnit, unitCodes: ['TEST-DVC-OTHER'] },
    ],
  });
}

/** Starts a mock on a free port and opens an adapter to it. */
export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'population-'));
  const mock = await startMock(folder);
  const adapters: PopulationAdapter[] = [];
  const open = (more: Readonly<Record<string, unknown>>): PopulationAdapter => {
    const settings = { url: mock.url, route, furtherPrefixes: ['999'], limits: { callMs: 400 }, ...more };
    const adapter = createPopulationAdapter(parsePopulationSettings(settings));
    adapters.push(adapter);
    return adapter;
  };
  const control = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(url, init);
    if (!answer.ok) throw new Error(`the mock answers ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  return {
    mock,
    adapter: open({}),
    open,
    async setFault(fault) {
      await control(mock.faultUrl, { method: 'PUT', body: JSON.stringify(fault) });
    },
    async people(label) {
      const answer = await control(`${mock.peopleUrl}?case=${label}`);
      const listed = (await answer.json()) as { people: ListedPerson[] };
      return listed.people;
    },
    async journal(requestCode) {
      const answer = await control(`${mock.journalUrl}?limit=1000`);
      const { entries } = (await answer.json()) as { entries: JournalEntry[] };
      return entries.filter((entry) => entry.requestCode === requestCode);
    },
    async close() {
      await Promise.all(adapters.map((adapter) => adapter.close()));
      await mock.close();
      await rm(folder, { recursive: true });
    },
  };
}
