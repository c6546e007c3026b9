// Look-ups, dictionaries, failures of an answer and generation B's variants.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SourceError } from '../../../adapters/adapter.ts';
import { isPassing, type PortalEntry, type PortalList, toAfterMs } from '../../../adapters/portal/index.ts';
import { account } from '../../mocks/portal/client.ts';
import { type Bench, nextCode, openBench, pushOne, toCall, toDossier, toLine, toPush } from './support.ts';

describe('portal adapter: reading', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench({ pageMost: 30 });
  });
  after(() => bench.close());
  beforeEach(() => bench.setFault());

  async function readAll(list: PortalList, portal = bench.portal): Promise<readonly PortalEntry[]> {
    const entries: PortalEntry[] = [];
    for (let page = 1; page < 20; page += 1) {
      const { value } = await portal.readPage(list, page, toCall());
      entries.push(...value.entries);
      if (value.isLast) return entries;
    }
    throw new Error('no last page');
  }

  it('11.8 the lists are read to their ends in pages, whatever size of page the portal allows', async () => {
    const [procedures, agencies] = [await readAll('procedure'), await readAll('agency')];
    assert.equal(new Set(procedures.map(({ code }) => code)).size, 40);
    assert.equal(agencies.length, 120);
    assert.deepEqual(agencies[0], {
      ...{ code: 'H99', name: 'Ủy ban nhân dân tỉnh Thử nghiệm', level: '1' },
      ...{ parent: undefined, content: undefined },
    });
    assert.ok((await readAll('field')).every(({ parent }) => parent !== undefined));
    assert.ok((await readAll('result-paper')).length >= 40);
  });

  it('11.8 a procedure says its steps, channels, papers, results and bases', async () => {
    const content = (await bench.portal.readProcedure('1.900002', toCall())).value;
    const [listed] = (await readAll('procedure')).filter(({ code }) => code === '1.900002');
    assert.deepEqual(listed?.content, content);
    assert.ok(content.fields[0] && content.agency && content.requirements);
    assert.ok(content.cases[0]?.name && content.cases[0].steps.length >= 3);
    assert.equal(content.channels[0]?.channel, 'direct');
    assert.ok(content.channels[0]?.times[0]?.duration);
    assert.ok(
      content.papers[0]?.papers[0]?.code && content.results[0]?.code && content.legalBases[0]?.number,
    );
  });

  it('11.8 rows without a code are counted, and codes of odd forms are kept as they are', async () => {
    await bench.changeCatalogue({ dirty: true });
    let unreadable = 0;
    for (let page = 1; page <= 5; page += 1)
      unreadable += (await bench.portal.readPage('agency', page, toCall())).value.unreadable;
    const codes = (await readAll('agency')).map(({ code }) => code);
    await bench.changeCatalogue({ dirty: false });
    assert.equal(unreadable, 2);
    assert.ok(codes.includes('01.H99#79.H99') && codes.includes('000.1137.H99'));
  });

  it('11.8 a look-up is understood in any case of its names, and says only what differs', async () => {
    for (const answerCase of ['lower', 'upper', 'asReceived'] as const) {
      const other = await openBench({ answerCase });
      const finished = toDossier({
        status: 9,
        finishedAt: '2025-11-23T17:00:00+07:00',
        dueAt: '2025-11-30T10:00:00Z',
      });
      const { code } = await pushOne(other, { dossier: finished });
      await other.portal.pushProgress(code, [toLine()], toCall());
      const said = { ...finished, status: 10, owner: { name: 'Trần Thị Thử', kind: 'citizen' as const } };
      const { value } = await other.portal.lookUp(code, toCall(), said);
      await other.close();
      assert.deepEqual(value, {
        ...{ isKnown: true, status: 9, procedureCode: '1.900002' },
        receivedAt: '2025-11-23T08:00:00+07:00',
        dueAt: '2025-11-30T17:00:00+07:00',
        finishedAt: '2025-11-23T17:00:00+07:00',
        progress: [toLine()],
        differs: ['/owner/name', '/status'],
      });
    }
  });

  it('11.10 an unknown dossier is known to be so by an empty result, or by the code that configuration names', async () => {
    assert.deepEqual((await bench.portal.lookUp(nextCode(), toCall())).value, { isKnown: false });
    const other = await openBench({ lookMiss: 'error', codes: { unknown: -5 } });
    await assert.rejects(other.portal.lookUp(nextCode(), toCall()), { kind: 'refused', code: 'error--5' });
    const told = other.open({ lookUpMissCodes: ['-5'] });
    assert.deepEqual((await told.lookUp(nextCode(), toCall())).value, { isKnown: false });
    await other.close();
  });

  it('11.11 pages of HTML, 429, maintenance, broken JSON and silence each have a kind and a code', async () => {
    const table = [
      [{ mode: 'html' }, 'unavailable', 'http-502'],
      [{ mode: 'html', httpStatus: 200 }, 'unavailable', 'html'],
      [{ mode: 'tooMany' }, 'unavailable', 'http-429'],
      [{ mode: 'maintenance', shape: 'text' }, 'unavailable', 'maintenance'],
      [{ mode: 'maintenance', shape: 'json' }, 'unavailable', 'maintenance'],
      [{ mode: 'malformed' }, 'unreadable', 'not-json'],
      [{ mode: 'truncated' }, 'unreadable', 'not-json'],
      [{ mode: 'hang' }, 'timeout', 'call-timeout'],
    ] as const;
    for (const [fault, kind, code] of table) {
      await bench.setFault({ ...fault, services: ['TraCuuHoSo'] });
      await assert.rejects(bench.portal.lookUp(nextCode(), toCall()), (error: unknown) => {
        assert.ok(error instanceof SourceError && isPassing(error), fault.mode);
        assert.deepEqual([error.kind, error.code, error.source], [kind, code, 'portal']);
        assert.equal(toAfterMs(error), undefined);
        return true;
      });
    }
  });

  it('11.11 an error holds nothing of a record but digests', async () => {
    await bench.setFault({ mode: 'malformed', services: ['DongBoHoSoMC'] });
    const push = toPush();
    const { value, traces } = await bench.portal.push([push], toCall());
    const shown =
      JSON.stringify([value, traces]) + String(value[0]?.kind === 'unknown' && value[0].because?.stack);
    assert.ok(!shown.includes('Nguyễn') && !shown.includes(push.code) && !shown.includes(account.password));
    assert.ok(traces.every(({ request, answer }) => request.sha256.length === 64 && answer));
  });

  it('11.11 a portal that cannot be reached is no time-out: nothing was sent', async () => {
    const gone = await openBench();
    const portal = gone.open({});
    await gone.close();
    const other = bench.open({ authUrl: 'http://127.0.0.1:9/auth', integrationUrl: 'http://127.0.0.1:9/i' });
    await assert.rejects(other.push([toPush()], toCall()), { kind: 'unreachable' });
    await portal.close();
  });
});

