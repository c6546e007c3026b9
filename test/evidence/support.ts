// Invented exchanges, fixed keys and receipts made in memory for the tests of the evidence room.
import { createHash, createPrivateKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { type Leaf, toLeaf, toPrivateText } from '../../src/evidence/leaf.ts';
import { type EvidenceLogOptions, startEvidenceLog } from '../../src/evidence/log.ts';
import { signNote, toVerifierKey } from '../../src/evidence/note.ts';
import { type Receipt, toPrivatePart } from '../../src/evidence/receipt.ts';
import { hashLeaf, rangesOfInclusion, rootOf } from '../../src/evidence/tree.ts';
import type {
  CloseDraft,
  EvidenceLog,
  ExchangeFacts,
  OpenDraft,
  PrivateFacts,
} from '../../src/evidence/types.ts';
import type { FreshDatabase } from '../support/database.ts';

/** Origin and key name of the log under test. */
export const origin = 'log.test.example/sandbox';

/** The log key under test: Ed25519 of SHA-256('test-secret'). */
export const logKey: KeyObject = createPrivateKey({
  key: Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    createHash('sha256').update('test-secret').digest(),
  ]),
  format: 'der',
  type: 'pkcs8',
});

/** Its verifier form. */
export const logVerifierKey = toVerifierKey(origin, logKey);

/** The month key under test. */
export const keys = { month: (): Buffer => createHash('sha256').update('test-secret month').digest() };

/** Facts of one invented exchange. */
export function someFacts(more: Partial<ExchangeFacts> = {}): ExchangeFacts {
  return {
    exchangeId: randomUUID(),
    systemId: 'one-stop',
    owningUnit: 'so-khcn',
    actingUnit: 'xa-thu-nghiem',
    service: 'population.v1',
    operation: 'lookUpCitizen',
    grantId: 'grant-1',
    ...more,
  };
}

/** Private facts with every member; the number is invented. */
export const somePrivate: PrivateFacts = {
  officerId: 'officer-1',
  assurance: 1,
  purpose: 'birth-registration',
  caseCode: 'H36.1-261123-0001',
  subjects: [{ role: 'subject', kind: 'personal-number', number: '999000000001' }],
  request: { sha256: 'a'.repeat(64), bytes: 120 },
  released: { sha256: 'b'.repeat(64), bytes: 512 },
  sources: [{ source: 'population', requestCode: 'r-1', request: { sha256: 'c'.repeat(64), bytes: 900 } }],
  unitCode: { used: 'X1', unit: 'xa-thu-nghiem' },
  result: 'found',
  unknownFields: ['Khac'],
  network: '192.0.2.0/24',
};

/** A draft to open; `more` changes its facts. */
export function someOpen(more: Partial<ExchangeFacts> = {}): OpenDraft {
  return { facts: someFacts(more), private: { officerId: 'officer-1' } };
}

/** A draft to close with an answer. */
export const answered: CloseDraft = { outcome: 'answered', status: 200, private: { result: 'found' } };

/** A closed leaf of an invented exchange, with its private part. */
export function someLeaf(): {
  readonly leaf: Leaf;
  readonly sealed: { readonly salt: Buffer; readonly text: string };
} {
  const sealed = { salt: randomBytes(32), text: toPrivateText(somePrivate, keys.month) };
  const time = { at: new Date('2026-11-23T08:00:00.123Z'), databaseAt: new Date('2026-11-23T08:00:00.120Z') };
  const part = {
    outcome: 'answered',
    status: 200,
    earlier: hashLeaf(Buffer.of(1)).toString('base64'),
  } as const;
  return { leaf: toLeaf('closed', someFacts(), time, part, sealed), sealed };
}

/** A true receipt for leaf `index` of a tree of `size`. */
export function someReceipt(index = 5, size = 11): Receipt {
  const { leaf, sealed } = someLeaf();
  const leaves = Array.from({ length: size }, (_, n) => (n === index ? leaf.hash : hashLeaf(Buffer.of(n))));
  const proof = rangesOfInclusion(index, size).map(({ from, to }) => rootOf(leaves.slice(from, to)));
  return {
    entry: leaf.text,
    leafIndex: index,
    treeSize: size,
    inclusionProof: proof.map((hash) => hash.toString('base64')),
    checkpoint: signNote(toCheckpointText({ origin, size, root: rootOf(leaves) }), origin, logKey),
    private: toPrivatePart(sealed),
  };
}

/** A connection that does not end the process when it is cut. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** An exchange log with short intervals. */
export function startLog(hubUrl: string, more: Partial<EvidenceLogOptions> = {}): Promise<EvidenceLog> {
  return startEvidenceLog({ hubUrl, keys, logger: pino({ level: 'silent' }), heartbeatMs: 100, ...more });
}

/** Waits until `isTrue`. @throws Error after 8 s */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 8_000;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error('it did not become true');
    await pause(25);
  }
}

/** Waits until a signed head holds all that is recorded. @throws Error after 8 s */
export const untilSigned = (owner: pg.Pool): Promise<void> =>
  until(async () => {
    const { rows } = await owner.query<{ signed: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM entry_pending) AND size > 0 AND size = (SELECT max(size) FROM checkpoint) AS signed
       FROM tree_head`,
    );
    return rows[0]?.signed === true;
  });

/** Drops a database once the server has noticed that the hub's connections to it are closed. */
export async function dropWhenQuiet(database: FreshDatabase, owner: pg.Client): Promise<void> {
  await until(async () => {
    const { rowCount } = await owner.query(
      'SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename <> current_user',
    );
    return rowCount === 0;
  });
  await owner.end();
  await database.drop();
}
