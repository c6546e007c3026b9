// INIT at the mock and before it: what is sent, what is refused without being sent, and how answers are read.
import assert from 'node:assert/strict';
import { SourceError } from '../../../adapters/adapter.ts';
import type { PaymentDemand } from '../../../adapters/payment-platform/index.ts';
import { type Bench, type Fields, openBench, toCall, toDemand, withFault } from './support.ts';

let bench: Bench;
before(async () => {
  bench = await openBench();
});
after(() => bench.close());

const create = (more: Partial<PaymentDemand>, over?: Fields) =>
  (over ? bench.open(over) : bench.platform).create(toDemand({ at: bench.at(), ...more }), toCall());

/** What the platform's journal keeps of an INIT. */
async function membersOf(reference: string): Promise<Fields> {
  const { entries } = await bench.control(`${bench.mock.journalUrl}?limit=1000`, undefined, 'GET');
  const effects = (entries as Fields[])
    .filter((entry) => entry['reference'] === reference)
    .map((entry) => (entry['effect'] ?? {}) as Fields);
  return effects.find(({ kind }) => kind === 'initialised')?.['members'] as Fields;
}

const isUnmapped =
  (code: string, party = 'caller') =>
  (error: unknown) => {
    assert(error instanceof SourceError);
    assert.deepEqual([error.kind, error.code, error.party], ['unmapped', code, party]);
    return true;
  };

