// CONFIRM in all its modes, the bank's page, the bill look-up and the daily file.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import {
  ask,
  type Bench,
  init,
  lines,
  partner,
  pay,
  row,
  secret,
  send,
  startBench,
  toHash,
  toStamp,
  until,
} from './client.ts';

const toSigned = ({ MaXacThuc: _checksum, ...fields }: object & { MaXacThuc?: unknown }) =>
  toHash([...Object.values(fields), secret]);

describe('the payment platform mock: what it sends', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench({ confirmAttempts: 3 });
  });
  after(() => bench.close());
  afterEach(() => {
    bench.gateway.answer = {};
  });

  const received = (reference: string) =>
    bench.gateway.confirms.filter((confirm) => String(confirm['MaThamChieu']).startsWith(reference));
  const press = (page: string, button: string): Promise<Response> =>
    fetch(page, { method: 'POST', body: new URLSearchParams({ 'ket-qua': button }), redirect: 'manual' });
  const paid = async (reference: string, more: object = {}) => {
    await init(bench, reference);
    return pay(bench, reference, { order: 'confirmFirst', ...more });
  };

  it('mock 7.4: shows what is to be paid in Vietnamese and without script', async () => {
    const response = await fetch(await init(bench, 'TC-PAGE', { ThongTinGiaoDich: '<b>phí</b>' }));
    const page = await response.text();
    assert.match(page, /<html lang="vi">[\s\S]*H36\.10-251123-0001[\s\S]*150\.000 VND[\s\S]*&lt;b&gt;phí/);
    assert.doesNotMatch(page, /<script/);
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  });

  it('mock 7.4: takes the money, tells the gateway and sends the user back; once', async () => {
    const page = await init(bench, 'TC-4');
    const [one, two] = await Promise.all([press(page, 'success'), press(page, 'slow')]);
    assert.deepEqual([one.status, two.status], [303, 409]);
    assert.match(
      one.headers.get('location') ?? '',
      /ket-qua\?kenh=dvc&MaThamChieu=TC-4&MaLoi=00&MaGiaoDich=GD\d{12}$/,
    );
    assert.match(await two.text(), /Đã thanh toán/);
    assert.equal((await row(bench, 'TC-4')).taken, 150_000);
    await until(() => received('TC-4').length === 1);
  });

  it('mock 7.4: fails, is given up, is slow', async () => {
    for (const [button, state, code] of [
      ['fail', 'failed', '99'],
      ['abandon', 'abandoned', '99'],
      ['slow', 'paid', '00'],
    ] as const) {
      const reference = `TC-4-${button}`;
      const back = await press(await init(bench, reference), button);
      assert.match(back.headers.get('location') ?? '', new RegExp(`MaLoi=${code}`));
      assert.equal((await row(bench, reference)).state, state);
    }
    await until(() => received('TC-4-fail').length === 1);
    assert.deepEqual([received('TC-4-fail')[0]?.['MaLoi'], received('TC-4-abandon')], ['99', []]);
  });

  it('mock 7.4: sends the user to the address that INIT named', async () => {
    const page = await init(bench, 'TC-4-BACK', { UrlTraVe: 'http://127.0.0.1:9/khac' });
    assert.match(
      (await press(page, 'success')).headers.get('location') ?? '',
      /^http:\/\/127\.0\.0\.1:9\/khac\?/,
    );
  });

  it('mock 7.5: sends a valid CONFIRM with an integer amount, or a text where wanted', async () => {
    await paid('TC-5');
    await paid('TC-5-TEXT', { amountForm: 'string' });
    const [confirm = {}] = received('TC-5');
    const { MaLoi, SoTien, MaDoiTac, ThongTinGiaoDich } = confirm;
    assert.deepEqual([MaLoi, SoTien, MaDoiTac], ['00', 150_000, partner]);
    assert.equal(ThongTinGiaoDich, 'Thanh toán lệ phí hồ sơ H36.10-251123-0001');
    assert.equal(confirm['MaXacThuc'], toSigned(confirm));
    assert.equal(received('TC-5-TEXT')[0]?.['SoTien'], '150000');
  });

  it('mock 7.5: forges a checksum, an amount, a reference and a partner, and sends each once', async () => {
    bench.gateway.answer = { MaLoi: '99' };
    for (const mode of ['badChecksum', 'changedAmount', 'unknownReference', 'wrongPartner'] as const) {
      const reference = `TC-5-${mode}`;
      await paid(reference, { mode });
      const [confirm = {}] = received(reference);
      assert.equal(confirm['MaXacThuc'] === toSigned(confirm), mode !== 'badChecksum');
      assert.equal(confirm['SoTien'] === 150_000, mode !== 'changedAmount');
      assert.equal(confirm['MaThamChieu'] === reference, mode !== 'unknownReference');
      assert.equal(confirm['MaDoiTac'] === partner, mode !== 'wrongPartner');
      assert.equal((await row(bench, reference)).confirms.length, 1);
    }
  });

  it('mock 7.5: sends it twice, late, as a failure, or not at all', async () => {
    await paid('TC-5-twice', { mode: 'twice' });
    await until(() => received('TC-5-twice').length === 2);
    await paid('TC-5-failed', { mode: 'failed' });
    assert.equal(received('TC-5-failed')[0]?.['MaLoi'], '99');
    await paid('TC-5-none', { mode: 'none' });
    await paid('TC-5-late', { mode: 'late', delayMs: 80, order: 'background' });
    assert.deepEqual([received('TC-5-late').length, received('TC-5-none').length], [0, 0]);
    await until(() => received('TC-5-late').length === 1);
    assert.equal((await row(bench, 'TC-5-none')).taken, 150_000);
  });

  it('mock 7.5: sends it before or after the user returns', async () => {
    for (const order of ['confirmFirst', 'returnFirst'] as const) {
      await send(bench.mock.settingsUrl, { confirmOrder: order }, 'PUT');
      const reference = `TC-5-${order}`;
      await press(await init(bench, reference), 'success');
      await until(() => received(reference).length === 1);
      const steps = (await row(bench, reference)).order.filter((step) => /^(returned|confirm)/.test(step));
      const expected = ['confirm:1', 'returned'];
      assert.deepEqual(steps, order === 'confirmFirst' ? expected : expected.toReversed());
    }
    await send(bench.mock.settingsUrl, { confirmOrder: 'background' }, 'PUT');
  });

  it('mock 7.5: repeats what was not answered by a signed 00, in growing pauses up to a limit', async () => {
    const wrong = [
      [{ MaLoi: '99' }, 'refused'],
      [{ secret: 'khac' }, 'badSignature'],
      [{ MaThamChieu: 'KHAC' }, 'otherPayment'],
      [{ status: 500 }, 'httpStatus'],
    ] as const;
    for (const [answer, verdict] of wrong) {
      bench.gateway.answer = answer;
      const reference = `TC-REPEAT-${verdict}`;
      await paid(reference);
      await until(async () => (await row(bench, reference)).confirms[2]?.['verdict'] === verdict);
      assert.equal(received(reference).length, 3);
    }
  });

  it('mock 7.5: sends whatever a test orders, and says how it was answered', async () => {
    await init(bench, 'TC-FORGED');
    const told = await send(bench.mock.confirmUrl, {
      reference: 'TC-FORGED',
      fields: { SoTien: 1, MaLoi: '00' },
    });
    const [confirm = {}] = received('TC-FORGED');
    assert.deepEqual(
      [told['verdict'], confirm['SoTien'], confirm['MaXacThuc']],
      ['accepted', 1, toSigned(confirm)],
    );
    const unsigned = await send(bench.mock.confirmUrl, {
      sign: false,
      fields: { MaThamChieu: 'TC-FORGED-2' },
    });
    assert.equal(unsigned['verdict'], 'accepted');
    assert.equal(received('TC-FORGED-2')[0]?.['MaXacThuc'], undefined);
    assert.equal((await row(bench, 'TC-FORGED')).taken, 0);
  });

  it('mock 7.8: asks for an unpaid bill and knows 0, 1 and -1', async () => {
    const dossier = 'H36.10-251123-0001';
    const answers = [
      [{ error_code: 0 }, 'none'],
      [{ error_code: '1', MaTraCuuTT: `${dossier}20251123141530` }, 'payable'],
      [{ error_code: -1 }, 'error'],
      [{ error_code: 1, MaTraCuuTT: 'KHAC20251123141530' }, 'unreadable'],
    ] as const;
    for (const [bill, verdict] of answers) {
      bench.gateway.bill = bill;
      assert.equal((await send(bench.mock.billUrl, { dossier }))['verdict'], verdict);
    }
    assert.deepEqual(bench.gateway.bills[0], { MaHoSo: dossier });
  });

  it('mock 7.10: takes money after a cancel and tells it', async () => {
    await init(bench, 'TC-CANCEL');
    assert.equal((await ask(bench, 'CANCEL', 'TC-CANCEL'))['MaLoi'], '00');
    assert.equal((await ask(bench, 'QUERY', 'TC-CANCEL'))['TrangThaiGD'], '4');
    await pay(bench, 'TC-CANCEL', { order: 'confirmFirst' });
    assert.equal(received('TC-CANCEL')[0]?.['MaLoi'], '00');
    const { state, isCancelled, order } = await row(bench, 'TC-CANCEL');
    assert.deepEqual(
      [state, isCancelled, order.slice(0, 3)],
      ['paid', true, ['initialised', 'cancelled', 'success']],
    );
  });

  it('mock 7.13: writes down every CONFIRM and its answer', async () => {
    bench.gateway.answer = { MaLoi: '99' };
    await paid('TC-JOURNAL', { mode: 'badChecksum' });
    const told = (await lines(bench)).filter((line) => line['reference'] === 'TC-JOURNAL').slice(-2);
    assert.deepEqual(
      told.map(({ event, verdict, code }) => [event, verdict, code]),
      [
        ['confirmSent', undefined, undefined],
        ['confirmAnswered', 'refused', '99'],
      ],
    );
  });

  it('mock 7.13: keeps a row a payment and counts', async () => {
    const { counts } = await send(`${bench.mock.journalUrl}?view=counts`, undefined, 'GET');
    const { payments, confirms, taken } = counts as {
      payments: Record<string, number>;
      confirms: Record<string, number>;
      taken: number;
    };
    assert.equal(taken, (payments['paid'] ?? 0) * 150_000);
    assert.ok((confirms['accepted'] ?? 0) > 0 && (confirms['refused'] ?? 0) > 0);
  });

  describe('the daily file', () => {
    const date = '20251122';
    const ofFile = async (day = date): Promise<readonly string[]> => {
      const fields = { MaDoiTac: partner, NgayDoiSoat: day, ThoiGianGD: toStamp(bench.now()) };
      const query = new URLSearchParams({ ...fields, MaXacThuc: toHash([...Object.values(fields), secret]) });
      const response = await fetch(`${bench.mock.reconciliationFileUrl}?${query}`);
      return (await response.text()).split('\n');
    };
    before(async () => {
      // The first and the last second of the local day, and the second after it.
      for (const [name, paidAt] of [
        ['A', '2025-11-21T17:00:00Z'],
        ['B', '2025-11-22T16:59:59Z'],
        ['C', '2025-11-22T17:00:00Z'],
      ]) {
        await init(bench, `DS-${name}`);
        await pay(bench, `DS-${name}`, { paidAt, mode: 'none' });
      }
    });

    it('mock 7.9: holds what was really paid that local day, from the next day on', async () => {
      const [header, ...rows] = await ofFile();
      assert.equal(header, 'MaGiaoDich|MaThamChieu|SoTien|ThoiGianGD|TrangThai|MaNganHang');
      assert.match(rows[0] ?? '', /^GD\d{12}\|DS-A\|150000\|20251122000000\|1\|TESTBANK$/);
      assert.match(rows[1] ?? '', /\|DS-B\|150000\|20251122235959\|1\|/);
      assert.deepEqual(rows.slice(2), ['']);
      assert.match((await ofFile('20251123'))[0] ?? '', /"MaLoi":"99"/);
    });

    it('mock 7.9: differs where a test wants it to, in every way', async () => {
      const differences = [
        { kind: 'onlyTheirs', reference: 'DS-THEIRS', amount: 70_000 },
        { kind: 'missing', reference: 'DS-A' },
        { kind: 'amount', reference: 'DS-B', amount: 15_000 },
        { kind: 'status', reference: 'DS-B', status: '4' },
      ];
      await send(bench.mock.reconciliationUrl, { date, differences }, 'PUT');
      const rows = (await ofFile()).slice(1, -1).map((line) => line.split('|').slice(1, 5));
      assert.deepEqual(rows, [
        ['DS-B', '15000', '20251122235959', '4'],
        ['DS-THEIRS', '70000', '20251122120000', '1'],
      ]);
      await send(bench.mock.reconciliationUrl, undefined, 'DELETE');
      assert.match((await ofFile()).join(), /DS-A\|150000.*DS-B\|150000/);
    });

    it('mock 7.9: is refused without a good checksum', async () => {
      const query = new URLSearchParams({
        MaDoiTac: partner,
        NgayDoiSoat: date,
        ThoiGianGD: toStamp(bench.now()),
        MaXacThuc: 'x',
      });
      assert.equal((await fetch(`${bench.mock.reconciliationFileUrl}?${query}`)).status, 403);
    });
  });
});
