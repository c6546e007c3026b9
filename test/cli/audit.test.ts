// lgsp audit against a real hub: what an auditor at a terminal is shown, also where there is nothing.
import assert from 'node:assert/strict';
import { Command } from 'commander';
import { addAudit } from '../../src/cli/audit/index.ts';
import { lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { type Ended, lgsp } from './command.ts';

describe('lgsp audit', () => {
  let hub: TestHub;
  let exchangeId = '';
  before(async () => {
    hub = await startTestHub('cli-audit');
    exchangeId = (await hub.call(lookUp())).exchangeId;
    await hub.call(lookUp({ headers: { purpose: 'to-mo' } }));
    await until(async () => {
      const path = '/evidence/v1/exchanges?problem=purpose-not-granted';
      return (await hub.call({ path, system: 'kiem-toan' })).body.items.length === 1;
    });
  });
  after(() => hub.stop());

  /** The command in this process: a program of its own takes seconds to come up. */
  async function audit(...words: string[]): Promise<Pick<Ended, 'out' | 'err'>> {
    const auditor = hub.province.systems.find(({ clientId }) => clientId === 'kiem-toan');
    const unit = auditor?.actingUnits[0] ?? '';
    const who = ['--hub', hub.url, '--unit', unit, '--key', auditor?.privateKeyFile ?? ''];
    const [out, err]: [string[], string[]] = [[], []];
    const command = new Command('audit');
    addAudit(command, { show: (line) => out.push(`${line}\n`), say: (line) => err.push(`${line}\n`) });
    await command.parseAsync([...words, ...who], { from: 'user' }).catch((error) => err.push(String(error)));
    return { out: out.join(''), err: err.join('') };
  }

  it('shows what was found, how many, and up to which leaf it holds', async () => {
    const [found, narrow] = await Promise.all([
      audit('search', '--service', 'population.v1', '--count'),
      audit('search', '--of-officer', 'cb-0001', '--limit', '1'),
    ]);
    assert.match(
      found.out,
      new RegExp(`${exchangeId} +population\\.v1/lookUpCitizen +mot-cua +cq-00 +answered`),
    );
    assert.match(found.out, /problem purpose-not-granted[\s\S]*\n2 in all\n$/);
    assert.match(found.err, /holds for every leaf below \d+; checkpoint: \S+, \d+ leaves/);
    assert.match(narrow.out, /there are more: --all, or --cursor \S+\n$/);
  });

  it('seals in the entry of a reading who read and by which conditions; a day begins in Viet Nam', async () => {
    const unit = hub.province.systems.find(({ clientId }) => clientId === 'kiem-toan')?.actingUnits[0];
    const officer = hub.province.officers.find(({ unitId }) => unitId === unit)?.id ?? '';
    const read = ['search', '--of-officer', 'cb-0001', '--from', '2026-01-02', '--officer', officer];
    const { err } = await audit(...read);
    const [, reading = ''] = /this reading is exchange (\S+)/.exec(err) ?? [];
    const closed = (await hub.entries(reading)).at(-1);
    assert.equal(closed?.sealed['officer'], officer, err);
    assert.match(
      String(closed?.sealed['result']),
      /^found \d+ officer=cb-0001 from=2026-01-01T17:00:00\.000Z/,
    );
  });

  it('shows a time line and figures', async () => {
    const [timeline, figures, csv] = await Promise.all([
      audit('timeline', exchangeId),
      audit('figures', '--service', 'population.v1'),
      audit('figures', '--csv', '--by', 'problem', '--service', 'population.v1'),
    ]);
    assert.match(timeline.out, /^at +leaf +what[\s\S]*opened[\s\S]*closed +answered 200/);
    assert.match(figures.out, /population\.v1 +answered +1\npopulation\.v1 +problem +1\n2 in all\n$/);
    assert.match(csv.out, /purpose-not-granted,1\r\n/);
  });

  it('says plainly that there is nothing, and why something cannot be asked', async () => {
    const [search, figures, unknown, wrong] = await Promise.all([
      audit('search', '--case-code', 'khong-co', '--count'),
      audit('figures', '--from', '2020-01-01', '--to', '2020-01-02'),
      audit('timeline', '01234567-89ab-7def-8123-456789abcdef'),
      audit('search', '--limit', '0'),
    ]);
    assert.equal(search.out, 'no exchange fulfils these conditions\n0 in all\n');
    assert.equal(figures.out, 'there were no exchanges on these days\n');
    assert.match(unknown.err, /exchange-not-found \(404\)/);
    assert.match(wrong.err, /request-invalid \(400\)[\s\S]*\/query\/limit/);
  });

  it('is a command of lgsp', async () => {
    const { code, out } = await lgsp(['audit', '--help']);
    assert.equal(code, 0);
    for (const name of ['search', 'timeline', 'figures']) assert.match(out, new RegExp(`^  ${name} `, 'm'));
  });
});
