// lgsp audit export as a person meets it: asked for, downloaded over a line that breaks, verified, and called again.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExportCommandOptions, exportLog } from '../../src/cli/audit/export.ts';
import { exportFiles } from '../../src/evidence/export-format.ts';
import { untilSigned } from '../evidence/support.ts';
import { lookUp } from '../support/calls.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { lgsp } from './command.ts';

describe('lgsp audit export', () => {
  let hub: TestHub;
  let folder = '';
  before(async () => {
    hub = await startTestHub('audit-export');
    folder = mkdtempSync(join(tmpdir(), 'lgsp-audit-'));
    for (let calls = 0; calls < 5; calls += 1) await hub.call(lookUp());
    await untilSigned(hub.owner);
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const auditor = () => hub.province.systems.find(({ clientId }) => clientId === 'kiem-toan');
  const toOptions = (out: string, more: Partial<ExportCommandOptions> = {}): ExportCommandOptions => ({
    ...{ out: join(folder, out), hub: hub.url, system: 'kiem-toan', key: auditor()?.privateKeyFile ?? '' },
    unit: auditor()?.actingUnits[0] ?? '',
    officer: hub.province.officers.find(({ unitId }) => unitId === auditor()?.actingUnits[0])?.id ?? '',
    ...{ purpose: 'kiem-tra', logKey: hub.logKey, format: 'ndjson', reason: 'kiểm tra', fileNumber: 'VV-1' },
    ...more,
  });
  async function run(options: ExportCommandOptions): Promise<{ isValid: boolean; said: string }> {
    const lines: string[] = [];
    const show = (line: string): void => void lines.push(line);
    const isValid = await exportLog(options, { show, progress: undefined });
    return { isValid, said: lines.join('\n') };
  }

  it('brings an export into a folder, verifies it, and lgsp verify says the same offline', async () => {
    const { isValid, said } = await run(toOptions('one'));
    assert.ok(isValid, said);
    assert.match(said, /nothing is left out/);
    assert.equal(statSync(join(folder, 'one')).mode & 0o777, 0o700);
    const again = await lgsp(['verify', join(folder, 'one'), '--log-key', hub.logKey, '--deep']);
    assert.deepEqual([again.code, again.err], [0, '']);
    assert.match(again.out, /every entry and sealed part is canonical JSON/);
  });

  it('says NOT VALID and ends with 2 when a byte of what was brought is altered', async () => {
    await run(toOptions('altered', { format: 'csv' }));
    const file = join(folder, 'altered', exportFiles.csv);
    writeFileSync(file, readFileSync(file, 'utf8').replace('lookUpCitizen', 'lookUpCitizem'));
    const { code, out } = await lgsp(['verify', join(folder, 'altered'), '--log-key', hub.logKey]);
    assert.equal(code, 2);
    assert.match(out, /^NOT VALID: the line of leaf \d+ is not as an export writes it\n$/);
  });

  it('goes on when called again, asks for nothing twice, and refuses another demand in the same folder', async () => {
    await run(toOptions('again'));
    rmSync(join(folder, 'again', exportFiles.proof));
    const { isValid } = await run(toOptions('again'));
    assert.ok(isValid);
    const { rows } = await hub.owner.query(
      "SELECT FROM log_export WHERE file_number = 'VV-1' AND format = 'ndjson'",
    );
    assert.equal(rows.length, 2);
    await assert.rejects(run(toOptions('again', { service: 'population.v1' })), /asked for otherwise/);
  });

  it('asks by the conditions of search, under the names that search has in a terminal', async () => {
    const more = { ofOfficer: 'khong-co-ai', ofPurpose: 'ho-tich', outcome: 'answered', unitCode: 'H99.02' };
    const { isValid, said } = await run(toOptions('by', more));
    assert.ok(isValid, said);
    assert.match(said, /\n *.*0 leaves are shown/);
    const { rows } = await hub.owner.query("SELECT filters FROM log_export WHERE filters ? 'unitCode'");
    const { ofOfficer: officer, ofPurpose: purpose, ...same } = more;
    assert.deepEqual(rows, [{ filters: { officer, purpose, ...same } }]);
  });

  it('goes on from the byte where an earlier try was cut off', async () => {
    await run(toOptions('cut'));
    const file = join(folder, 'cut', exportFiles.ndjson);
    const whole = readFileSync(file);
    rmSync(file);
    writeFileSync(`${file}.part`, whole.subarray(0, 1_000));
    const { isValid, said } = await run(toOptions('cut'));
    assert.ok(isValid, said);
    assert.ok(readFileSync(file).equals(whole));
    const asked = `%"result":"bytes 1000-${whole.length - 1}/${whole.length}"%`;
    const { rowCount } = await hub.owner.query('SELECT FROM entry_private WHERE text LIKE $1', [asked]);
    assert.equal(rowCount, 1);
  });
});
