// A hub and its witness: receipts that others have seen the head of, and what happens while the witness is away or objects.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainReceipt } from '../../src/cli/receipt.ts';
import { parseCheckpointText } from '../../src/evidence/checkpoint.ts';
import { parseWitnessKey, readCosignature } from '../../src/evidence/cosignature.ts';
import { parseNote } from '../../src/evidence/note.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import type { Hub } from '../../src/hub.ts';
import type { RunningWitness } from '../../src/witness/server.ts';
import { parseSamples, sumOf } from '../operation/samples.ts';
import { lookUp } from '../support/calls.ts';
import { layWitnessedGround, readReadiness, type WitnessedGround, witnessName } from '../support/witness.ts';
import { checkCosignature } from '../witness/support.ts';
import { until } from './support.ts';

describe('a hub with a witness', () => {
  let ground: WitnessedGround;
  let witness: RunningWitness;
  let hub: Hub;
  before(async () => {
    ground = await layWitnessedGround('witnessed');
    witness = await ground.startWitness();
    hub = await ground.start();
  });
  after(async () => {
    await hub.stop();
    await witness.stop();
    await ground.close();
  });

  const readHealth = () => readReadiness(hub.url);
  const stateOf = async (): Promise<string> => (await readHealth()).body.witnesses[witnessName]?.state ?? '';
  async function receipt() {
    const { exchangeId } = await ground.client.call(lookUp());
    const { status, body } = await ground.client.call({
      path: `/evidence/v1/exchanges/${exchangeId}/receipt`,
    });
    assert.equal(status, 200);
    return body;
  }

  it('gives receipts that the witness has seen, for anybody to check', async () => {
    await until(async () => (await stateOf()) === 'cosigns');
    const given = await receipt();
    const verdict = verifyReceipt(given, hub.logKey, [ground.witnessKey]);
    assert.ok(verdict.ok);
    assert.equal(verdict.witnessed[0]?.name, 'witness.test.example');
    const line = `${given.checkpoint.split('\n').at(-2)}\n`;
    const seconds = checkCosignature(line, parseNote(given.checkpoint).text, ground.witnessKey);
    assert.equal(verdict.witnessed[0]?.at?.getTime(), seconds * 1_000);
  });

  it('says in words who saw it and when, and finds an altered cosignature', async () => {
    const given = await receipt();
    const explain = (checkpoint: string, witnesses: readonly string[]): string => {
      const lines: string[] = [];
      const key = { key: hub.logKey, origin: 'a test' };
      explainReceipt(JSON.stringify({ ...given, checkpoint }), key, (line) => lines.push(line), {
        witnesses,
      });
      return lines.join('\n');
    };
    const keys = [ground.witnessKey];
    assert.match(explain(given.checkpoint, keys), /witnessed by witness\.test\.example at 20.*Z\nVALID$/s);
    const [text, log] = given.checkpoint.split(/(?<=\n\n)/);
    const bare = `${text}${log?.split('\n')[0]}\n`;
    assert.match(explain(bare, keys), /not witnessed by witness\.test\.example\nVALID$/);
    assert.match(explain(given.checkpoint, []), /not checked: whether a witness saw it.*\nVALID$/);
    const altered = given.checkpoint.replace(/.(?==*\n$)/, (last: string) => (last === 'A' ? 'Q' : 'A'));
    assert.match(explain(altered, keys), /^NOT VALID/);
  });

  it('hands out its newest head with the cosignature', async () => {
    const key = parseWitnessKey(ground.witnessKey);
    await until(async () => {
      const note = await (await fetch(`${hub.url}/log/checkpoint`)).text();
      return readCosignature(note, key) !== undefined;
    });
  });

  it('gives exports of a head that the witness has seen', async () => {
    const system = 'kiem-toan';
    const unit = ground.province.systems.find(({ clientId }) => clientId === system)?.actingUnits[0];
    const officer = ground.province.officers.find(({ unitId }) => unitId === unit)?.id ?? '';
    const ask = (path: string, body?: object) =>
      ground.client.call({
        ...{
          system,
          method: body ? 'POST' : 'GET',
          path: `/evidence/v1/exports${path}`,
          ...(body && { body }),
        },
        headers: { officer, purpose: 'kiem-tra', 'idempotency-key': 'witnessed-export' },
      });
    const { status, body } = await ask('', { format: 'ndjson', reason: 'kiểm tra', fileNumber: '1/KT' });
    assert.equal(status, 202, JSON.stringify(body));
    await until(async () => (await ask(`/${body.exportId}`)).body.state === 'done');
    const { body: manifest } = await ask(`/${body.exportId}/files/manifest.json`);
    assert.ok(readCosignature(manifest.checkpoint, parseWitnessKey(ground.witnessKey)));
  });

  it('tells how old the last cosignature is', async () => {
    const read = async () => parseSamples(await (await fetch(hub.metricsUrl ?? '')).text());
    await until(
      async () => sumOf(await read(), 'lgsp_witness_cosigned_age_seconds', { witness: witnessName }) < 60,
    );
    const samples = await read();
    assert.equal(sumOf(samples, 'lgsp_witness_state', { witness: witnessName, state: 'cosigns' }), 1);
    assert.equal(sumOf(samples, 'lgsp_read_only'), 0);
    const { body } = await ground.client.call({ path: '/operation/v1/hub', system: 'kiem-toan' });
    assert.ok(body.cosigned.size > 0 && body.cosigned.size <= body.checkpoint.size);
    assert.ok(body.cosigned.ageMs < 60_000);
  });

  it('keeps the highest head in the anchor file', async () => {
    await until(async () => {
      const note = await (await fetch(`${hub.url}/log/checkpoint`)).text();
      const { size } = parseCheckpointText(parseNote(note).text);
      if (!existsSync(ground.anchorFile)) return false;
      return parseCheckpointText(parseNote(readFileSync(ground.anchorFile, 'utf8')).text).size === size;
    });
  });

  it('works on while the witness is away, says so, and has it sign again when it is back', async () => {
    await witness.stop();
    await ground.client.call(lookUp());
    await until(async () => (await stateOf()) === 'fails');
    const given = await receipt();
    const verdict = verifyReceipt(given, hub.logKey, [ground.witnessKey]);
    assert.ok(verdict.ok && verdict.witnessed[0]?.at === undefined);
    const { status, body } = await readHealth();
    assert.deepEqual([status, body.status], [200, 'ready']);
    assert.match(body.witnesses[witnessName]?.why ?? '', /ECONNREFUSED/);
    witness = await ground.startWitness();
    await until(async () => (await stateOf()) === 'cosigns');
  });

  it('raises an alarm when the witness has seen another history', async () => {
    await witness.stop();
    const name = readdirSync(ground.witnessFolder).find((one) => one.startsWith('log-')) ?? '';
    const file = join(ground.witnessFolder, name);
    const kept = readFileSync(file, 'utf8');
    const record = JSON.parse(kept);
    writeFileSync(file, JSON.stringify({ ...record, root: Buffer.alloc(32, 7).toString('base64') }));
    witness = await ground.startWitness();
    await ground.client.call(lookUp());
    await until(async () => (await stateOf()) === 'conflict');
    assert.equal((await ground.client.call(lookUp())).body.outcome, 'found');
    let alarms: readonly string[] = [];
    await until(async () => {
      const log = readFileSync(join(ground.written, 'hub.log'), 'utf8').split('\n');
      alarms = log.filter((line) => line.includes('does not extend what it cosigned'));
      return alarms.length > 0;
    });
    assert.equal(alarms.length, 1);
    assert.equal(JSON.parse(alarms[0] ?? '{}').level, 50);
    await witness.stop();
    writeFileSync(file, kept);
    witness = await ground.startWitness();
  });
});
