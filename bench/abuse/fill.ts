// Puts look-ups into a log as true entries, numbers and indexes them; dossiers come when their day comes.
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type Entry, type MonthKeys, seal, toEntry } from '../../src/evidence/entry.ts';
import type { ExchangeFacts, PrivateFacts } from '../../src/evidence/types.ts';
import type { LogGround } from '../evidence/ground.ts';
import { indexAll, numberAll } from '../evidence/load.ts';
import { insertMade } from '../evidence/maker.ts';
import { toPersonalNumber, units } from '../evidence/province.ts';
import type { Case, LookUp } from './look-ups.ts';

const chunk = 2_000;
const answerMs = 300;

const toFacts = (atMs: number, unit: number, service: string, operation: string): ExchangeFacts => ({
  ...{ exchangeId: uuidv7({ msecs: atMs }), systemId: 'mot-cua', owningUnit: 'cq-16', service, operation },
  ...{ actingUnit: units[unit] ?? '', grantId: 'q-mot-cua-tthc' },
});

function toEntries(
  facts: ExchangeFacts,
  atMs: number,
  asked: PrivateFacts,
  result: string,
  keys: MonthKeys,
): Entry[] {
  const [at, later] = [new Date(atMs), new Date(atMs + answerMs)];
  const opened = toEntry('opened', facts, { at, databaseAt: at }, {}, seal(asked, keys, at));
  const part = { outcome: 'answered', status: 200, earlier: opened.leaf.hash.toString('base64') } as const;
  return [
    opened,
    toEntry('closed', facts, { at: later, databaseAt: later }, part, seal({ result }, keys, later)),
  ];
}

const toLookUpEntries = (
  { atMs, unit, officer, person, caseCode, isConfirmed }: LookUp,
  keys: MonthKeys,
): Entry[] =>
  toEntries(
    toFacts(atMs, unit, 'population.v1', 'lookUpCitizen'),
    atMs,
    {
      ...{ officerId: officer, assurance: 1, purpose: 'giai-quyet-tthc', caseCode },
      subjects: [{ role: 'subject', kind: 'personal-number', number: toPersonalNumber(person) }],
    },
    isConfirmed ? 'found' : 'notConfirmed',
    keys,
  );

const toPaymentEntries = ({ code, unit, paidAtMs = 0 }: Case, keys: MonthKeys): Entry[] =>
  toEntries(
    toFacts(paidAtMs, unit, 'payment.v1', 'createDemand'),
    paidAtMs,
    { caseCode: code },
    'created',
    keys,
  );

/** Fills the log. @returns entries */
export async function fillMonth(
  ground: LogGround,
  lookUps: readonly LookUp[],
  cases: readonly Case[],
): Promise<number> {
  const paid = cases.filter(({ paidAtMs }) => paidAtMs !== undefined);
  const makers = [
    ...lookUps.map((one) => ({ atMs: one.atMs, make: () => toLookUpEntries(one, ground.keys) })),
    ...paid.map((one) => ({ atMs: one.paidAtMs ?? 0, make: () => toPaymentEntries(one, ground.keys) })),
  ].sort((one, other) => one.atMs - other.atMs);
  const months = new Set(makers.map(({ atMs }) => `${new Date(atMs).toISOString().slice(0, 7)}-01`));
  for (const month of months) await ground.owner.query('SELECT make_month($1)', [month]);
  const client = new pg.Client(ground.ownerUrl);
  await client.connect();
  for (let from = 0; from < makers.length; from += chunk) {
    const entries = makers.slice(from, from + chunk).flatMap(({ make }) => make());
    await insertMade(client, { entries: entries.map((entry) => ({ entry, stepNo: 0 })), deliveries: [] });
  }
  await client.end();
  await numberAll(ground);
  await indexAll(ground);
  await ground.owner.query('ANALYZE');
  return makers.length * 2;
}

/** Makes the dossiers that came in a stretch of time. */
export async function makeDossiers(
  { owner }: LogGround,
  cases: readonly Case[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<void> {
  const made = cases.filter(({ dossierAtMs = -1 }) => dossierAtMs >= fromMs && dossierAtMs < toMs);
  await owner.query(
    `INSERT INTO portal_dossier (code, unit_id, last_no) SELECT code, unit, 1 FROM unnest($1::text[], $2::text[]) AS r (code, unit)`,
    [made.map(({ code }) => code), made.map(({ unit }) => units[unit])],
  );
}
