// Every way in which the source fails, as the caller sees it and as the log keeps it. Never is it a citizen who is not
// confirmed.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { faultModes } from '../../mocks/population/faults.ts';
import { callUntil, confirm, lookUp } from '../support/calls.ts';
import { freePort, startTestHub, type TestAnswer, type TestHub } from '../support/sandbox-hub.ts';

interface Expected {
  readonly status: number;
  readonly code: string;
  readonly responsible: string;
  /** Whether the source's answer came back, so that its digest is kept. */
  readonly isAnswered: boolean;
}

const timeout: Expected = {
  status: 504,
  code: 'source-timeout',
  responsible: 'source',
  isAnswered: false,
};
const unavailable: Expected = {
  status: 503,
  code: 'source-unavailable',
  responsible: 'source',
  isAnswered: true,
};
const unreadable: Expected = {
  status: 502,
  code: 'source-unreadable',
  responsible: 'source',
  isAnswered: true,
};
const refused: Expected = { status: 502, code: 'source-refused', responsible: 'hub', isAnswered: true };
const tooLarge: Expected = { ...unreadable, isAnswered: false };

const faults: readonly (readonly [Readonly<Record<string, unknown>>, Expected])[] = [
  [{ mode: 'hang' }, timeout],
  [{ mode: 'slow', slowMs: 5_000 }, timeout],
  [{ mode: 'none', latencyMs: 5_000 }, timeout],
  [{ mode: 'timeoutBefore', holdMs: 20 }, timeout],
  [{ mode: 'timeoutAfter', holdMs: 20 }, timeout],
  [{ mode: 'cutConnection' }, timeout],
  [{ mode: 'tlsFailure' }, timeout],
  [{ mode: 'soapFault' }, unavailable],
  [{ mode: 'none', errorRate: 1 }, unavailable],
  [{ mode: 'html', htmlStatus: 502 }, unavailable],
  [{ mode: 'maintenance' }, unavailable],
  [{ mode: 'html', htmlStatus: 200 }, unreadable],
  [{ mode: 'html', htmlStatus: 404 }, refused],
  [{ mode: 'emptyBody' }, unreadable],
  [{ mode: 'truncated' }, unreadable],
  [{ mode: 'malformed' }, unreadable],
  [{ mode: 'wrongEncoding' }, unreadable],
  [{ mode: 'entity' }, unreadable],
  [{ mode: 'oversized' }, tooLarge],
  [{ mode: 'duplicated' }, unreadable],
  [{ mode: 'twoPeople' }, unreadable],
  [{ mode: 'none', clockSkewMs: 3_600_000 }, refused],
  [{ mode: 'none', clockSkewMs: -3_600_000 }, refused],
];

/** Retry-After stands where waiting helps. */
const checkAnswer = (
  answer: TestAnswer,
  { status, code, responsible }: Omit<Expected, 'isAnswered'>,
): void => {
  const { body, headers } = answer;
  assert.deepEqual([answer.status, body.code, body.responsible], [status, code, responsible]);
  assert.equal(body.source, 'population');
  assert.equal(body.exchangeId, answer.exchangeId);
  assert.equal(headers.get('retry-after') !== null, status >= 503);
  assert.equal(body.outcome, undefined);
  assert.doesNotMatch(JSON.stringify(body), /ERROR_|soap|html|Lỗi<|999190000002/i);
};

