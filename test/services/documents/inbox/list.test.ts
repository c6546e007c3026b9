// The inbox while documents keep coming by several hub processes: nothing passed over, nothing twice, and whoever waits is
// woken.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type HubProcess, startHubProcess } from '../../../support/hub-process.ts';
import { createClient, freePort, type Ground, layGround } from '../../../support/sandbox-hub.ts';
import { codes, createDocumentClient, first, second, toDocument } from '../support.ts';

type Client = ReturnType<typeof createDocumentClient>;
interface Item {
  readonly deliveryId: string;
  readonly messageId: string;
}

describe('The inbox', () => {
  let ground: Ground;
  let owner: pg.Pool;
  const hubs: HubProcess[] = [];
  let one: Client;
  let other: Client;
  before(async () => {
    ground = await layGround('documents-inbox');
    owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 1 });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    hubs.push(await startHubProcess(ground.environment(port)));
    const otherPort = await freePort();
    hubs.push(await startHubProcess({ ...ground.environment(otherPort), PUBLIC_URL: url }));
    const client = createClient(url, ground.province);
    one = createDocumentClient(url, client);
    other = createDocumentClient(url, client, `http://127.0.0.1:${otherPort}`);
  });
  after(async () => {
    await Promise.all(hubs.map((hub) => hub.stop()));
    await owner?.end();
    await ground?.close();
  });

  /** Reads on from `cursor` until `isDone`; a page at a time. */
  async function readAll(client: Client, isDone: () => boolean): Promise<readonly string[]> {
    const ids: string[] = [];
    let cursor = '';
    for (;;) {
      const wasDone = isDone();
      const { body } = await client.inbox(second, `?limit=7${cursor && `&cursor=${cursor}`}`);
      ids.push(...body.items.map(({ deliveryId }: Item) => deliveryId));
      cursor = body.next;
      if (wasDone && body.items.length === 0) return ids;
    }
  }

  it('read on by its cursor passes over nothing and gives nothing twice while documents come by two processes', async () => {
    let isSent = false;
    const reading = Promise.all([readAll(one, () => isSent), readAll(other, () => isSent)]);
    const send = async (client: Client): Promise<readonly string[]> => {
      const sent: string[] = [];
      for (let n = 0; n < 25; n += 1) {
        const { body } = await client.send(toDocument({ to: [{ code: codes[second] }] }));
        sent.push(body.deliveries[0].deliveryId);
      }
      return sent;
    };
    const sent = (await Promise.all([one, other, one, other].map(send))).flat();
    isSent = true;
    for (const read of await reading) {
      assert.equal(read.length, 100);
      assert.deepEqual([...read].sort(), [...sent].sort());
    }
  });

  it('is filtered by kind, state, urgency, sender and document', async () => {
    const { body: sent } = await one.send(toDocument({ priority: 3 }));
    const { body: other } = await one.send(toDocument({ priority: 1 }), [], { unit: second });
    const find = async (query: string): Promise<readonly string[]> =>
      (await one.inbox(first, `?${query}`)).body.items.map(({ messageId }: Item) => messageId);
    assert.deepEqual(await find('leastPriority=3'), [sent.messageId]);
    assert.deepEqual(await find(`sender=${codes[second]}`), [other.messageId]);
    assert.deepEqual(await find(`documentId=${encodeURIComponent(sent.documentId)}`), [sent.messageId]);
    assert.deepEqual(await find('kind=status'), []);
    assert.deepEqual(await find('state=acknowledged'), []);
    for (const query of ['state=all', 'state=delivered', 'kind=document', 'state=open'])
      assert.deepEqual(await find(query), [sent.messageId, other.messageId], query);
  });

  it('refuses a cursor that it did not give, and waits that are too long', async () => {
    for (const query of ['cursor=x', 'cursor=MTIzNDU2Nzg5MDEyMzQ1Njc4OTA', 'waitS=26', 'limit=0'])
      assert.equal((await one.inbox(first, `?${query}`)).body.code, 'request-invalid', query);
  });

  const nextOf = async (client: Client): Promise<string> =>
    (await client.inbox(first, '?limit=200')).body.next;

  for (const by of ['the same process', 'another process'])
    it(`wakes who waits when something comes by ${by}`, async () => {
      const waiting = one.inbox(first, `?waitS=20&cursor=${await nextOf(one)}`);
      await pause(300);
      const began = performance.now();
      const { body: sent } = await (by === 'another process' ? other : one).send(toDocument());
      const { body } = await waiting;
      assert.ok(performance.now() - began < 5_000);
      assert.deepEqual(
        body.items.map(({ messageId }: Item) => messageId),
        [sent.messageId],
      );
    });

  it('answers who waits for something else at the end of the time, with the same cursor', async () => {
    const next = await nextOf(one);
    const { body } = await one.inbox(first, `?waitS=1&kind=status&cursor=${next}`);
    assert.deepEqual(body, { items: [], next, isMore: false });
  });

  it('of 200 callers who wait keeps no short call out, and lets all go when the hub stops', async () => {
    const next = await nextOf(one);
    const waiting = Array.from({ length: 200 }, () => one.inbox(first, `?waitS=25&cursor=${next}`));
    await pause(1_000);
    const { status } = await one.call({ path: '/documents/v1/documents' });
    assert.equal(status, 200);
    assert.equal((await one.call({ path: `/documents/v1/agencies/${codes[first]}` })).status, 200);
    const [hub] = hubs.splice(0, 1);
    await hub?.stop();
    const answers = await Promise.all(waiting);
    assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([200]));
  });
});
