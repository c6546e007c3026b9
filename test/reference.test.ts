// The API reference as a browser shows it: everything from this origin, nothing inline, every operation visible.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import request from 'supertest';
import { extensions } from '../src/reference/extensions.ts';
import { startTestHub, type TestHub } from './support/sandbox-hub.ts';

const program = '/usr/bin/chromium';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What a page did that it must not do. */
interface Watched {
  readonly said: string[];
  readonly elsewhere: string[];
}

describe('The API reference', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub('reference');
  });
  after(() => hub.stop());

  const get = (path: string) => request(hub.url).get(path);
  const services = async (): Promise<string[]> => {
    const { text } = await get('/reference');
    return [...text.matchAll(/href="\/reference\/([a-z-]+\.v\d+)"/g)].map(([, name = '']) => name);
  };

  it('lists every contract with its page and its document', async () => {
    const names = await services();
    assert.ok(names.includes('population.v1') && names.includes('evidence.v1'));
    for (const name of names) {
      await get(`/reference/${name}`)
        .expect(200)
        .expect('content-type', /^text\/html/);
      await get(`/reference/${name}.json`)
        .expect(200)
        .expect('content-type', /^application\/json/);
    }
  });

  it('leads to the list from its address with a slash', () =>
    get('/reference/').expect(308).expect('location', '/reference'));

  it('gives documents that stand alone and name the public address, whatever Host says', async () => {
    for (const name of await services()) {
      const { body } = await get(`/reference/${name}.json`).set('host', 'evil.example');
      assert.equal(body.servers[0].url, `${hub.url}/${name.replace('.', '/')}`);
      assert.doesNotMatch(JSON.stringify(body), /common\.yaml|evil/);
      assert.ok(body.components.schemas.Problem);
    }
  });

  it('explains every x- member that a contract has', async () => {
    const { text: list } = await get('/reference');
    for (const name of await services()) {
      const { text } = await get(`/reference/${name}.json`);
      for (const [, member = ''] of text.matchAll(/"(x-[a-z-]+)":/g))
        assert.ok(member in extensions && list.includes(`<code>${member}</code>`), `${name}: ${member}`);
    }
  });

  it('tells of the test people without the secret address of the mock', async () => {
    const { text } = await get('/reference');
    assert.match(text, /docs\/test-people\.md/);
    assert.doesNotMatch(text, /\/people"/);
  });

  it('serves the files that its pages name and no other', async () => {
    for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js', 'style.css'])
      await get(`/reference/files/${name}`).expect(200).expect('x-content-type-options', 'nosniff');
    for (const name of [
      'index.html',
      'package.json',
      'swagger-ui-bundle.js.map',
      '__proto__',
      'constructor',
      '..',
    ])
      await get(`/reference/files/${name}`).expect(404);
    for (const path of ['/reference/none.v1', '/reference/none.v1.json']) await get(path).expect(404);
  });

  it('lets nothing inline or from elsewhere run', async () => {
    for (const path of ['/reference', '/reference/population.v1']) {
      const { headers, text } = await get(path);
      const policy = headers['content-security-policy'] ?? '';
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
      assert.doesNotMatch(policy, /unsafe|http|\*/);
      assert.doesNotMatch(text, /<script(?! src="\/)|<style|\son\w+=|https?:\/\//);
    }
  });

  // Where there is no browser .ci/run says so; a test that is skipped would count as one.
  if (existsSync(program))
    describe('in Chromium', () => {
      let browser: Browser;
      before(async () => {
        browser = await chromium.launch({ executablePath: program, headless: true, args: flags });
      });
      after(() => browser.close());

      async function open(path: string) {
        const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
        const watched: Watched = { said: [], elsewhere: [] };
        page.on('console', (message) => {
          if (['error', 'warning'].includes(message.type())) watched.said.push(message.text());
        });
        page.on('pageerror', (error) => watched.said.push(error.message));
        page.on('request', (sent) => {
          const url = sent.url();
          if (!url.startsWith(`${hub.url}/`) && !url.startsWith('data:')) watched.elsewhere.push(url);
        });
        await page.goto(`${hub.url}${path}`);
        return { page, watched };
      }

      it('shows every operation of every contract, quietly and from this origin only', async () => {
        for (const name of await services()) {
          const { page, watched } = await open(`/reference/${name}`);
          const { body } = await get(`/reference/${name}.json`);
          const ids = Object.values<Record<string, { operationId?: string }>>(body.paths).flatMap((item) =>
            Object.values(item).flatMap(({ operationId }) => operationId ?? []),
          );
          for (const id of ids) await page.locator(`[id$="-${id}"]`).waitFor();
          for (const hidden of await page.locator('.authorize, .authorization__btn').all())
            assert.equal(await hidden.isVisible(), false);
          assert.equal(await page.locator('[id="operations-tag-default"]').count(), 0);
          await page.locator('.opblock-summary-control').first().click();
          await page.locator('.opblock-body').first().waitFor();
          const shot = process.env['REFERENCE_SHOT'];
          if (shot) await page.screenshot({ path: `${shot}/${name}.png`, fullPage: true });
          assert.deepEqual(watched, { said: [], elsewhere: [] }, name);
          await page.close();
        }
      });

      it('shows the list, from which each contract can be reached', async () => {
        const { page, watched } = await open('/reference');
        const shot = process.env['REFERENCE_SHOT'];
        if (shot) await page.screenshot({ path: `${shot}/list.png` });
        await page
          .getByRole('link', { name: /Population|dân cư/ })
          .first()
          .click();
        await page.locator('[id$="-lookUpCitizen"]').waitFor();
        assert.deepEqual(watched, { said: [], elsewhere: [] });
        await page.close();
      });
    });
});