/** A source that answers every POST by what the test makes of its path and body. */
async function openPuppet(
  answer: (path: string, body: string) => object,
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString('utf8');
    });
    request.on('end', () => response.end(JSON.stringify(answer(request.url ?? '', body))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('portal adapter: generation B without another face', () => {
  it('11.13 the query-string variant names unit and flag in the address, and there is no look-up', async () => {
    const seen: string[] = [];
    const { url, server } = await openPuppet((path) => {
      seen.push(path);
      return { error_code: path.includes('False') ? '3' : '00', message: 'không thành công' };
    });
    const bench = await openBench();
    const urls = { authUrl: undefined, integrationUrl: undefined, shareUrl: undefined };
    const portal = bench.open({ ...urls, generation: 'B', queryUrl: `${url}/api/SynsTTHCC/DongBoHoSoMC` });
    assert.ok(!portal.canLookUp && !portal.hasCatalogue);
    const { value } = await portal.push([toPush({ isAtPortal: undefined })], toCall());
    await assert.rejects(portal.lookUp(nextCode(), toCall()), { kind: 'unmapped', party: 'hub' });
    await bench.close();
    server.close();
    assert.deepEqual(value, [{ kind: 'done', did: 'updated' }]);
    const path = '/api/SynsTTHCC/DongBoHoSoMC?MaDinhDanhDV=H99.10&isUpdating=';
    assert.deepEqual(seen, [`${path}False`, `${path}True`]);
  });

  it('11.14 a batch that is refused without a word on its records is sent again one by one', async () => {
    const { url, server } = await openPuppet((_path, body) => {
      const isBad = JSON.parse(body).length > 1 || body.includes('1.999999');
      return { error_code: isBad ? -1 : '0', message: 'thành công' };
    });
    const bench = await openBench();
    const urls = { authUrl: undefined, integrationUrl: undefined, shareUrl: undefined };
    const face = { createUrl: `${url}/c`, updateUrl: `${url}/u`, progressUrl: `${url}/p` };
    const portal = bench.open({ ...urls, ...face, generation: 'B' });
    const bad = toPush({ dossier: toDossier({ procedure: { code: '1.999999' } }) });
    const { value } = await portal.push([toPush(), bad, toPush()], toCall());
    await bench.close();
    server.close();
    assert.deepEqual(value, [
      { kind: 'done', did: 'created' },
      { kind: 'refused', why: 'other', code: '-1', where: [] },
      { kind: 'done', did: 'created' },
    ]);
  });

  it('11.11 a refusal whose text speaks of the upkeep of a building is no maintenance of the portal', async () => {
    const { url, server } = await openPuppet(() => ({
      error_code: -1,
      message: 'Không thành công: thủ tục bảo trì công trình xây dựng',
    }));
    const bench = await openBench();
    const urls = { authUrl: undefined, integrationUrl: undefined, shareUrl: undefined };
    const face = { createUrl: `${url}/c`, updateUrl: `${url}/u`, progressUrl: `${url}/p` };
    const portal = bench.open({ ...urls, ...face, generation: 'B' });
    const { value } = await portal.push([toPush()], toCall());
    await bench.close();
    server.close();
    assert.deepEqual(value, [{ kind: 'refused', why: 'other', code: '-1', where: [] }]);
  });
});
