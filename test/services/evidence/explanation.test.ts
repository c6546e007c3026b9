// "Why did this exchange fail and who must act": exchanges that fail at every step and in every way of the mock, and
// the explanation beside the problem that their caller got.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { faultModes } from '../../../mocks/population/faults.ts';
import { type Entry, seal, toEntry, toNotSent, toUnknown } from '../../../src/evidence/entry.ts';
import { toPrivatePart } from '../../../src/evidence/receipt.ts';
import { type Explanation, toExplanation } from '../../../src/services/evidence/explanation.ts';
import { callUntil, confirm, lookUp } from '../../support/calls.ts';
import { until } from '../../support/embedded.ts';
import type { Who } from '../../support/sandbox-hub.ts';
import {
  freePort,
  startTestHub,
  type TestAnswer,
  type TestCall,
  type TestHub,
} from '../../support/sandbox-hub.ts';

type Told = readonly [step: string, problem: string, sent: string, repeat: string];

const refusals: readonly (readonly [string, Partial<TestCall>, Told])[] = [
  [
    'no officer',
    { headers: { officer: undefined } },
    ['identify', 'officer-missing', 'nothing', 'afterCorrection'],
  ],
  [
    'an unknown officer',
    { headers: { officer: 'cb-9999' } },
    ['identify', 'officer-unknown', 'nothing', 'afterCorrection'],
  ],
  [
    'a purpose not granted',
    { headers: { purpose: 'to-mo' } },
    ['authorise', 'purpose-not-granted', 'nothing', 'afterCorrection'],
  ],
  [
    'a grant that ended',
    { headers: { purpose: 'bao-tro-xa-hoi' } },
    ['authorise', 'grant-expired', 'nothing', 'afterCorrection'],
  ],
  [
    'no case code',
    { headers: { 'case-code': undefined } },
    ['authorise', 'case-code-missing', 'nothing', 'afterCorrection'],
  ],
  [
    'a body too large',
    { body: { fullName: 'x'.repeat(70_000) } },
    ['admit', 'body-too-large', 'nothing', 'afterCorrection'],
  ],
  [
    'a body against the contract',
    { body: { personalNumber: 'x' } },
    ['checkRequest', 'request-invalid', 'nothing', 'afterCorrection'],
  ],
  [
    'a body that is no JSON',
    { body: '{' },
    ['checkRequest', 'body-unreadable', 'nothing', 'afterCorrection'],
  ],
];

const faults: readonly (readonly [Readonly<Record<string, unknown>>, Told])[] = [
  ...['hang', 'tlsFailure', 'cutConnection'].map(
    (mode) => [{ mode }, ['dispatch', 'source-timeout', 'sent', 'later']] as const,
  ),
  [{ mode: 'slow', slowMs: 5_000 }, ['dispatch', 'source-timeout', 'sent', 'later']],
  [{ mode: 'timeoutBefore', holdMs: 20 }, ['dispatch', 'source-timeout', 'sent', 'later']],
  [{ mode: 'timeoutAfter', holdMs: 20 }, ['dispatch', 'source-timeout', 'sent', 'later']],
  ...['soapFault', 'maintenance', 'html'].map(
    (mode) => [{ mode }, ['dispatch', 'source-unavailable', 'sent', 'later']] as const,
  ),
  ...[
    'emptyBody',
    'truncated',
    'malformed',
    'wrongEncoding',
    'entity',
    'oversized',
    'duplicated',
    'twoPeople',
  ].map((mode) => [{ mode }, ['dispatch', 'source-unreadable', 'sent', 'later']] as const),
  [{ mode: 'none', clockSkewMs: 3_600_000 }, ['dispatch', 'source-refused', 'sent', 'later']],
];