describe('A source that fails', () => {
  let hub: TestHub;
  before(async () => {
    const confirmation = { url: `http://127.0.0.1:${await freePort()}/population` };
    hub = await startTestHub('faults', { population: { limits: { callMs: 400 }, confirmation } });
  });
  // Two answers for each failure keep the breaker closed, and show that the next caller is served.
  afterEach(async () => {
    await hub.fault({});
    for (const answer of [await hub.call(lookUp()), await hub.call(lookUp())])
      assert.equal(answer.body.outcome, 'found');
  });
  after(() => hub.stop());

  async function checkEntries({ exchangeId }: TestAnswer, expected: Expected): Promise<void> {
    const [opened, closed, ...more] = await hub.entries(exchangeId);
    assert.deepEqual([opened?.kind, closed?.kind, more.length], ['opened', 'closed', 0]);
    const { outcome, problem, status } = closed?.leaf ?? {};
    assert.deepEqual([outcome, problem, status], ['problem', expected.code, expected.status]);
    const [trace] = [closed?.sealed['sources']].flat();
    assert.ok(typeof trace === 'object' && trace !== null && 'request' in trace && 'requestCode' in trace);
    assert.equal(trace.requestCode, exchangeId);
    assert.equal('answer' in trace, expected.isAnswered);
    assert.equal(closed?.sealed['result'], undefined);
  }

  it('is tested in every way that the mock knows', () => {
    const tested = new Set(faults.map(([fault]) => fault['mode']));
    assert.deepEqual(
      Object.keys(faultModes).filter((mode) => !tested.has(mode)),
      [],
    );
  });

  for (const [fault, expected] of faults)
    it(`by ${JSON.stringify(fault)} is ${expected.status} ${expected.code}, recorded with its trace`, async () => {
      await hub.fault(fault);
      const answer = await hub.call(lookUp());
      checkAnswer(answer, expected);
      await checkEntries(answer, expected);
      assert.ok((await hub.journal()).filter((line) => line.requestCode === answer.exchangeId).length <= 1);
    });

  it('by being away altogether is 503 source-unreachable, for the network to act on', async () => {
    const answer = await hub.call(confirm());
    checkAnswer(answer, { status: 503, code: 'source-unreachable', responsible: 'network' });
    const [, closed] = await hub.entries(answer.exchangeId);
    assert.equal(closed?.leaf['problem'], 'source-unreachable');
    assert.ok(!(await hub.journal()).some((line) => line.requestCode === answer.exchangeId));
  });

  for (const is of ['expired-at-source', 'unknown-at-source'] as const)
    it(`by refusing an officer who is ${is} is 403, for the caller to act on`, async () => {
      const officer = hub.province.officers.find((one) => one.case === is);
      const answer = await hub.call(
        lookUp({ unit: officer?.unitId ?? '', headers: { officer: officer?.id } }),
      );
      checkAnswer(answer, { status: 403, code: 'officer-refused-by-source', responsible: 'caller' });
      const [, closed] = await hub.entries(answer.exchangeId);
      assert.equal(closed?.leaf['problem'], 'officer-refused-by-source');
    });

  it('for a unit without a code there is 409 code-unmapped, and nothing is sent', async () => {
    await hub.token({ unit: 'cq-07' });
    await hub.owner.query("DELETE FROM unit_code WHERE unit_id = 'cq-07' AND scheme = 'population'");
    const officer = hub.province.officers.find((one) => one.unitId === 'cq-07');
    const call = lookUp({ unit: 'cq-07', headers: { officer: officer?.id } });
    const answer = await callUntil(hub, call, 'code-unmapped');
    checkAnswer(answer, { status: 409, code: 'code-unmapped', responsible: 'hub' });
    const [, closed] = await hub.entries(answer.exchangeId);
    assert.deepEqual([closed?.leaf['problem'], closed?.sealed['sources']], ['code-unmapped', undefined]);
    assert.ok(!(await hub.journal()).some((line) => line.requestCode === answer.exchangeId));
  });
});

describe('A source that fails again and again', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub('breaker');
  });
  after(() => hub.stop());

  const state = async (): Promise<unknown> => {
    const ready: { sources: Record<string, unknown> } = JSON.parse(
      await (await fetch(`${hub.url}/health/ready`)).text(),
    );
    return ready.sources['population'];
  };

  it('is left alone, and asked again after a rest', async () => {
    await hub.call(lookUp());
    await hub.fault({ mode: 'maintenance' });
    for (let n = 0; n < 10; n += 1) assert.equal((await hub.call(lookUp())).body.code, 'source-unavailable');
    assert.equal(await state(), 'open');
    await hub.fault({});
    const sent = (await hub.journal()).length;

    const answer = await hub.call(lookUp());
    checkAnswer(answer, { status: 503, code: 'source-unavailable', responsible: 'source' });
    assert.equal(answer.headers.get('retry-after'), '5');
    assert.equal((await hub.journal()).length, sent, 'nothing is sent');
    const entries = await hub.entries(answer.exchangeId);
    assert.deepEqual(
      entries.map(({ kind, leaf, sealed }) => [kind, leaf['problem'], sealed['sources']]),
      [
        ['opened', undefined, undefined],
        ['closed', 'source-unavailable', undefined],
      ],
    );

    await pause(5_050);
    assert.equal((await hub.call(lookUp())).body.outcome, 'found');
    assert.equal(await state(), 'closed');
  });

  it('is not left alone for refusals: they are the answer of a source that is well', async () => {
    await hub.fault({ mode: 'none', clockSkewMs: 3_600_000 });
    for (let n = 0; n < 15; n += 1) assert.equal((await hub.call(lookUp())).body.code, 'source-refused');
    assert.equal(await state(), 'closed');
  });
});
