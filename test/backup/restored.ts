// What is done to a hub before it is lost: traces of what it keeps and sends, a rotation of its log's key, its witness told.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { createBlobStore } from '../../src/blobs/blob-store.ts';
import { parseNote, parseVerifierKey } from '../../src/evidence/note.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { rotateLogKey } from '../../src/evidence/rotate-log-key.ts';
import type { RunningWitness } from '../../src/witness/server.ts';
import { addLog } from '../../src/witness/witness-folder.ts';
import { until } from '../evidence/support.ts';
import { lookUp } from '../support/calls.ts';
import { query } from '../support/embedded.ts';
import type { TestHub } from '../support/sandbox-hub.ts';
import type { WitnessedGround } from '../support/witness.ts';

/** Writes a document that the database names, and two dispatches that wait. @returns SHA-256 of the document */
export async function leaveTraces(owner: pg.Pool, blobFolder: string, key: Buffer): Promise<string> {
  const writer = await createBlobStore(blobFolder, key).begin();
  await writer.write(Buffer.from('a document'));
  const { sha256 } = await writer.commit();
  await owner.query(
    "INSERT INTO axis_item (doc_id, kind, state, sha256, bytes) VALUES ('d-1', 'document', 'kept', $1, 10)",
    [sha256],
  );
  await owner.query(
    `INSERT INTO dispatch (route, order_key, position, share, priority, state, content, next_at, give_up_hours)
     SELECT r, 'k', 1, 'cq-00', 0, 'waiting', '{}', now() + interval '1 hour', 72
     FROM unnest(ARRAY['document-axis', 'webhook']) AS r`,
  );
  return sha256;
}

/** Gives the witness another key, as its people do. @returns the witness that runs afterwards */
export async function tellWitness(
  ground: WitnessedGround,
  witness: RunningWitness,
  logKey: string,
): Promise<RunningWitness> {
  await witness.stop();
  addLog(ground.witnessFolder, logKey);
  return ground.startWitness();
}

/** The key that signed the first heads goes, while all goes on; the new one's heads are cosigned when this resolves. */
export async function rotate(ground: WitnessedGround, witness: RunningWitness): Promise<RunningWitness> {
  const order = { ownerUrl: ground.database.ownerUrl, folder: ground.keyFolder };
  const { key } = await rotateLogKey({ ...order, overlapS: 0, isStolen: false });
  const told = await tellWitness(ground, witness, key);
  const [old, next] = [parseVerifierKey(ground.logKey), parseVerifierKey(key)];
  await until(async () => {
    await ground.client.call(lookUp());
    const note = await (await fetch(`${ground.config.publicUrl}/log/checkpoint`)).text();
    const { signaturesOf } = parseNote(note);
    return signaturesOf(old).length === 0 && signaturesOf(next).length === 1;
  });
  await until(async () =>
    (await (await fetch(`${ground.config.publicUrl}/log/checkpoint`)).text()).includes(
      '\n— witness.test.example ',
    ),
  );
  return told;
}

/** Does something with the newest backup while one of its tables is cut, and while it is too long. */
export async function withHarmed(out: string, work: () => Promise<unknown>): Promise<void> {
  const name = readdirSync(out).findLast((one) => one.startsWith('2')) ?? '';
  const table = join(out, name, 'tables', 'entry.rows');
  const whole = readFileSync(table);
  for (const part of [whole.subarray(0, whole.length / 2), Buffer.concat([whole, whole])]) {
    writeFileSync(table, part);
    await work();
  }
  writeFileSync(table, whole);
}

/** The receipt of an exchange, as soon as there is one. */
export async function receiptOf(at: Pick<TestHub, 'call'>, id: string): Promise<Receipt> {
  const path = `/evidence/v1/exchanges/${id}/receipt`;
  let answer = await at.call({ path });
  await until(async () => {
    answer = await at.call({ path });
    return answer.status === 200;
  });
  return answer.body;
}

/** Names of the tables in a database. */
export const listTables = (url: string) =>
  query(
    url,
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
  );

/** The newest head that was signed. */
export async function readLastHead(owner: pg.Pool): Promise<string> {
  const { rows } = await owner.query<{ note: string }>(
    'SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1',
  );
  return rows[0]?.note ?? '';
}
