// The hub's log: one line an exchange, in levels that mean something, without anyone's number.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '../../src/operation/logger.ts';
import { lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { startTestHub, type TestHub, writtenFolder } from '../support/sandbox-hub.ts';

type Line = Readonly<Record<string, unknown>>;

const readLines = (folder: string): readonly Line[] =>
  readFileSync(join(folder, 'hub.log'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe('The log', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub('logger');
  });
  after(() => hub.stop());

  const lineOf = async (exchangeId: string): Promise<Line> => {
    const find = () => readLines(hub.written).find((line) => line['exchangeId'] === exchangeId);
    await until(async () => find() !== undefined);
    return find() ?? assert.fail();
  };

  it('has a line for an exchange, with the time that it spent at the source', async () => {
    const line = await lineOf((await hub.call(lookUp())).exchangeId);
    const { system, actingUnit, operation, status, durationMs, sourceMs } = line;
    assert.deepEqual([system, actingUnit, operation], ['mot-cua', 'cq-00', 'population.v1/lookUpCitizen']);
    assert.deepEqual(
      [line['level'], status, line['problem'], line['responsible']],
      [30, 200, undefined, undefined],
    );
    assert.ok(Number(sourceMs) > 0 && Number(sourceMs) <= Number(durationMs));
  });

  it('names the problem and who must act, at level info: a source that fails wakes nobody here', async () => {
    await hub.fault({ mode: 'maintenance', times: 1 });
    const failed = await lineOf((await hub.call(lookUp())).exchangeId);
    assert.deepEqual(
      [failed['level'], failed['problem'], failed['responsible']],
      [30, 'source-unavailable', 'source'],
    );
    const refused = await lineOf((await hub.call(lookUp({ headers: { purpose: 'to-mo' } }))).exchangeId);
    assert.deepEqual(
      [refused['level'], refused['responsible'], refused['sourceMs']],
      [30, 'caller', undefined],
    );
  });

  it('replaces what looks like a personal number, whatever a line holds, and goes on after the file was emptied', async () => {
    const folder = writtenFolder('logger-own');
    const { logger, flush } = createLogger(folder);
    logger.info({ a: '999190000002', b: ['x 999000002 y'] }, 'of 999190000002');
    logger.debug('is not written');
    await until(async () => {
      flush();
      return existsSync(join(folder, 'hub.log')) && readLines(folder).length > 0;
    });
    assert.doesNotMatch(readFileSync(join(folder, 'hub.log'), 'utf8'), /9990|9991|is not written/);
    // As logrotate does with copytruncate.
    writeFileSync(join(folder, 'hub.log'), '');
    logger.warn('after');
    await until(async () => {
      flush();
      return readLines(folder).length > 0;
    });
    assert.deepEqual(
      readLines(folder).map(({ level, msg }) => [level, msg]),
      [[40, 'after']],
    );
  });
});
