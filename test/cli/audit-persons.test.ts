// lgsp audit persons, subject-report, unusual and sample against a real hub: the number comes by standard input and is
// printed nowhere; a sample that was saved is drawn again offline.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { addAudit } from '../../src/cli/audit/index.ts';
import { addPersons } from '../../src/cli/audit/persons.ts';
import { explainSample } from '../../src/cli/sample.ts';
import { toLocalDay } from '../../src/local-day.ts';
import { citizen, lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { type Ended, lgsp } from './command.ts';

const number: string = citizen.personalNumber;

describe('lgsp audit of persons', () => {
  let hub: TestHub;
  let folder = '';
  let exchangeId = '';
  before(async () => {
    hub = await startTestHub('cli-audit-persons', { limits: { 'evidence.v1': { burst: 1 } } });
    folder = mkdtempSync(join(tmpdir(), 'lgsp-audit-persons-'));
    const call = lookUp();
    await hub.call(call);
    exchangeId = (await hub.call(call)).exchangeId;
    await until(async () => {
      const { rowCount } = await hub.owner.query('SELECT FROM exchange WHERE exchange_id = $1', [exchangeId]);
      return rowCount === 1;
    });
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true });
  });

  function toWho(): readonly string[] {
    const auditor = hub.province.systems.find(({ clientId }) => clientId === 'kiem-toan');
    const unit = auditor?.actingUnits[0] ?? '';
    return ['--hub', hub.url, '--unit', unit, '--key', auditor?.privateKeyFile ?? ''];
  }

  function toQuestion(): readonly string[] {
    const unit = hub.province.systems.find(({ clientId }) => clientId === 'kiem-toan')?.actingUnits[0];
    const officer = hub.province.officers.find((one) => one.unitId === unit)?.id ?? '';
    const why = ['--reason', 'Đơn của công dân', '--file-number', '12/HS', '--officer', officer];
    return ['--from', '2026-01-01T00:00:00+07:00', ...why, ...toWho()];
  }

  type Said = Pick<Ended, 'out' | 'err'> & { readonly isInvalid: boolean };

  /** The command in this process: a program of its own takes seconds to come up. */
  async function run(add: 'persons' | 'all', words: readonly string[], line = number): Promise<Said> {
    const [out, err]: [string[], string[]] = [[], []];
    let isInvalid = false;
    const terminal = {
      show: (one: string) => out.push(`${one}\n`),
      say: (one: string) => err.push(`${one}\n`),
    };
    const command = new Command('audit');
    if (add === 'persons') addPersons(command, terminal, async () => line);
    else
      addAudit(command, terminal, () => {
        isInvalid = true;
      });
    await command.parseAsync([...words], { from: 'user' }).catch((error) => err.push(String(error)));
    return { out: out.join(''), err: err.join(''), isInvalid };
  }

  it('finds exchanges about the person whose number stands in standard input, and never prints it', async () => {
    const { code, out, err } = await lgsp(['audit', 'persons', ...toQuestion()], {}, `${number}\n`);
    assert.equal(code, 0, err);
    assert.match(out, new RegExp(`${exchangeId} +subject +population\\.v1/lookUpCitizen +mot-cua`));
    assert.match(err, /holds for every leaf below \d+\nthis reading is exchange \S+\n$/);
    assert.ok(!`${out}${err}`.includes(number));
  });

  it('sends nothing when standard input holds no number, and does not repeat what it holds', async () => {
    const { out, err } = await run('persons', ['persons', ...toQuestion()], '99900x');
    assert.match(err, /standard input must hold one number[\s\S]*nothing was sent/);
    assert.ok(out === '' && !err.includes('99900x'));
  });

  it('says that there is nothing, and what is more', async () => {
    const [none, page] = await Promise.all([
      run('persons', ['persons', ...toQuestion()], '999999999999'),
      run('persons', ['persons', ...toQuestion(), '--limit', '1']),
    ]);
    assert.equal(none.out, 'no exchange is about this person\n');
    assert.match(page.out, /there are more: --cursor \S+\n$/);
  });

  it('prints the report to a person', async () => {
    const { out, err } = await run('persons', ['subject-report', ...toQuestion()]);
    assert.match(out, /Căn cứ pháp lý/, err);
    assert.ok(!out.includes(number));
  });

  it('shows what is unusual with its exchanges, and from when on cases are judged', async () => {
    const today = toLocalDay(Date.now());
    const [found, quiet] = await Promise.all([
      run('all', ['unusual', '--day', today, ...toWho()]),
      run('all', ['unusual', '--day', '2020-01-01', ...toWho()]),
    ]);
    assert.match(found.out, /^rule +officer[\s\S]*burst +cb-\S+ +cq-00 +2 +1\n/, found.err);
    assert.match(found.out, new RegExp(`2 look-ups within 5 minutes, more than 1\\.\\n  ${exchangeId}\\n`));
    assert.match(found.out, /cases of this day are judged from \d{4}-\d\d-\d\d on: ask again then\n$/);
    assert.equal(quiet.out, 'nothing is unusual on 2020-01-01\n');
  });

  it('draws a sample, verifies and saves it, and draws it again offline', async () => {
    const file = join(folder, 'sample.json');
    const words = ['sample', '--seed', 'hat-giong', '--count', '6', '--out', file, '--log-key', hub.logKey];
    const drawn = await run('all', [...words, ...toWho()]);
    assert.match(drawn.out, /6 receipts verify[\s\S]*VALID\nsaved \S+; to verify it again/, drawn.err);
    const { treeSize } = JSON.parse(readFileSync(file, 'utf8')).receipts[0];
    // Drawing it was an entry, which the next head holds.
    await until(async () => {
      const { rowCount } = await hub.owner.query('SELECT FROM checkpoint WHERE size > $1', [treeSize]);
      return rowCount !== 0;
    });
    const later = await run('all', [
      ...['sample', '--seed', 'khac', '--count', '1', '--out', join(folder, 'other-sample.json')],
      ...['--log-key', hub.logKey, ...toWho()],
    ]);
    assert.match(later.out, /VALID\nsaved/, later.err);
    const other = ['--seed', 'khac', '--log-key', hub.logKey];
    const { code, out } = await lgsp(['verify', '--sample', file, ...other]);
    assert.deepEqual(
      [code, /^NOT VALID: entry \d is leaf \d+; the seed draws leaf/m.test(out)],
      [2, true],
      out,
    );
  });

  it('finds a sample that was altered, cut or made of no JSON', () => {
    const text = readFileSync(join(folder, 'sample.json'), 'utf8');
    const sample = JSON.parse(text);
    const explain = (changed: string, seed?: string): string => {
      const lines: string[] = [];
      const trust = { seed, logKey: { key: hub.logKey, origin: 'a test' } };
      const isValid = explainSample(changed, trust, (line) => lines.push(line));
      return `${isValid} ${lines.slice(-2).join(' ')}`;
    };
    assert.match(explain(text), /^true .*whether hat-giong is the seed that you chose \(--seed\) VALID$/);
    assert.match(explain(text, 'hat-giong'), /^true .*when the seed was chosen.* VALID$/);
    const [first, second, ...more] = sample.receipts;
    for (const receipts of [[second, first, ...more], [second, ...more], []])
      assert.match(explain(JSON.stringify({ ...sample, receipts })), /^false NOT VALID: /);
    assert.match(explain('{'), /^false NOT VALID: it is no JSON/);
    assert.match(explain(text.replace('{', '{"size":1,')), /^false NOT VALID: a member stands in it twice/);
  });

  it('finds a sample that the hub steered: cut short, from a head made after the seed, without what was sealed', () => {
    const sample = JSON.parse(readFileSync(join(folder, 'sample.json'), 'utf8'));
    const head = readFileSync(join(folder, 'sample.json.head'), 'utf8');
    const explain = (changed: unknown, demand: { count?: number; head?: string }): string => {
      const lines: string[] = [];
      const trust = { seed: 'hat-giong', logKey: { key: hub.logKey, origin: 'a test' }, ...demand };
      return `${explainSample(JSON.stringify(changed), trust, (line) => lines.push(line))} ${lines.join(' ')}`;
    };
    const all = explain(sample, { count: 6, head });
    assert.match(all, /^true .*as many as were asked for.*held before the seed was told.* VALID$/);
    const cut = { ...sample, receipts: sample.receipts.slice(0, 4) };
    assert.match(explain(cut, { count: 6 }), /^false NOT VALID: the sample has 4 entries, not the 6/);
    assert.match(explain(cut, {}), /^true .*not checked: whether more were asked for/);
    const [{ private: _, ...bare }, ...more] = sample.receipts;
    const stripped = { ...sample, receipts: [bare, ...more] };
    assert.match(explain(stripped, {}), /^false NOT VALID: receipt 1 lacks what its leaf sealed/);
    const other = JSON.parse(readFileSync(join(folder, 'other-sample.json'), 'utf8')).receipts[0].checkpoint;
    assert.match(
      explain(sample, { head: other }),
      /^false NOT VALID: the sample is not drawn from the head of/,
    );
  });

  it('says why a sample cannot be drawn', async () => {
    const head = join(folder, 'unknown-head');
    writeFileSync(head, `${hub.logKey.split('+')[0]}\n99999999\n`);
    const words = ['sample', '--seed', 'a', '--head', head, '--log-key', hub.logKey, ...toWho()];
    assert.match((await run('all', words)).err, /sample-unavailable/);
  });
});
