// KeyPay, PayGov and the bank's API, where they are configured; the base64 form of the daily file.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { type Bench, type Fields, pay, row, send, startBench, until } from './client.ts';

const hmac = (text: string, key: string): string => createHmac('sha256', key).update(text).digest('hex');
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the payment platform mock: other faces', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench({
      keyPay: { clientId: 'TEST-CLIENT', hashKey1: 'test-secret-1', hashKey2: 'test-secret-2' },
      payGov: { partnerCode: 'P1', accessKey: 'K1', secret: 'gov-secret', urlForm: 'data.url' },
      gatewayAccount: { user: 'nen-tang', secret: 'mat-khau' },
      bankFace: { secret: 'bank-secret' },
      ...{ reconciliationForm: 'base64', reconciliationSigned: false, reconciliationEarly: true },
    });
  });
  after(() => bench.close());

  const toKeyPay = (transaction_id: string, more: Fields = {}): Fields => {
    const fields = {
      ...{ client_id: 'TEST-CLIENT', transaction_id, trans_amount: '150000', command: 'PAY', version: '3.0' },
      ...{ addition_fee: '0', bill_info: 'Phi', return_url: 'http://127.0.0.1:9/keypay' },
    };
    const check_sum = hmac(`0|TEST-CLIENT|PAY|150000|${transaction_id}|3.0`, 'test-secret-1');
    return { ...fields, check_sum, ...more };
  };

  it('mock 7.12: takes a KeyPay request by hash key 1 and calls back by hash key 2', async () => {
    const { return_code, url } = await send(`${bench.mock.url}/keypay`, toKeyPay('TX999000000000000001'));
    assert.equal(return_code, '0');
    assert.equal((await fetch(String(url))).status, 200);
    const { returnUrl } = await pay(bench, 'TX999000000000000001');
    const told = Object.fromEntries(new URL(String(returnUrl)).searchParams);
    const text = `TEST-CLIENT|PAY|0|150000|TX999000000000000001|3.0`;
    assert.deepEqual([told['status'], told['check_sum']], ['0', hmac(text, 'test-secret-2')]);
    await until(
      async () => (await row(bench, 'TX999000000000000001')).confirms[0]?.['verdict'] === 'accepted',
    );
    const [confirm = {}] = bench.gateway.confirms;
    assert.equal(confirm['check_sum'], told['check_sum']);
    assert.deepEqual(bench.gateway.accounts, [`Basic ${btoa('nen-tang:mat-khau')}`]);
  });

  it('mock 7.12: refuses a KeyPay request with a wrong checksum, client or length', async () => {
    const wrong = [
      toKeyPay('TX1', { check_sum: 'x' }),
      toKeyPay('TX1', { client_id: 'X' }),
      toKeyPay('T'.repeat(21)),
    ];
    for (const fields of wrong)
      assert.equal((await send(`${bench.mock.url}/keypay`, fields))['return_code'], '99');
  });

  it('mock 7.12: speaks PayGov: address, return, its check, receipt', async () => {
    const who = { partnerCode: 'P1', accessKey: 'K1', orderId: 'PG-1' };
    const order = { ...who, amount: 150_000, orderInfo: 'Phi', returnUrl: 'http://127.0.0.1:9/paygov' };
    const opened = await send(`${bench.mock.url}/paygov/init`, order);
    assert.match((opened['data'] as { url: string }).url, /thanh-toan/);
    const { returnUrl } = await pay(bench, 'PG-1');
    const back = Object.fromEntries(new URL(String(returnUrl)).searchParams);
    const check = (fields: object) => send(`${bench.mock.url}/paygov/CheckSumUrlReturn`, fields);
    assert.equal((await check(back))['error_code'], 'SUCCESSFUL');
    assert.equal((await check({ ...back, amount: '1' }))['error_code'], 'FAILED');
    const asked = { ...who, paids: 'W10=', otherInfo: 'e30=', decisionDate: '23-11-2025' };
    const checksum = sha('gov-secretP1K1W10=e30=23-11-2025');
    const receipt = await send(`${bench.mock.url}/paygov/receipt`, { ...asked, checksum });
    assert.equal(
      (await fetch(String(receipt['transactionReceipt']))).headers.get('content-type'),
      'application/pdf',
    );
  });

  const create = async (requestId: string, body: object) => {
    const response = await fetch(`${bench.mock.url}/bank/payments`, {
      ...{ method: 'POST', body: JSON.stringify(body) },
      headers: { 'x-request-id': requestId },
    });
    const text = await response.text();
    assert.equal(response.headers.get('x-request-signature'), hmac(text, 'bank-secret'));
    return { ...(JSON.parse(text) as Fields), status: response.status };
  };

  it('mock 7.12: takes x-request-id as the idempotency key, and one active bill only', async () => {
    const bill = { MaHoaDon: 'HD-1', SoTien: 150_000, NoiDung: 'Phi' };
    const [one, two] = await Promise.all([create('REQ-1', bill), create('REQ-1', bill)]);
    assert.deepEqual([one.status, two], [200, one]);
    assert.equal((await create('REQ-1', { ...bill, SoTien: 1 })).status, 409);
    assert.equal((await create('REQ-2', bill)).status, 409);
    await pay(bench, 'REQ-1');
    assert.equal((await create('REQ-3', bill)).status, 409);
    const at = `${bench.mock.url}/bank/payments/HD-1`;
    assert.equal((await fetch(at)).headers.has('x-request-signature'), true);
    assert.equal((await send(`${at}/refund`, {}))['refund'], 'SUCCESS');
    assert.equal((await row(bench, 'REQ-1')).state, 'refunded');
  });

  it('mock 7.12: hands out the daily file in base64', async () => {
    const { type, content } = await send(
      `${bench.mock.reconciliationFileUrl}?NgayDoiSoat=20251123`,
      undefined,
      'GET',
    );
    assert.equal(type, 1);
    assert.match(
      Buffer.from(String(content), 'base64').toString('utf8'),
      /^MaGiaoDich\|.*\n(.*\n)*.*\|TX999000000000000001\|/,
    );
  });
});
