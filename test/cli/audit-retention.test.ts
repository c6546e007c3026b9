// `lgsp audit` against a hub: what is kept how long is listed, and a hold is placed and ended.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { addRetention } from '../../src/cli/audit/retention.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';

describe('lgsp audit, what is kept', () => {
  let hub: TestHub;
  let folder: string;
  before(async () => {
    hub = await startTestHub('cli-audit-retention');
    folder = mkdtempSync(join(tmpdir(), 'lgsp-audit-'));
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true });
  });

  async function run(words: readonly string[]): Promise<string> {
    const auditor = hub.province.systems.find(({ clientId }) => clientId === 'kiem-toan');
    const officer = hub.province.officers.find(({ unitId }) => unitId === auditor?.actingUnits[0])?.id ?? '';
    const program = new Command('lgsp');
    let out = '';
    const show = (line: string): void => {
      out += `${line}\n`;
    };
    addRetention(program.command('audit'), { show, say: () => undefined });
    const who = [
      '--hub',
      hub.url,
      '--key',
      auditor?.privateKeyFile ?? '',
      '--unit',
      auditor?.actingUnits[0] ?? '',
    ];
    await program.parseAsync(['audit', ...words, ...who, '--officer', officer], { from: 'user' });
    return out;
  }

  it('lists the classes, places a hold, shows it and ends it, all as the auditor', async () => {
    assert.match(await run(['retention']), /inspection[\s\S]*other/);
    const scope = join(folder, 'scope.json');
    writeFileSync(scope, JSON.stringify({ service: 'population.v1' }));
    const until = ['--until', '2099-01-01T00:00:00+07:00'];
    const placing = ['hold', '--decision', '1/QĐ', '--reason', 'Thử', '--scope', scope, ...until, '--json'];
    const { id } = JSON.parse(await run(placing));
    assert.match(await run(['holds', '--in-force']), new RegExp(id));
    await run(['hold', '--decision', '2/QĐ', '--reason', 'Xong', '--end', id]);
    assert.match(await run(['holds', '--in-force']), /none/);
    await assert.rejects(run(['hold', '--decision', '1/QĐ', '--reason', 'Thử']), /needs --scope and --until/);
  });
});
