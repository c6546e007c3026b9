// Who gets nothing, generated for every operation of every contract: nobody, a system without mandate or grant, a bearer
// token, another unit, another role, and where a national system calls, everybody else. A new operation is asked for as soon as it stands in a contract.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Contract, loadContract, type OperationFacts } from '../../src/contracts/contract.ts';
import { rootFolder } from '../../src/root.ts';
import { confirm } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { makeSystem } from '../support/made-system.ts';
import { toSampleRequest } from '../support/sample.ts';
import { createClient, startTestHub, type TestAnswer, type TestHub } from '../support/sandbox-hub.ts';

/** The only operations that are open to nobody in particular (`security: []`). */
const openToAnyone: readonly string[] = ['diagnosis.v1/diagnoseToken'];

/** The only services with operations that a national system calls (`security: [{source: []}]`), and its name. */
const calledBySources: Readonly<Record<string, string>> = {
  'payment.v1': 'payment-platform',
  'portal.v1': 'portal',
};

/** From nowhere near: no call of this file comes from there. */
const callers = Object.fromEntries(
  Object.values(calledBySources).map((source) => [source, { networks: ['192.0.2.0/24'] }]),
);

const contracts: readonly Contract[] = readdirSync(join(rootFolder, 'openapi'))
  .filter((name) => /\.v\d+\.yaml$/.test(name) && name !== 'common.yaml')
  .map((name) => loadContract(name.replace('.yaml', '')));

type Case = readonly [OperationFacts, Contract];
const all: readonly Case[] = contracts.flatMap((contract) =>
  contract.operations.map((operation) => [operation, contract] as const),
);
const ofSources = all.filter(([{ scheme }]) => scheme === 'source');
const withCaller = all.filter(([{ name, scheme }]) => !openToAnyone.includes(name) && scheme !== 'source');
const ofAdministration = withCaller.filter(([{ service }]) => service === 'admin.v1');
const names = all.map(([{ name }]) => name);
const patterns = contracts.map(({ service }) => `${service}/*`);

/** Systems that a test makes: what their mandate and their grants allow, and how far. */
const madeSystems = [
  { id: 'khong-quyen', mandate: patterns, grant: [], reach: 'province' },
  { id: 'khong-uy-quyen', mandate: ['none.v1/*'], grant: names, reach: 'province' },
  { id: 'trong-don-vi', mandate: patterns, grant: names, reach: 'unit' },
] as const;

