// The platform's file of a day: fetched from the mock, and read strictly as files that tests write.
import assert from 'node:assert/strict';
import { SourceError } from '../../../adapters/adapter.ts';
import type { PaymentPlatform, ReconciliationRow } from '../../../adapters/payment-platform/index.ts';
import { openPuppet, type Puppet } from '../document-axis/support.ts';
import { type Bench, type Fields, openBench, toCall, toHash, withFault } from './support.ts';

let bench: Bench;
let puppet: Puppet;
before(async () => {
  bench = await openBench();
  puppet = await openPuppet();
});
after(async () => {
  await bench.close();
  await puppet.close();
});

const today = '2025-11-23';
const head = 'MaGiaoDich|MaThamChieu|SoTien|ThoiGianGD|TrangThai|MaNganHang';
const line = 'GD1|TC99930001|1000|20251123142005|1|TESTBANK';

async function rowsOf(by: PaymentPlatform, day = today): Promise<readonly ReconciliationRow[]> {
  const rows: ReconciliationRow[] = [];
  for await (const row of by.fetchReconciliation(day, toCall())) rows.push(row);
  return rows;
}

/** What is read of a file of these lines. */
function readFile(file: Buffer | string, reconciliation: Fields = {}): Promise<readonly ReconciliationRow[]> {
  puppet.answer = (_request, response) => response.end(file);
  return rowsOf(bench.open({ reconciliationUrl: puppet.url, reconciliation }));
}

const toFile = (...lines: readonly string[]): string => lines.map((text) => `${text}\n`).join('');

async function failsAs(code: string, reading: Promise<unknown>, kind = 'unreadable'): Promise<void> {
  await assert.rejects(reading, (error: unknown) => {
    assert(error instanceof SourceError);
    assert.deepEqual([error.kind, error.code], [kind, code]);
    assert.doesNotMatch(error.message, /TC999|GD1/);
    return true;
  });
}

