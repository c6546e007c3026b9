// An operation that anyone may call: through the same steps, recorded without a name, at a bounded rate.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../../src/config.ts';
import { loadContract } from '../../src/contracts/contract.ts';
import { createRate } from '../../src/exchange/admit.ts';
import { type Hub, startHub } from '../../src/hub.ts';
import { rootFolder } from '../../src/root.ts';
import { answeringOnly, publish } from '../../src/services/index.ts';
import { askFrom } from '../support/ask-from.ts';
import { until } from '../support/embedded.ts';
import { freePort, type Ground, layGround } from '../support/sandbox-hub.ts';

const folder = join(rootFolder, 'test', 'exchange', 'anyone');

function loadText(text: string): void {
  const other = mkdtempSync(join(tmpdir(), 'lgsp-board-'));
  try {
    writeFileSync(join(other, 'board.v1.yaml'), text);
    loadContract('board.v1', other);
  } finally {
    rmSync(other, { recursive: true });
  }
}

interface ReadNews {
  readonly requestBody: { readonly content: { readonly 'application/json': Record<string, never> } };
  readonly responses: {
    readonly 200: { readonly content: { readonly 'application/json': { readonly news: string } } };
  };
}

describe('An operation that anyone may call', () => {
  let ground: Ground;
  let hub: Hub;
  let owner: pg.Pool;
  before(async () => {
    ground = await layGround('anyone');
    owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 2 });
    await owner.query("insert into service (id, state) values ('board.v1', 'active')");
    const handlers = { readNews: { handle: async () => ({ status: 200, body: { news: 'none' } }) } };
    hub = await startHub(readConfig(ground.environment(await freePort())), ground.database, () =>
      answeringOnly([publish<{ readNews: ReadNews }>(loadContract('board.v1', folder), undefined, handlers)]),
    );
  });
  after(async () => {
    await hub.stop();
    await owner.end();
    await ground.close();
  });

  /** Asks without a token, from one of the networks of this machine. */
  const ask = async (headers: Record<string, string> = {}, from = '127.0.0.1', body = '{}') => {
    const all = { 'content-type': 'application/json', ...headers };
    const answer = await askFrom(from, `${hub.url}/board/v1/news`, { method: 'POST', headers: all, body });
    return {
      ...answer,
      id: answer.headers.get('exchange-id') ?? '',
      retryAfter: answer.headers.get('retry-after'),
    };
  };
  const entriesOf = async (id: string) =>
    (
      await owner.query<{ kind: string; text: string; sealed: string }>(
        `select kind, e.text, p.text as sealed from entry e join entry_private p on p.exchange_id = e.exchange_id and p.entry_id = e.id
          where e.exchange_id = $1 order by e.id`,
        [id],
      )
    ).rows;

  it('is answered without a token and recorded as opened and closed, naming no system, unit or grant', async () => {
    const answer = await ask();
    assert.deepEqual([answer.status, answer.text], [200, '{"news":"none"}']);
    const entries = await entriesOf(answer.id);
    assert.deepEqual(
      entries.map(({ kind, text }) => {
        const { system, owningUnit, actingUnit, grant, operation } = JSON.parse(text);
        return [kind, system, owningUnit, actingUnit, grant, operation];
      }),
      ['opened', 'closed'].map((kind) => [kind, null, null, null, null, 'readNews']),
    );
  });

  it('keeps nothing of what a nobody says of officers, purposes, cases and tokens', async () => {
    const { status, id } = await ask({
      authorization: 'Bearer test-secret',
      officer: 'cb-0001',
      purpose: 'giai-quyet-tthc',
      'case-code': 'H36.1-test',
    });
    assert.equal(status, 200);
    for (const { text, sealed } of await entriesOf(id))
      assert.doesNotMatch(text + sealed, /test-secret|cb-0001|giai-quyet|H36/);
  });

  it('counts refusals instead of writing each', async () => {
    const refused = await ask({}, '127.0.0.1', '{"more":1}');
    assert.deepEqual([refused.status, refused.id], [400, '']);
  });

  it('is refused while its service is switched off', async () => {
    await owner.query("update service set state = 'off' where id = 'board.v1'");
    await until(async () => (await ask({}, '127.0.2.1')).status === 503);
    assert.match((await ask({}, '127.0.2.1')).text, /service-off/);
    await owner.query("update service set state = 'active' where id = 'board.v1'");
    await until(async () => (await ask({}, '127.0.2.1')).status === 200);
  });

  it('is limited to 30 calls a minute from one network, so that nobody can fill the log', async () => {
    const answers = await Promise.all(Array.from({ length: 35 }, () => ask({}, '127.0.3.1')));
    assert.equal(answers.filter(({ status }) => status === 200).length, 30);
    const shed = answers.filter(({ status }) => status === 429);
    assert.ok(shed.every(({ retryAfter, id }) => Number(retryAfter) >= 1 && id === ''));
    assert.equal((await ask({}, '127.0.4.1')).status, 200, 'another network is served');
  });

  it('is limited to 600 calls a minute of all networks together', async () => {
    const rate = createRate();
    const results = await Promise.allSettled(
      Array.from({ length: 650 }, (_, n) => rate.useAsAnyone(`198.51.${n}.0/24`)),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 600);
  });

  for (const [what, change, message] of [
    ['personal data', ['x-deadline-ms', 'x-personal-data: true\n      x-deadline-ms'], /not for anyone/],
    ['an officer', ['x-deadline-ms', 'x-officer: true\n      x-deadline-ms'], /not for anyone/],
    ['an effect', ['x-deadline-ms', 'x-effect: true\n      x-deadline-ms'], /not for anyone/],
    ['withheld fields', ['x-deadline-ms', 'x-granted-fields: /a\n      x-deadline-ms'], /not for anyone/],
    ['an optional token', ['security: []', 'security: [{}, { hubToken: [] }]'], /exactly one scheme/],
    ['another scheme', ['security: []', 'security: [{ other: [] }]'], /exactly one scheme/],
  ] as const)
    it(`cannot be published with ${what}`, () => {
      const text = readFileSync(join(folder, 'board.v1.yaml'), 'utf8').replace(change[0], change[1]);
      assert.throws(() => loadText(text), message);
    });

  it('must be said outright: a contract that names no scheme is not published', () => {
    const text = readFileSync(join(folder, 'board.v1.yaml'), 'utf8')
      .replace('security:\n  - hubToken: []\n', '')
      .replace('      security: []\n', '');
    assert.throws(() => loadText(text), /does not say who may call/);
  });
});
