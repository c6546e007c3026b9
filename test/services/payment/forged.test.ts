// Forged, altered and replayed confirmations: 100,000 as the adapter reads them, a sample of them as the service takes them in.
// None has an effect.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { openPlatform, partner, startLedgerBench, toConfirm } from './bench.ts';

const forgedCount = 100_000;
const sampleEvery = 500;

type Body = Readonly<Record<string, unknown>>;

/** Between 0 and 1, the same in every run. Source: Numerical Recipes §7.1, the linear congruential generator */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const hash = (text: string, algorithm = 'sha256'): string => createHash(algorithm).update(text).digest('hex');

describe('Forged confirmations', function () {
  this.timeout(60_000);
  const random = createRandom(8_005);
  const platform = openPlatform();
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] ?? assert.fail();
  let bench: Awaited<ReturnType<typeof startLedgerBench>>;
  let references: readonly string[];
  let taken: Body;

  before(async () => {
    bench = await startLedgerBench();
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push(await bench.make());
    references = made.map(({ reference }) => reference);
    taken = toConfirm(references[0] ?? '');
    assert.deepEqual(await bench.confirm(taken), ['00', 'accepted']);
  });
  after(() => bench.stop());

  /** Ways in which a confirmation that the platform never said could look like one; `good` is one that it said. */
  const forgeries: readonly ((good: Record<string, string | number>, n: number) => Body)[] = [
    (good, n) => ({ ...good, SoTien: Number(good['SoTien']) + 1 + n }),
    (good, n) => ({ ...good, MaGiaoDich: `GX${n}` }),
    (good) => ({ ...good, MaThamChieu: pick(references.filter((one) => one !== good['MaThamChieu'])) }),
    (good) => ({ ...good, MaLoi: '01' }),
    (good, n) => ({ ...good, ThoiGianGD: `2025112315${String(n % 3600).padStart(4, '0')}` }),
    (good) => ({ ...good, ThongTinGiaoDich: `${good['ThongTinGiaoDich']} ` }),
    (good) => ({ ...good, MaTienTe: 'USD' }),
    (good) => ({ ...good, MaDoiTac: 'OTHER-PARTNER' }),
    (good, n) => toConfirm(String(good['MaThamChieu']), { MaGiaoDich: `GD${n}` }, `guess-${n}`),
    (good) => toConfirm(String(good['MaThamChieu']), { MaDoiTac: 'OTHER-PARTNER' }),
    (good) => toConfirm(String(good['MaThamChieu']), { LoaiBanTin: 'QUERY' }),
    (good) => ({ ...good, MaXacThuc: String(good['MaXacThuc']).toUpperCase() }),
    (good, n) => ({ ...good, MaXacThuc: hash(`${n}`) }),
    (good) => ({ ...good, MaXacThuc: hash(Object.values(good).slice(0, -1).join('|')) }),
    (good) => ({ ...good, MaXacThuc: hash([partner.secret, ...Object.values(good).slice(0, -1)].join('|')) }),
    (good) => ({ ...good, MaXacThuc: hash(Object.values(good).join('|'), 'md5') }),
    (good) => ({ ...good, MaXacThuc: '' }),
    (good) => ({ ...good, MaXacThuc: [good['MaXacThuc']] }),
    // A separator inside a member moves the border between two of them without changing what is hashed.
    (good) => ({ ...good, MaNganHang: `TESTBANK|${good['ThoiGianGD']}`, ThoiGianGD: '' }),
    (good) => ({ ...good, SoTien: `${good['SoTien']}.0` }),
    (good) => ({ ...good, SoTien: ` ${good['SoTien']}` }),
    (good) => ({ ...good, SoTien: null }),
    (good, n) => Object.fromEntries(Object.entries(good).filter((_, place) => place !== n % 11)),
    () => pick([{}, { MaLoi: '00' }, { MaXacThuc: { length: 64 } }, { __proto__: taken }]),
  ];

  const makeForged = (n: number): Body => {
    const good = toConfirm(pick(references), { MaGiaoDich: `GD${n}` });
    const forge = forgeries[n % forgeries.length] ?? assert.fail();
    return forge(good, n);
  };

  const count = () =>
    bench.row(`SELECT (SELECT count(*)::int FROM payment_state_change) AS changes,
      (SELECT count(*)::int FROM payment_exception) AS exceptions, (SELECT count(*)::int FROM payment_outcome) AS outcomes,
      (SELECT count(*)::int FROM delivery) AS deliveries, (SELECT count(*)::int FROM entry) AS entries,
      (SELECT count(*)::int FROM payment_message WHERE outcome = 'verified') AS verified,
      (SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM payment p) AS payments`);

  it(`8.5: of ${forgedCount} forged or altered ones none is taken for the platform's word`, () => {
    for (let n = 0; n < forgedCount; n += 1) {
      const body = makeForged(n);
      if (platform.readConfirmation(body).kind !== 'refused')
        assert.fail(`forgery ${n % forgeries.length} was taken: ${Object.keys(body)}`);
    }
  });

  it('8.5: a sample of them, taken in by the service, moves no row; each is answered by 99', async () => {
    const before = await count();
    for (let n = 0; n < forgedCount; n += sampleEvery + 1) {
      const [code, result] = await bench.confirm(makeForged(n));
      assert.equal(code, '99');
      assert.match(result, /^refused /);
    }
    assert.deepEqual(await count(), before);
  });

  it('8.5: replayed, with whatever else in its body, it is answered by 00 and moves no row', async () => {
    const before = await count();
    for (let n = 0; n < 100; n += 1) {
      const more = n % 3 === 0 ? {} : { [`Them${n}`]: n };
      const sent =
        n % 2 === 0 ? { ...taken, ...more } : { ...more, ...taken, SoTien: String(taken['SoTien']) };
      assert.deepEqual(await bench.confirm(sent), ['00', 'repeated']);
    }
    assert.deepEqual(await count(), before);
  });

  it('8.5: twice at once, it has one effect', async () => {
    const body = toConfirm(references[1] ?? '');
    const answers = await Promise.all(Array.from({ length: 8 }, () => bench.confirm(body)));
    assert.deepEqual(
      answers.map(([code]) => code),
      Array(8).fill('00'),
    );
    assert.equal(answers.filter(([, result]) => result === 'accepted').length, 1);
  });
});