describe('A demand at the payment platform', () => {
  it('8.1: is taken after 13:00 by a platform that reckons every proof again, in both forms of answer', async () => {
    for (const [reference, replyForm] of [
      ['TC99900101', 'plain'],
      ['TC99900102', 'wrapped'],
    ] as const) {
      await bench.control(bench.mock.settingsUrl, { replyForm }, 'PUT');
      const { value, trace } = await create({ reference }, { replyForm });
      assert(value.kind === 'url' && value.url.startsWith(bench.mock.url));
      assert.match(String(trace.answer?.sha256), /^[0-9a-f]{64}$/);
      assert.deepEqual([trace.source, trace.requestCode], ['payment-platform', 'test-exchange']);
    }
    await bench.control(bench.mock.settingsUrl, { replyForm: 'plain' }, 'PUT');
  });

  it('8.2: sent again it gets the same address; with other content it is refused', async () => {
    const first = await create({ reference: 'TC99900201' });
    const again = await create({ reference: 'TC99900201', at: new Date(bench.at().getTime() + 60_000) });
    assert.deepEqual(again.value, first.value);
    const other = await create({ reference: 'TC99900201', text: 'Nội dung khác' });
    assert.deepEqual(other.value, { kind: 'refused', code: '99' });
  });

  it('8.3: what cannot be said exactly is not sent, and the member is named', async () => {
    const { payer, lines } = toDemand();
    const [line] = lines;
    assert(line);
    const cases: readonly (readonly [Partial<PaymentDemand>, string])[] = [
      [{ amount: 150_001 }, 'not-the-sum-of-its-lines-SoTien'],
      [{ amount: 0, lines: [] }, 'no-VND-integer-SoTien'],
      [{ amount: 0.5, lines: [{ ...line, amount: 0.5 }] }, 'no-VND-integer-SoTien'],
      [{ lines: [] }, 'no-VND-integer-PhiLePhi.SoTien'],
      [
        {
          lines: [
            { ...line, amount: 200_000 },
            { ...line, amount: -50_000 },
          ],
        },
        'no-VND-integer-PhiLePhi.SoTien',
      ],
      [{ publicService: line, procedure: { code: '1', name: 'T'.repeat(501) } }, 'too-long-TenTTHC'],
      [{ text: 'T'.repeat(251) }, 'too-long-ThongTinGiaoDich'],
      [{ text: 'hai | phần' }, 'malformed-ThongTinGiaoDich'],
      [{ payer: { ...payer, identityNumber: '000000000' } }, 'malformed-SoCMNDNguoiNop'],
      [{ payer: { ...payer, name: ' ' } }, 'empty-HoTenNguoiNop'],
      [{ payer: { ...payer, name: 'Người\u0000Thử' } }, 'malformed-HoTenNguoiNop'],
      [{ payer: { ...payer, ip: 'localhost' } }, 'malformed-Ip'],
      [{ reference: 'tc1' }, 'malformed-MaThamChieu'],
    ];
    for (const [more, code] of cases)
      await assert.rejects(create({ reference: 'TC99900301', ...more }), isUnmapped(code), code);
  });

  it('8.3: a name of 495 letters arrives whole, and no identity number is invented', async () => {
    const name = 'Thủ tục '.repeat(62).trim();
    const payer = { ...toDemand().payer, identityNumber: undefined };
    await create({ reference: 'TC99900302', procedure: { code: '2.000488', name }, payer });
    const members = await membersOf('TC99900302');
    assert.equal(members['ThongTinBienLai.TenTTHC'], name);
    assert.equal(members['ThongTinBienLai.SoCMNDNguoiNop'], undefined);
  });

  it('8.1: the payer’s own address is sent as Ip, also of the sixth version', async () => {
    const payer = { ...toDemand().payer, ip: '2001:db8::10' };
    assert.equal((await create({ reference: 'TC99900103', payer })).value.kind, 'url');
  });

  it('8.4: a failure, and a success without an address, is a refusal with its code', async () => {
    const refuse = (fault: Fields) =>
      withFault(bench, { operations: ['INIT'], ...fault }, () => create({ reference: 'TC99900401' }));
    assert.deepEqual((await refuse({ mode: 'code', code: '17' })).value, { kind: 'refused', code: '17' });
    assert.deepEqual((await refuse({ mode: 'noUrl' })).value, { kind: 'refused', code: 'no-address' });
    await bench.control(bench.mock.settingsUrl, { replyForm: 'wrapped' }, 'PUT');
    const { value } = await create({ reference: 'TC99900201', text: 'Khác' }, { replyForm: 'wrapped' });
    await bench.control(bench.mock.settingsUrl, { replyForm: 'plain' }, 'PUT');
    assert.deepEqual(value, { kind: 'refused', code: '99' });
  });

  it('8.4: an outcome that is not known throws, and sent again the demand gets its address', async () => {
    const kinds = { errorAfter: 'unavailable', timeoutAfter: 'timeout', malformed: 'unreadable' } as const;
    for (const [mode, kind] of Object.entries(kinds)) {
      const failing = withFault(bench, { mode, delayMs: 10 }, () => create({ reference: 'TC99900402' }));
      await assert.rejects(failing, (error: SourceError) => error.kind === kind, mode);
    }
    assert.equal((await create({ reference: 'TC99900402' })).value.kind, 'url');
  });

  it('8.13: the account is the approved one, and no error or trace holds the secret or a person', async () => {
    await create({ reference: 'TC99901301' });
    assert.equal((await membersOf('TC99901301'))['ThongTinBienLai.TKThuHuong'], '999000111');
    const hang = withFault(bench, { mode: 'hang' }, () =>
      create({ reference: 'TC99901302' }, { callMs: 100 }),
    );
    const error = await hang.then(
      () => assert.fail('it was answered'),
      (failure: unknown) => failure,
    );
    assert(error instanceof SourceError && error.kind === 'timeout' && error.cause === undefined);
    const shown = `${JSON.stringify(error)} ${error.stack}`;
    assert.doesNotMatch(shown, /test-secret|Người Thử|999000000001|192\.0\.2\.10/);
  });

  it('8.14: HuyenNguoiNop follows the configured rule; a unit without a word is not guessed', async () => {
    const district = async (reference: string, rule: Fields | undefined) => {
      await create({ reference }, rule ? { district: rule } : {});
      return (await membersOf(reference))['ThongTinBienLai.HuyenNguoiNop'];
    };
    const values = { '000.00.01.H99': 'Không có cấp huyện' };
    assert.equal(await district('TC99901401', undefined), undefined);
    assert.equal(await district('TC99901402', { kind: 'fixed', value: 'Không còn' }), 'Không còn');
    assert.equal(await district('TC99901403', { kind: 'unit', values }), 'Không có cấp huyện');
    await assert.rejects(
      district('TC99901404', { kind: 'unit', values: { other: 'Khác' } }),
      isUnmapped('not-configured-HuyenNguoiNop', 'hub'),
    );
  });

  it('1.2: a fine has its decision and payment items, no fee lines', async () => {
    const kind = { code: 'GT', name: 'Giao thông' };
    const fine = {
      ...{ kind, agency: { code: 'CQ', name: 'Cơ quan thử' }, number: 'QD-1', day: '2025-11-01' },
      ...{ violatedAt: '2025-10-31T13:05:00+07:00', place: 'Nơi thử', violator: 'Người Thử' },
    };
    const { value } = await create({ reference: 'TC99900120', fine }, { returnField: 'UrlTraVe' });
    assert.equal(value.kind, 'url');
    const members = await membersOf('TC99900120');
    assert.deepEqual([members['ThongTinBienLai.MaDichVu'], members['ThongTinBienLai.PhiLePhi']], ['1', '[]']);
  });
});