describe('The explanation of an exchange', () => {
  let hub: TestHub;
  before(async () => {
    const confirmation = { url: `http://127.0.0.1:${await freePort()}/population` };
    hub = await startTestHub('explanation', { population: { limits: { callMs: 400 }, confirmation } });
  });
  afterEach(() => hub.fault({}));
  after(() => hub.stop());

  const ask = (id: string, who: Who = {}): Promise<TestAnswer> =>
    hub.call({ path: `/evidence/v1/exchanges/${id}/explanation`, ...who });
  async function explain(id: string, who: Who = {}): Promise<Explanation> {
    const { status, body } = await ask(id, who);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }
  const toTold = ({ step, problem, sent, repeat }: Explanation) => [step, problem, sent, repeat];

  /** The explanation says what the problem said, and where and when it was. */
  async function checkAgainst({ exchangeId, status, body }: TestAnswer, told: Told): Promise<Explanation> {
    const explanation = await explain(exchangeId);
    assert.deepEqual(toTold(explanation), told);
    assert.deepEqual(
      [explanation.status, explanation.problem, explanation.responsible, explanation.vi, explanation.en],
      [status, body.code, body.responsible, body.vi, body.en],
    );
    const { startedAt, endedAt = '', durationMs } = explanation;
    assert.equal(durationMs, Date.parse(endedAt) - Date.parse(startedAt));
    assert.ok(Math.abs(Date.now() - Date.parse(endedAt)) < 10_000);
    return explanation;
  }

  for (const [title, change, told] of refusals)
    it(`of a call refused for ${title} names step, party and that nothing was sent`, async () => {
      const answer = await hub.call(lookUp(change));
      const { state, source } = await checkAgainst(answer, told);
      assert.deepEqual([state, source], ['refused', undefined]);
    });

  it('is tested in every way that the mock can fail', () => {
    const tested = new Set(faults.map(([{ mode }]) => mode));
    assert.deepEqual(
      Object.keys(faultModes).filter((mode) => !tested.has(mode)),
      [],
    );
  });

  for (const [fault, told] of faults)
    it(`of a source that fails by ${JSON.stringify(fault)} says what the caller was told, and the source`, async () => {
      await hub.call(lookUp());
      await hub.fault(fault);
      const { state, source } = await checkAgainst(await hub.call(lookUp()), told);
      assert.deepEqual([state, source], ['closed', 'population']);
    });

  it('of a source that cannot be reached is for the network, and nothing was sent', async () => {
    const answer = await hub.call(confirm());
    const told = await checkAgainst(answer, ['dispatch', 'source-unreachable', 'nothing', 'later']);
    assert.equal(told.responsible, 'network');
  });

  it('of an officer whom the source refuses is for the caller, though it was sent', async () => {
    const officer = hub.province.officers.find((one) => one.case === 'expired-at-source');
    const unit = officer?.unitId ?? '';
    const { exchangeId, body } = await hub.call(lookUp({ unit, headers: { officer: officer?.id } }));
    const told = await explain(exchangeId, { unit });
    assert.deepEqual(toTold(told), ['dispatch', body.code, 'sent', 'afterCorrection']);
    assert.equal(told.responsible, 'caller');
  });

  it('of a unit without a code at the source is for the hub, and nothing was sent', async () => {
    const unit = 'cq-07';
    await hub.token({ unit });
    await hub.owner.query("DELETE FROM unit_code WHERE unit_id = 'cq-07' AND scheme = 'population'");
    const officer = hub.province.officers.find((one) => one.unitId === unit);
    const call = lookUp({ unit, headers: { officer: officer?.id } });
    const { exchangeId } = await callUntil(hub, call, 'code-unmapped');
    const told = await explain(exchangeId, { unit });
    assert.deepEqual(toTold(told), ['dispatch', 'code-unmapped', 'nothing', 'later']);
    assert.equal(told.responsible, 'hub');
  });

  it('of an answered call says so, and that there is nothing to do', async () => {
    const { exchangeId } = await hub.call(lookUp());
    const told = await explain(exchangeId);
    assert.deepEqual(toTold(told), [undefined, undefined, 'sent', 'notNeeded']);
    assert.deepEqual([told.status, told.responsible, told.en.title], [200, undefined, 'It was answered']);
    assert.deepEqual(told.own, {
      officer: 'cb-0001',
      purpose: 'giai-quyet-tthc',
      caseCode: 'H99.10-251123-0001',
      result: 'found',
      sourceRequestCode: exchangeId,
    });
  });

  it('of a service of the hub itself says that nothing was sent, whatever became of it', async () => {
    const first = await ask('01a2094c-3d0a-7271-a543-000000000000');
    assert.equal(first.status, 404);
    const told = await checkAgainst(first, ['dispatch', 'exchange-not-found', 'nothing', 'afterCorrection']);
    assert.equal(told.source, undefined);
    assert.equal((await explain((await ask(first.exchangeId)).exchangeId)).sent, 'nothing');
  });

  it('gives what is sealed to the very system and to auditors, the rest to its unit, nothing to others', async () => {
    await hub.fault({ mode: 'maintenance', times: 1 });
    const { exchangeId } = await hub.call(lookUp());
    const { own, ...open } = await explain(exchangeId);
    assert.equal(own?.officer, 'cb-0001');
    assert.deepEqual(await explain(exchangeId, { system: 'kiem-toan' }), { ...open, own });
    assert.deepEqual(await explain(exchangeId, { system: 'van-ban', unit: 'cq-00' }), open);
    for (const who of [{ unit: 'cq-01' }, { system: 'van-ban', unit: 'cq-01' }, { system: 'quan-tri' }])
      assert.equal((await ask(exchangeId, who)).body.code, 'exchange-not-found');
  });

  it('has none of a refusal that was only counted, and says where else to look', async () => {
    const answer = await fetch(`${hub.url}/population/v1/citizen-lookups`, { method: 'POST' });
    assert.equal(answer.headers.get('exchange-id'), null);
    const { body } = await ask('01a2094c-3d0a-7271-a543-000000000001');
    assert.match(body.en.action, /only counted .* has no entry of its own: the problem received says why/);
  });

  it('of an exchange under way says to wait', async () => {
    await hub.fault({ latencyMs: 300 });
    const before = (await hub.journal()).length;
    const looking = hub.call(lookUp());
    await until(async () => (await hub.journal()).length > before);
    const open = (await hub.journal()).at(-1)?.requestCode ?? '';
    const told = await explain(open);
    assert.deepEqual(
      [told.state, told.endedAt, ...toTold(told)],
      ['opened', undefined, undefined, undefined, 'unknown', 'wait'],
    );
    await looking;
    assert.equal((await explain(open)).state, 'closed');
  });
});