describe('Reconciliation with the payment platform', () => {
  it('8.11: a day of the mock has its rows, with every kind of difference as the platform wrote it', async () => {
    const paidAt = '2025-11-22T06:30:00Z';
    for (const reference of ['TC99931101', 'TC99931102', 'TC99931103', 'TC99931104']) {
      await bench.create(reference);
      await bench.pay(reference, { paidAt, mode: 'none' });
    }
    const differences = [
      { kind: 'missing', reference: 'TC99931101' },
      { kind: 'amount', reference: 'TC99931102', amount: 149_000 },
      { kind: 'status', reference: 'TC99931103', status: '4' },
      { kind: 'onlyTheirs', reference: 'LA', amount: 5_000, status: 'LA' },
    ];
    await bench.control(bench.mock.reconciliationUrl, { date: '20251122', differences }, 'PUT');
    const rows = await rowsOf(bench.platform, '2025-11-22');
    assert.deepEqual(
      rows.map(({ reference, amount, status }) => [reference, amount, status]),
      [
        ['TC99931102', 149_000, 'paid'],
        ['TC99931103', 150_000, 'not-paid'],
        ['TC99931104', 150_000, 'paid'],
        ['LA', 5_000, 'unknown'],
      ],
    );
    assert.deepEqual([rows[2]?.at, rows[2]?.bank], [new Date(paidAt), 'TESTBANK']);
  });

  it('8.11: the file is signed for after 13:00, and its digest is there once it was read', async () => {
    const rows = bench.platform.fetchReconciliation('2025-11-21', toCall());
    assert.equal(rows.trace().answer, undefined);
    for await (const row of rows) assert.fail(`a row of a day without payments: ${row.amount}`);
    assert.equal(rows.trace().answer?.bytes, head.length + 1);
    assert.equal(rows.trace().answer?.sha256, toHash([...head.split('|').slice(0, -1), 'MaNganHang\n']));
  });

  it('8.11: a day that is not there yet, a refusal and a platform that is away are told apart from an empty day', async () => {
    await failsAs('file-not-there', rowsOf(bench.platform, today), 'unavailable');
    await failsAs('http-403', rowsOf(bench.open({ secret: 'another' }), '2025-11-22'), 'refused');
    await failsAs('malformed-NgayDoiSoat', rowsOf(bench.platform, '22/11/2025'), 'unmapped');
    const faults = {
      unavailable: ['http-502', 'unavailable'],
      emptyBody: ['file-empty', 'unreadable'],
    } as const;
    for (const [mode, [code, kind]] of Object.entries(faults))
      await withFault(bench, { mode }, () => failsAs(code, rowsOf(bench.platform, '2025-11-22'), kind));
    assert.equal(bench.open({ reconciliationUrl: undefined }).can.reconcile, false);
  });

  it('8.11: numbers, times, columns and ends are read strictly; a file that fails shows no whole day', async () => {
    const cases: readonly (readonly [string, string])[] = [
      ['file-empty', ''],
      ['file-cut', `${head}\n${line}`],
      ['file-columns', toFile('MaGiaoDich|MaThamChieu|SoTien', 'GD1|TC99930001|1000')],
      ['file-columns', toFile(`${head}|SoTien`, `${line}|1000`)],
      ['file-fields', toFile(head, `${line}|x`)],
      ['file-fields', toFile(head, line, '')],
      ...['1000.0', '1.000', '1e3', '-1', '', ' 1000', '01'].map(
        (amount) => ['file-amount', toFile(head, line.replace('1000', amount))] as const,
      ),
      ['file-reference', toFile(head, line.replace('TC99930001', 'TC 1'))],
      ['file-time', toFile(head, line.replace('20251123142005', '23/11/2025'))],
      ['file-row-twice', toFile(head, line, line)],
      ['file-encoding', `${head}\n\ufffd`],
    ];
    for (const [code, file] of cases)
      await failsAs(code, readFile(code === 'file-encoding' ? Buffer.from([0xff, 0x0a]) : file));
  });

  it('8.11: a payer who paid twice has two rows, and money given back its own', async () => {
    const twice = line.replace('GD1', 'GD2');
    const back = line.replace('|1|', '|REFUNDED|');
    const rows = await readFile(toFile(head, line, twice, back));
    assert.deepEqual(
      rows.map(({ transaction, status }) => [transaction, status]),
      [
        ['GD1', 'paid'],
        ['GD2', 'paid'],
        ['GD1', 'refunded'],
      ],
    );
  });

  it('8.11: a total that does not fit, or is missing where there should be one, is an error', async () => {
    const other = line.replaceAll('1000', '2500').replace('GD1', 'GD2');
    const total = { totalMark: 'TONG' };
    assert.equal((await readFile(toFile(head, line, other, 'TONG|2|3500'), total)).length, 2);
    for (const wrong of ['TONG|2|3501', 'TONG|3|3500'])
      await failsAs('file-total', readFile(toFile(head, line, other, wrong), total));
    for (const wrong of ['TONG|2', 'TONG|2|3.500', other, 'TONG|2|3500|x'])
      await failsAs('file-no-total', readFile(toFile(head, line, wrong), total));
    assert.deepEqual(await readFile(toFile(head, 'TONG|0|0'), total), []);
  });

  it('8.11: columns, words, encoding and base64 are configuration', async () => {
    const columns = { reference: '2', amount: '1', status: '3' };
    const settings = { header: false, columns, separator: ';', statuses: { paid: ['OK'] } };
    const [row] = await readFile('1000;TC99930001;OK\r\n', settings);
    assert.deepEqual(row, {
      ...{ reference: 'TC99930001', amount: 1_000, status: 'paid' },
      ...{ transaction: undefined, bank: undefined, at: undefined },
    });
    const wide = Buffer.from(`\ufeff${toFile(head, line)}`, 'utf16le');
    assert.equal((await readFile(wide, { encoding: 'utf-16le' })).length, 1);
    const content = Buffer.from(toFile(head, line)).toString('base64');
    assert.equal((await readFile(JSON.stringify({ type: 1, content }), { form: 'base64' })).length, 1);
    await failsAs(
      'file-no-base64',
      readFile(JSON.stringify({ type: 1, content: `${content}!` }), { form: 'base64' }),
    );
  });

  it('8.11: a file beyond its bound is not read', async () => {
    await failsAs('answer-too-large', readFile('x'.repeat(2_000), { fileBytes: 1_024 }));
  });
});
