// A day of the hub against the list of the population mock, by the very command: no difference, and each kind of one.
import assert from 'node:assert/strict';
import { readCallList } from '../../../src/cli/reconcile.ts';
import { type LoggedCall, reconcile } from '../../../src/evidence/reconcile.ts';
import { toLocalDay } from '../../../src/local-day.ts';
import { confirm, lookUp } from '../../support/calls.ts';
import { until } from '../../support/embedded.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';

describe("A day's calls to a source", () => {
  let hub: TestHub;
  const day = toLocalDay(Date.now());
  before(async () => {
    hub = await startTestHub('source-calls');
    for (const call of [lookUp(), confirm(), lookUp()]) assert.equal((await hub.call(call)).status, 200);
    await hub.fault({ mode: 'soapFault' });
    assert.equal((await hub.call(lookUp())).body.source, 'population');
    await hub.fault({});
  });
  after(() => hub?.stop());

  const ask = (more = '') =>
    hub.call({
      method: 'GET',
      path: `/evidence/v1/source-calls?source=population&day=${day}${more}`,
      system: 'kiem-toan',
    });
  const logged = async (): Promise<LoggedCall[]> => {
    await until(async () => (await ask()).body.calls.length === 4);
    return (await ask()).body.calls;
  };
  const listed = async (asked = day) => {
    const response = await fetch(`${hub.mock.callsUrl}?day=${asked}`);
    return readCallList(await response.text());
  };

  it('is the same on both sides, call by call', async () => {
    const { agreed, onlyLogged, onlyListed } = reconcile(await logged(), await listed(), []);
    assert.deepEqual([agreed.code, onlyLogged, onlyListed], [4, [], []]);
  });

  it('shows what only one side has', async () => {
    const [first, ...others] = await listed();
    const invented = {
      ...first,
      call: 'POST /ws',
      code: 'from-elsewhere',
      at: new Date().toISOString(),
      answer: undefined,
    };
    const { onlyLogged, onlyListed } = reconcile(await logged(), [...others, invented], []);
    assert.deepEqual(
      [onlyLogged.map(({ requestCode }) => requestCode), onlyListed],
      [[first?.code], [invented]],
    );
  });

  it('comes in pages, and is empty on another day on either side', async () => {
    const all = await logged();
    const { calls, next } = (await ask('&limit=3')).body;
    const rest = (await ask(`&limit=3&from=${next}`)).body.calls;
    assert.deepEqual([...calls, ...rest], all);
    assert.deepEqual(await listed('2020-01-01'), []);
  });

  it('is a reading whose entry says of which source and day', async () => {
    const { exchangeId } = await ask('&limit=3');
    const { sealed } = (await hub.entries(exchangeId)).at(-1) ?? {};
    assert.equal(sealed?.['result'], `found 3 source=population day=${day} limit=3`);
  });

  it('refuses a leaf that no log can have', async () => {
    assert.equal((await ask('&from=99999999999999999999')).body.code, 'request-invalid');
  });

  it('is for those alone who see the province', async () => {
    const path = `/evidence/v1/source-calls?source=population&day=${day}`;
    const { status } = await hub.call({ method: 'GET', path });
    assert.equal(status, 403);
  });
});