describe('The explanation of an exchange that was lost', () => {
  const time = { at: new Date(), databaseAt: new Date() };
  const facts = {
    exchangeId: '01a2094c-3d0a-7271-a543-000000000002',
    systemId: 's',
    owningUnit: 'u',
    actingUnit: 'u',
    service: 'x.v1',
    operation: 'act',
    grantId: 'g',
  };
  const sealed = seal({ officerId: 'cb-0001' }, { month: () => randomBytes(32) }, time.at);
  const opened = toEntry('opened', facts, time, {}, sealed);
  const unknown = toUnknown(opened.leaf, time);
  const explainThese = (entries: readonly Entry[], effect: boolean): Explanation | undefined =>
    toExplanation(
      entries.map(({ kind, leaf, sealed: part }) => ({
        kind,
        text: leaf.text,
        leafHash: leaf.hash,
        actingUnit: 'u',
        systemId: 's',
        private: toPrivatePart(part),
      })),
      true,
      (name) => (name === 'x.v1/act' ? { effect, source: 'population' } : undefined),
    );

  it('lets a read be made again, and an effect be asked for with the same key', () => {
    const [read, effect] = [explainThese([opened, unknown], false), explainThese([opened, unknown], true)];
    assert.deepEqual([read?.state, read?.sent, read?.repeat], ['unknown', 'unknown', 'now']);
    assert.deepEqual([effect?.sent, effect?.repeat], ['unknown', 'sameKey']);
    assert.match(effect?.en.action ?? '', /same Idempotency-Key/);
    assert.equal(effect?.own?.officer, 'cb-0001');
  });

  it('says of one that was withdrawn that nothing was sent', () => {
    const told = explainThese([opened, unknown, toNotSent(facts, unknown.leaf.hash, time)], true);
    assert.deepEqual([told?.state, told?.sent, told?.repeat], ['resolved', 'nothing', 'now']);
  });

  it('of an effect that failed at the source says to send it again with the same key', () => {
    const part = { outcome: 'problem', status: 504, problem: 'source-timeout' } as const;
    const told = explainThese([opened, toEntry('closed', facts, time, part, sealed)], true);
    assert.deepEqual([told?.responsible, told?.sent, told?.repeat], ['source', 'sent', 'sameKey']);
  });
});