describe('Rights, for every operation of every contract', () => {
  let hub: TestHub;
  let client: ReturnType<typeof createClient>;
  let unit = '';
  let officer = '';

  before(async () => {
    hub = await startTestHub('rights', { callers });
    unit = hub.province.systems.find(({ clientId }) => clientId === 'quan-tri')?.unitId ?? '';
    officer = hub.province.officers.find((one) => one.unitId === unit && one.case === 'ordinary')?.id ?? '';
    const made = [];
    for (const system of madeSystems) made.push(await makeSystem(hub, { ...system, unitId: unit }));
    client = createClient(hub.url, { ...hub.province, systems: [...hub.province.systems, ...made] });
  });
  after(async () => {
    const { rows } = await hub.owner.query('SELECT operation FROM administration_change');
    await hub.stop();
    assert.deepEqual(rows, [], 'nothing of all this may have changed anything');
  });

  /** Who calls; the officer is one of the unit that it acts for. */
  interface Who {
    readonly system: string;
    readonly unit?: string;
    readonly bound?: boolean;
  }
  const officerOf = (who: Who): string => {
    const acting =
      who.unit ?? hub.province.systems.find(({ clientId }) => clientId === who.system)?.actingUnits[0];
    const found = hub.province.officers.find((one) => one.unitId === acting && one.case === 'ordinary');
    return found?.id ?? officer;
  };
  const noToken = { authorization: undefined, dpop: undefined };
  const ask = ([operation, contract]: Case, who: Who, more = {}): Promise<TestAnswer> => {
    const { headers, ...request } = toSampleRequest(contract, operation);
    const said = operation.officer ? { officer: officerOf(who), purpose: 'quan-tri' } : {};
    return client.call({
      ...request,
      ...who,
      headers: { ...headers, ...said, 'case-code': 'H99.1', ...more },
    });
  };

  it('lists the operations that are open to anyone', () => {
    const open = all.filter(([{ scheme }]) => scheme === 'anyone').map(([{ name }]) => name);
    assert.deepEqual(open, openToAnyone);
  });

  it('lists the services that national systems call', () => {
    const services = new Set(ofSources.map(([{ service }]) => service));
    assert.deepEqual([...services], Object.keys(calledBySources));
  });

  /** One test for each operation: `who` is refused with this status and code. */
  const refuses = (
    cases: readonly Case[],
    title: string,
    who: Who,
    expected: readonly [status: number, code: string],
    more = {},
  ): void => {
    for (const one of cases)
      it(`${title} ${one[0].name}`, async () => {
        const { status, body } = await ask(one, who, more);
        // An answer to HEAD has no body.
        const code = one[0].method === 'HEAD' ? expected[1] : body.code;
        assert.deepEqual([status, code], expected, JSON.stringify(body?.errors));
      });
  };
  const personal = withCaller.filter(([{ personalData }]) => personalData);
  const changes = ofAdministration.filter(([{ effect }]) => effect);

  refuses(withCaller, 'without a token nobody gets', { system: 'quan-tri' }, [401, 'token-missing'], noToken);
  const notTheSource = [403, 'source-caller-unknown'] as const;
  refuses(ofSources, 'without its address nobody gets', { system: 'quan-tri' }, notTheSource, noToken);
  refuses(ofSources, 'a hub token is no way in to', { system: 'quan-tri' }, notTheSource);
  refuses(withCaller, 'a system without a grant gets nothing of', { system: 'khong-quyen' }, [
    403,
    'grant-missing',
  ]);
  refuses(withCaller, 'a mandate for something else gives nothing of', { system: 'khong-uy-quyen' }, [
    403,
    'mandate-missing',
  ]);
  const bearer = { bound: false };
  const notBound = [401, 'token-not-bound'] as const;
  refuses(personal, 'a bearer token gets nothing of', { system: 'trong-don-vi', ...bearer }, notBound);
  refuses(changes, 'a bearer token changes nothing by', { system: 'quan-tri', ...bearer }, notBound);
  refuses(ofAdministration, 'a right for one unit gets nothing of', { system: 'trong-don-vi' }, [
    403,
    'reach-too-small',
  ]);
  refuses(ofAdministration, 'the one-stop system gets nothing of', { system: 'mot-cua' }, [
    403,
    'mandate-missing',
  ]);
  refuses(changes, 'the auditor changes nothing by', { system: 'kiem-toan' }, [403, 'grant-missing']);

  describe('another unit, with the same system and key', () => {
    const aboutExchanges = withCaller.filter(([{ path }]) => path.startsWith('/evidence/v1/exchanges/{id}'));
    type OfUnits = (path: string, id: string, own?: string, other?: string) => Promise<void>;
    /** What these give in lists and sums is the acting unit's. */
    const ofUnits: Readonly<Record<string, OfUnits>> = {
      searchExchanges: async (path, id, own, other) => {
        const find = async (unit = ''): Promise<boolean> =>
          (await hub.call({ path: `${path}?limit=200`, unit })).body.items.some(
            (item: { exchangeId: string }) => item.exchangeId === id,
          );
        await until(() => find(own));
        assert.equal(await find(other), false);
      },
      listFigures: async (path, _id, own, other) => {
        const query = 'from=2026-01-01&to=2026-12-31&unit';
        const { status, body } = await hub.call({ path: `${path}?${query}=${own}`, unit: other ?? '' });
        assert.deepEqual([status, body.code], [403, 'reach-too-small']);
      },
      downloadFigures: (path, ...more) => ofUnits['listFigures']?.(path, ...more) ?? Promise.reject(),
    };
    /** About no single exchange; what they see is asked for by tests of their own. */
    const ofAudit: readonly string[] = [
      '/retention-classes',
      '/holds',
      '/person-searches',
      '/subject-reports',
    ].concat('/unusual-access', '/samples', '/source-calls', '/exports');
    const isOfAudit = (path: string) => ofAudit.some((part) => path.startsWith(`/evidence/v1${part}`));
    for (const [operation] of withCaller.filter(
      ([{ service, path }]) => service === 'evidence.v1' && !isOfAudit(path),
    ))
      it(`sees nothing of the first by ${operation.name}`, async () => {
        const ofUnit = ofUnits[operation.id];
        assert.ok(
          ofUnit || aboutExchanges.some(([{ name }]) => name === operation.name),
          'this operation wants a case',
        );
        const [own, other] =
          hub.province.systems.find(({ clientId }) => clientId === 'mot-cua')?.actingUnits ?? [];
        const { exchangeId } = await hub.call(confirm());
        const path = operation.path.replace('{id}', exchangeId);
        const call = (as: string | undefined) =>
          hub.call({ method: operation.method, path, ...(as !== undefined && { unit: as }) });
        if (ofUnit) return await ofUnit(operation.path, exchangeId, own, other);
        const hidden = await call(other);
        assert.deepEqual([hidden.status, hidden.body.code], [404, 'exchange-not-found']);
        assert.equal((await call(own)).status, 200);
      });
  });
});
