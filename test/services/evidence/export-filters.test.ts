// What an auditor searched can be exported by the same conditions: the same exchanges, each with all its entries, and to a unit
// no more than search gives it.
import assert from 'node:assert/strict';
import { makeProof } from '../../../src/cli/proof.ts';
import { bodyIds } from '../../../src/sandbox/seed-units.ts';
import { until, untilSigned } from '../../evidence/support.ts';
import { makeSystem } from '../../support/made-system.ts';
import { createClient } from '../../support/sandbox-hub.ts';
import { laySearchGround, receivers, type SearchGround } from './search-ground.ts';

type Query = Readonly<Record<string, string>>;
const operations = ['createExport', 'getExport', 'getExportFile', 'searchExchanges'];
const conditions: readonly Query[] = [
  { system: 'van-ban' },
  { owningUnit: bodyIds.office },
  { actingUnit: 'cq-01' },
  { receiver: receivers.old.unit },
  { officer: 'cb-0001' },
  { caseCode: 'H99.10-251123-0002' },
  { service: 'documents.v1', operation: 'sendDocument' },
  { purpose: 'ho-tich' },
  { outcome: 'delivered' },
  { problem: 'purpose-not-granted' },
  { source: 'population' },
  { unitCode: receivers.now.code },
  { unitCode: receivers.old.code },
  { unitCode: 'TEST-DVC-H99', outcome: 'answered' },
];

describe('Exports by the conditions of search', () => {
  let ground: SearchGround;
  let client: ReturnType<typeof createClient>;
  let keys = 0;
  const auditor = { system: 'kiem-toan' };
  const ofUnit = { system: 'xuat-mot-cua', unit: 'cq-00' };
  before(async () => {
    ground = await laySearchGround('export-filters');
    const { hub } = ground;
    const rights = operations.map((id) => `evidence.v1/${id}`);
    const system = await makeSystem(hub, {
      ...{ id: ofUnit.system, unitId: ofUnit.unit, mandate: rights, grant: rights, reach: 'unit' },
    });
    client = createClient(hub.url, { ...hub.province, systems: [...hub.province.systems, system] });
    await untilSigned(hub.owner);
  });
  after(() => ground?.stop());

  const headersOf = ({ system, unit = '' }: { system: string; unit?: string }) => {
    const acting = ground.hub.province.systems.find(({ clientId }) => clientId === system)?.actingUnits[0];
    const officer = ground.hub.province.officers.find(
      (one) => one.unitId === (acting ?? unit) && one.case === 'ordinary',
    );
    return { officer: officer?.id ?? '', purpose: 'kiem-tra' };
  };

  /** Ids of the exchanges that an export shows; entries that tell of purges are in every one. */
  async function exported(query: Query, who: { system: string; unit?: string } = auditor) {
    const path = '/evidence/v1/exports';
    const headers = headersOf(who);
    const made = await client.call({
      ...{ ...who, method: 'POST', path, headers: { ...headers, 'idempotency-key': `k-${keys++}` } },
      body: { format: 'ndjson', reason: 'kiểm tra', fileNumber: 'VV-1', to: ground.end, ...query },
    });
    assert.equal(made.status, 202, JSON.stringify(made.body));
    const own = `${path}/${made.body.exportId}`;
    await until(async () => (await client.call({ ...who, path: own, headers })).body.state === 'done');
    const { token, key } = await client.token(who);
    const url = `${ground.hub.url}${own}/files/entries.ndjson`;
    const dpop = await makeProof({ key, method: 'GET', url, accessToken: token });
    const answer = await fetch(url, { headers: { authorization: `DPoP ${token}`, dpop, ...headers } });
    const lines = (await answer.text()).split('\n').filter((line) => line !== '');
    return lines.map((line): { leaf: Record<string, string>; private: unknown } => JSON.parse(line));
  }
  const toIds = (lines: readonly { leaf: Record<string, string> }[]) =>
    [...new Set(lines.map(({ leaf }) => leaf['exchange']))].toSorted();
  const searched = async (query: Query): Promise<readonly string[]> => {
    const { body } = await ground.search({ to: ground.end, limit: '200', ...query });
    return body.items.map(({ exchangeId }: { exchangeId: string }) => exchangeId).toSorted();
  };

  for (const query of conditions)
    it(`show what search finds by ${new URLSearchParams(query)}, and nothing else`, async () => {
      const expected = await searched(query);
      assert.ok(expected.length > 0);
      const lines = await exported(query);
      assert.deepEqual(toIds(lines), expected);
      const { rows } = await ground.hub.owner.query('SELECT FROM entry WHERE exchange_id = ANY ($1)', [
        expected,
      ]);
      assert.equal(lines.length, rows.length);
    });

  it('by a time show what search finds then', async () => {
    const { body } = await ground.search({ to: ground.end, limit: '200' });
    const from: string = body.items[3].startedAt;
    assert.deepEqual(toIds(await exported({ from })), await searched({ from }));
    assert.deepEqual(toIds(await exported({ to: from })), await searched({ to: from }));
  });

  it('look within one unit for sealed facts only among what the asking system did', async () => {
    assert.ok((await exported({ actingUnit: 'cq-00' }, ofUnit)).length > 0);
    for (const query of [
      { officer: 'cb-0001' },
      { caseCode: 'H99.10-251123-0002' },
      { purpose: 'ho-tich' },
      { source: 'population' },
    ])
      assert.deepEqual(await exported(query, ofUnit), [], JSON.stringify(query));
    const byCode = await exported({ unitCode: receivers.old.code }, ofUnit);
    assert.deepEqual(byCode, []);
  });

  it('take no personal number for an officer or a dossier', async () => {
    for (const query of [{ officer: '999000000001' }, { caseCode: '999000000001' }]) {
      const { body } = await client.call({
        ...{ ...auditor, method: 'POST', path: '/evidence/v1/exports' },
        headers: { ...headersOf(auditor), 'idempotency-key': `k-${keys++}` },
        body: { format: 'ndjson', reason: 'kiểm tra', fileNumber: 'VV-1', ...query },
      });
      assert.equal(body.code, 'request-invalid');
    }
  });
});
