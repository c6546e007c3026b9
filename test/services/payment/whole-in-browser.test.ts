// A payer in a browser: pays on the bank's page and comes back, gives up, presses twice. The page that is come back to never
// changes a state; what the platform confirms does.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type Browser, chromium, type Page } from 'playwright-core';
import { until } from '../../support/embedded.ts';
import { freePort } from '../../support/sandbox-hub.ts';
import { type PaymentBench, startPaymentBench, toDemand } from './support.ts';

const program = '/usr/bin/chromium';
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];

/** The one-stop's page that payers come back to. */
async function startReturnPage(): Promise<{ readonly url: string; readonly server: Server }> {
  const port = await freePort();
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>Cảm ơn</h1>'),
  );
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port}/ket-qua`, server };
}

// Where there is no browser .ci/run says so; a test that is skipped would count as one.
if (existsSync(program))
  describe('A payer in Chromium', () => {
    let bench: PaymentBench;
    let browser: Browser;
    let back: Awaited<ReturnType<typeof startReturnPage>>;
    before(async () => {
      back = await startReturnPage();
      [bench, browser] = await Promise.all([
        startPaymentBench('payment-browser', { mock: { returnUrl: back.url, slowMs: 300 } }),
        chromium.launch({ executablePath: program, headless: true, args: flags }),
      ]);
    });
    after(async () => {
      await browser?.close();
      await bench?.close();
      back.server.closeAllConnections();
      back.server.close();
    });

    const create = async (): Promise<{ paymentId: string; reference: string; payUrl: string }> => {
      const { status, body } = await bench.create(toDemand());
      assert.equal(status, 201, JSON.stringify(body));
      return body;
    };
    const open = async (url: string): Promise<Page> => {
      const page = await browser.newPage();
      await page.goto(url);
      return page;
    };
    const press = (page: Page, name: string) => page.click(`button[value="${name}"]`);
    const stateOf = async (id: string): Promise<string> => (await bench.read(id)).body.payment.state;

    it('pays, comes back, and the receipt is there', async () => {
      const { paymentId, reference, payUrl } = await create();
      const page = await open(payUrl);
      assert.match((await page.textContent('dl')) ?? '', /150\.000 VND/);
      await press(page, 'success');
      await page.waitForURL(`${back.url}**`);
      assert.equal(new URL(page.url()).searchParams.get('MaThamChieu'), reference);
      await bench.becomes(paymentId, 'paid');
      await until(async () => (await bench.get(`/payments/${paymentId}/receipt`)).status === 200);
      const { url } = (await bench.get(`/payments/${paymentId}/receipt`)).body;
      assert.equal((await page.goto(url))?.status(), 200);
      await page.close();
    });

    it('8.6: comes back with whatever address, and nothing is paid by that', async () => {
      const { paymentId, reference } = await create();
      const page = await open(`${back.url}?MaThamChieu=${reference}&MaLoi=00`);
      assert.equal(await page.textContent('h1'), 'Cảm ơn');
      assert.equal(await stateOf(paymentId), 'waiting');
      await page.close();
    });

    it('gives up: the platform, asked, says that it failed, and the unit can demand anew', async () => {
      const demand = toDemand();
      const { body } = await bench.create(demand);
      const page = await open(body.payUrl);
      await press(page, 'abandon');
      await page.waitForURL(`${back.url}**`);
      assert.equal(await stateOf(body.paymentId), 'waiting');
      const path = `/payment/v1/payments/${body.paymentId}/queries`;
      const { body: after } = await bench.hub.call({ method: 'POST', path, unit: 'cq-03' });
      assert.equal(after.payment.state, 'failed');
      assert.equal((await bench.create(demand)).status, 201);
      await page.close();
    });

    it('presses in two windows at once: the money is taken once, and one outcome is told', async () => {
      const { paymentId, reference, payUrl } = await create();
      const windows = await Promise.all([open(payUrl), open(payUrl)]);
      await Promise.all(
        windows.map(async (page, index) => {
          await press(page, index === 0 ? 'slow' : 'success');
          await page.waitForLoadState();
        }),
      );
      await bench.becomes(paymentId, 'paid');
      const [row] = await bench.platform.payments(reference);
      assert.equal(row.taken, 150_000);
      assert.equal((await bench.read(paymentId)).body.states.length, 2);
      const { items } = (await bench.get('/outcomes?limit=200')).body;
      assert.equal(items.filter((one: { paymentId: string }) => one.paymentId === paymentId).length, 1);
      await Promise.all(windows.map((page) => page.close()));
    });
  });
