// The fault switch of the mock, mode by mode.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { login, openPortal, type Portal, post, toDossier, unit } from './client.ts';

describe('the portal mock: faults', () => {
  let portal: Portal;
  let session: string | undefined;
  before(async () => {
    portal = await openPortal();
    session = (await login(portal.mock)).session;
  });
  after(() => portal.close());
  const push = (dossier: object, waitMs = 5_000): Promise<Response> =>
    fetch(portal.mock.integrationUrl, {
      method: 'POST',
      body: JSON.stringify({
        ...{ session, madonvi: unit, service: 'DongBoHoSoMC', isUpdating: 'False' },
        data: [dossier],
      }),
      signal: AbortSignal.timeout(waitMs),
    });
  const isHeld = async ({ MaHoSo }: { MaHoSo: string }): Promise<boolean> =>
    (await fetch(`${portal.mock.dossiersUrl}?code=${MaHoSo}`)).status === 200;
  const failing = async (fault: object, waitMs?: number) => {
    const dossier = toDossier();
    await portal.setFault({ count: 1, ...fault });
    const answer = await push(dossier, waitMs).catch(() => undefined);
    const text = await answer?.text();
    return { status: answer?.status, headers: answer?.headers, text, isHeld: await isHeld(dossier) };
  };

  it('10.13 answers late, 60 seconds unless told otherwise', async () => {
    const startMs = performance.now();
    const { status } = await failing({ mode: 'slow', delayMs: 60 });
    assert.equal(status, 200);
    assert.ok(performance.now() - startMs >= 55);
    const { status: none, isHeld } = await failing({ mode: 'slow' }, 100);
    assert.deepEqual([none, isHeld], [undefined, true]);
  });

  it('10.13 answers 502 with an HTML page, before or after it stored', async () => {
    for (const [mode, stored] of [
      ['html', false],
      ['htmlAfter', true],
    ] as const) {
      const { status, text, isHeld } = await failing({ mode });
      assert.deepEqual([status, isHeld], [502, stored]);
      assert.match(text ?? '', /^<html>/);
    }
  });

  it('10.13 a time-out before commit stores nothing, one after commit has stored', async () => {
    for (const [mode, stored] of [
      ['timeoutBefore', false],
      ['timeoutAfter', true],
    ] as const) {
      const { status, isHeld } = await failing({ mode, delayMs: 20 });
      assert.deepEqual([status, isHeld], [undefined, stored]);
    }
    assert.equal((await failing({ mode: 'hang' }, 60)).isHeld, false);
  });

  it('10.13 answers 429 with and without Retry-After', async () => {
    const withIt = await failing({ mode: 'tooMany', retryAfterSeconds: 7 });
    assert.deepEqual([withIt.status, withIt.headers?.get('retry-after'), withIt.isHeld], [429, '7', false]);
    const without = await failing({ mode: 'tooMany' });
    assert.deepEqual([without.status, without.headers?.get('retry-after')], [429, null]);
  });

  it('10.13 tells of maintenance as a text or as error_code -1, both with 200', async () => {
    const text = await failing({ mode: 'maintenance' });
    assert.match(text.text ?? '', /^Hệ thống đang bảo trì/);
    const json = await failing({ mode: 'maintenance', shape: 'json' });
    assert.match(json.text ?? '', /^\{"error_code":-1,"message":"Hệ thống đang bảo trì/);
    assert.deepEqual([text.status, json.status, text.isHeld, json.isHeld], [200, 200, false, false]);
  });

  it('10.13 answers malformed and truncated JSON of what it stored', async () => {
    for (const mode of ['malformed', 'truncated']) {
      const { status, text = '', isHeld } = await failing({ mode });
      assert.deepEqual([status, isHeld], [200, true]);
      assert.throws(() => JSON.parse(text));
    }
  });

  it('10.13 answers any error_code', async () => {
    const { text, isHeld } = await failing({ mode: 'code', code: -99 });
    assert.match(text ?? '', /"error_code":-99/);
    assert.equal(isHeld, false);
  });

  it('10.13 hits the services, units, generations and shares that a rule names, the same for the same seed', async () => {
    await portal.setFault({ mode: 'code', services: ['TraCuuHoSo'], units: ['H99.11'], generations: ['A'] });
    const look = async (madonvi: string) =>
      (await portal.integrate('TraCuuHoSo', { madonvi, mahoso: 'x' })).error_code;
    assert.deepEqual([await look(unit), await look('H99.11')], [0, -1]);
    assert.equal((await push(toDossier())).status, 200);
    const sample = async () => {
      await portal.setFault({ mode: 'code', services: ['TraCuuHoSo'], probability: 0.5, seed: 7 });
      const codes: unknown[] = [];
      for (let turn = 0; turn < 12; turn += 1) codes.push(await look(unit));
      return codes;
    };
    const first = await sample();
    assert.deepEqual(await sample(), first);
    assert.equal(new Set(first).size, 2);
    await portal.setFault();
    assert.equal((await post(portal.mock.createUrl, [toDossier()])).error_code, 0);
  });
});
