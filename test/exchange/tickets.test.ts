// Tickets on the answers of a hub: on each whose entry is recorded, on no other; kept, or found broken by their holder.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askAboutTicket } from '../../src/cli/ticket.ts';
import { askArchiveAboutTicket } from '../../src/cli/ticket-archive.ts';
import { parseHash } from '../../src/evidence/bytes.ts';
import { createTicketSigner, type Ticket, verifyTicket } from '../../src/evidence/ticket.ts';
import { openKeys } from '../../src/keys.ts';
import { lgsp } from '../cli/command.ts';
import { type DocumentHub, startDocumentHub, toDocument } from '../services/documents/support.ts';
import { lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { createClient, freePort, type TestAnswer } from '../support/sandbox-hub.ts';

/** What the sequencer holds while it numbers. */
const numbering = '1818719088, 7562609';

describe('Tickets', () => {
  let hub: DocumentHub;
  let call: ReturnType<typeof createClient>['call'];
  let folder = '';
  before(async () => {
    hub = await startDocumentHub('tickets');
    ({ call } = createClient(hub.url, hub.province));
    folder = mkdtempSync(join(tmpdir(), 'lgsp-tickets-'));
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const textOf = ({ headers }: Pick<TestAnswer, 'headers'>): string => headers.get('exchange-ticket') ?? '';
  function ticketOf(answer: Pick<TestAnswer, 'headers'>): Ticket {
    const verdict = verifyTicket(textOf(answer), [hub.logKey]);
    return verdict.ok ? verdict.ticket : assert.fail(verdict.reason);
  }
  const find = (leaf: string) =>
    fetch(`${hub.url}/log/proof?leaf=${Buffer.from(leaf, 'base64').toString('base64url')}`);
  /** Checks that the ticket promises the last entry of its exchange, and waits until it is in the tree. */
  async function checkKept(answer: TestAnswer, kind: string): Promise<void> {
    const ticket = ticketOf(answer);
    assert.equal(ticket.exchange, answer.exchangeId);
    const { rows } = await hub.owner.query<{ kind: string; hash: string; off: number }>(
      `SELECT kind, encode(leaf_hash, 'base64') AS hash,
         extract(epoch FROM $2::timestamptz - recorded_at)::float8 AS off FROM entry WHERE exchange_id = $1 ORDER BY id`,
      [answer.exchangeId, ticket.at],
    );
    assert.deepEqual([rows.at(-1)?.kind, rows.at(-1)?.hash], [kind, ticket.leaf]);
    assert.ok(Math.abs(rows.at(-1)?.off ?? 9) < 2, 'its time is that of the commit');
    await until(async () => (await find(ticket.leaf)).status === 200);
  }
  async function hold(): Promise<() => Promise<void>> {
    const client = await hub.owner.connect();
    await client.query(`SELECT pg_advisory_lock(${numbering})`);
    return async () => {
      await client.query(`SELECT pg_advisory_unlock(${numbering})`);
      client.release();
    };
  }
  /** A full copy of the log as an archive lays it out; with its first `shown` leaves. */
  async function makeArchive(shown = Number.MAX_SAFE_INTEGER): Promise<string> {
    const archive = mkdtempSync(join(folder, 'archive-'));
    const checkpoint = await (await fetch(`${hub.url}/log/checkpoint`)).text();
    const { rows } = await hub.owner.query<{ text: string }>(
      `SELECT e.text FROM leaf l JOIN entry e ON e.id = l.entry_id
       WHERE l.leaf_index < $1 ORDER BY l.leaf_index LIMIT $2`,
      [checkpoint.split('\n')[1], shown],
    );
    const lines = rows.map(({ text }, index) => `{"index":${index},"leaf":${text},"private":"withheld"}\n`);
    writeFileSync(join(archive, 'entries.ndjson'), lines.join(''));
    writeFileSync(join(archive, 'manifest.json'), JSON.stringify({ checkpoint }));
    return archive;
  }
  async function askArchive(text: string, archive: string) {
    const lines: string[] = [];
    const key = { key: hub.logKey, origin: 'a test' };
    const isKept = await askArchiveAboutTicket(text, key, archive, (line) => lines.push(line));
    return { isKept, said: lines.join('\n') };
  }
  async function ask(text: string, hubUrl = hub.url) {
    const lines: string[] = [];
    const question = { text, hubUrl, logKey: { key: hub.logKey, origin: 'a test' }, settleMs: 0 };
    const isKept = await askAboutTicket(question, (line) => lines.push(line));
    return { isKept, said: lines.join('\n') };
  }

  it('stand on an answer, and the leaf is in the tree within seconds', async () => {
    const answer = await call(lookUp());
    assert.equal(answer.status, 200);
    await checkKept(answer, 'closed');
  });

  it('stand on a problem that an exchange ended with', async () => {
    await hub.fault({ mode: 'maintenance' });
    const answer = await call(lookUp());
    await hub.fault({});
    assert.equal(answer.status >= 500, true);
    await checkKept(answer, 'closed');
  });

  it('stand on a refusal that is recorded singly', async () => {
    const answer = await call(lookUp({ headers: { purpose: 'khong-co' } }));
    assert.equal(answer.status, 403);
    await checkKept(answer, 'refused');
  });

  it('stand on the answer that a delivery was accepted, and again on its repeat', async () => {
    const document = toDocument();
    for (const status of [202, 202]) {
      const answer = await hub.send(document, [], { key: 'ticket-1' });
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      await checkKept(answer, 'closed');
    }
  });

  it('stand on an answer that could only be recorded as resolved', async () => {
    await hub.fault({ mode: 'none', latencyMs: 300 });
    const sent = (await hub.journal()).length;
    const answering = call(lookUp());
    await until(async () => (await hub.journal()).length > sent);
    const exchangeId = (await hub.journal()).at(-1)?.requestCode;
    const { rowCount } = await hub.owner.query('DELETE FROM open_exchange WHERE exchange_id = $1', [
      exchangeId,
    ]);
    assert.equal(rowCount, 1);
    const answer = await answering;
    await hub.fault({});
    assert.equal(answer.status, 200);
    await checkKept(answer, 'resolved');
  });

  it('stand on no refusal that is only counted', async () => {
    const unknown = await fetch(`${hub.url}/population/v1/citizen-lookups`, { method: 'POST' });
    const nowhere = await fetch(`${hub.url}/nowhere`);
    for (const { status, headers } of [unknown, nowhere])
      assert.deepEqual(
        [status >= 400, headers.get('exchange-id'), headers.get('exchange-ticket')],
        [true, null, null],
      );
  });

  it('stand on no answer whose entry could not be recorded', async () => {
    await hub.fault({ mode: 'none', latencyMs: 300 });
    const sent = (await hub.journal()).length;
    const answering = call(lookUp());
    await until(async () => (await hub.journal()).length > sent);
    // An error of the data is not tried again, so that nobody waits for five seconds.
    await hub.owner.query(`CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '22000'; END $$;
      CREATE TRIGGER spoil BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION spoil()`);
    const answer = await answering;
    await hub.owner.query('DROP FUNCTION spoil CASCADE');
    await hub.fault({});
    assert.deepEqual([answer.status, answer.headers.get('exchange-ticket')], [503, null]);
    await until(async () => (await call(lookUp())).status === 200);
  });

  it('are KEPT, by a question to the hub and by the program', async () => {
    const answer = await call(lookUp());
    await checkKept(answer, 'closed');
    const { isKept, said } = await ask(`HTTP/1.1 200 OK\r\nexchange-ticket: ${textOf(answer)}\r\n`);
    assert.equal(isKept, true);
    assert.match(said, /KEPT: it is leaf \d+ of the \d+ leaves/);
    const { leaf, exchange } = ticketOf(answer);
    const { log: key } = openKeys(hub.keyFolder, 'sandbox');
    const old = createTicketSigner(
      ticketOf(answer).log,
      () => key,
    )({
      ...{ exchangeId: exchange, leafHash: parseHash(leaf), at: new Date(Date.now() - 60_000) },
    });
    const file = join(folder, 'ticket');
    writeFileSync(file, old);
    const words = ['verify', '--hub', hub.url, '--log-key', hub.logKey];
    for (const [more, input] of [
      [[file], undefined],
      [['-'], old],
    ] as const) {
      const { code, out, err } = await lgsp([...words, '--ticket', ...more], {}, input);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /KEPT/);
    }
  });

  it('are OMITTED when the owner of the database takes the entry and its mark away before it is numbered', async () => {
    const release = await hold();
    const answer = await call(lookUp());
    await assert.rejects(ask(textOf(answer)), /^Error: not decided: the hub has the entry/);
    for (const table of ['entry_pending', 'entry_private'])
      await hub.owner.query(
        `DELETE FROM ${table} WHERE entry_id IN (SELECT id FROM entry WHERE exchange_id = $1)`,
        [answer.exchangeId],
      );
    await hub.owner.query('DELETE FROM entry WHERE exchange_id = $1', [answer.exchangeId]);
    await release();
    await checkKept(await call(lookUp()), 'closed');
    const { isKept, said } = await ask(textOf(answer));
    assert.equal(isKept, false);
    const { leaf, at } = ticketOf(answer);
    for (const part of ['OMITTED', leaf, answer.exchangeId, at, 'full copy of the log', '— ', 'signed 20'])
      assert.ok(said.includes(part), `${part}\n${said}`);
    const archive = await makeArchive();
    const found = await askArchive(textOf(answer), archive);
    assert.deepEqual([found.isKept, /make the root[\s\S]*OMITTED/.test(found.said)], [false, true]);
  });

  it('are looked for in a full copy of the log, which must be one, and late enough', async () => {
    const early = await makeArchive();
    const answer = await call(lookUp());
    await checkKept(answer, 'closed');
    await assert.rejects(askArchive(textOf(answer), early), /not decided: the copy ends at/);
    const { isKept, said } = await askArchive(textOf(answer), await makeArchive());
    assert.deepEqual([isKept, /KEPT: it is leaf \d+ of/.test(said)], [true, true]);
    await assert.rejects(askArchive(textOf(answer), await makeArchive(5)), /not decided: .* no full copy/);
    const { code, out } = await lgsp(
      [...['verify', '--log-key', hub.logKey, '--ticket', '-', '--archive', await makeArchive()]],
      {},
      textOf(answer),
    );
    assert.deepEqual([code, /KEPT/.test(out)], [0, true]);
  });

  it('that are altered, or of another log, are not even asked about', async () => {
    const text = textOf(await call(lookUp()));
    const { isKept, said } = await ask(text.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')));
    assert.deepEqual([isKept, /NOT VALID/.test(said)], [false, true]);
  });

  it('are not decided when nobody answers, or somebody else does', async () => {
    const text = textOf(await call(lookUp()));
    await assert.rejects(
      ask(text, `http://127.0.0.1:${await freePort()}`),
      /not decided: .* cannot be reached/,
    );
    const answers: readonly (readonly [number, string])[] = [
      [200, '<html>'],
      [200, '{}'],
      [404, '{}'],
      [404, '{"code":"leaf-not-in-tree","recorded":false,"checkpoint":"none"}'],
      [503, '{"code":"log-unavailable"}'],
    ];
    for (const [status, body] of answers) {
      const server = createServer((_, response) => response.writeHead(status).end(body)).listen(
        0,
        '127.0.0.1',
      );
      await new Promise((resolve) => server.once('listening', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      await assert.rejects(ask(text, `http://127.0.0.1:${port}`), /not decided/, body);
      server.close();
    }
  });

  for (const leaf of [
    '',
    'A',
    'A'.repeat(42),
    'A'.repeat(44),
    `${'A'.repeat(42)}B`,
    `${'A'.repeat(42)}=`,
    'A'.repeat(9_000),
  ])
    it(`ask for a leaf by its whole hash: ${leaf.length} characters ${leaf.slice(-1)} are refused`, async () => {
      const answer = await fetch(`${hub.url}/log/proof?leaf=${leaf}`);
      assert.deepEqual([answer.status, JSON.parse(await answer.text()).code], [400, 'request-invalid']);
    });

  it('for a leaf that nobody knows find 404 with the newest head', async () => {
    const answer = await find(Buffer.alloc(32, 9).toString('base64'));
    const { code, recorded, checkpoint } = JSON.parse(await answer.text());
    assert.deepEqual([answer.status, code, recorded], [404, 'leaf-not-in-tree', false]);
    assert.match(checkpoint, /^.*\/sandbox\n\d+\n/);
  });
});
