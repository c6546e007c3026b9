// The client against the mock of the axis over loopback, by both of its faces and with its fault switch.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SourceError } from '../../../adapters/adapter.ts';
import {
  type AxisKind,
  type AxisReceipt,
  createDocumentAxisAdapter,
  type DocumentAxis,
  isPassing,
  parseDocumentAxisSettings,
} from '../../../adapters/document-axis/index.ts';
import { type DocumentAxisMock, startDocumentAxisMock } from '../../../mocks/document-axis/mock.ts';
import { readWhole, toCall, toMessage } from './support.ts';

const ours = '000.00.01.H99';
const theirs = ['G97.01', 'G97.02'] as const;
const accounts = { ours: ['00.99.W00', 'test-secret'], theirs: ['00.97.W00', 'other secret'] } as const;

const toElement = (name: string, code: string) =>
  `<edXML:${name}><edXML:OrganId>${code}</edXML:OrganId></edXML:${name}>`;

/** A document with nothing in it but what routes it. */
function toDocument(from: string, to: readonly string[], more = ''): Buffer {
  const namespace = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';
  const parties = [toElement('From', from), ...to.map((code) => toElement('To', code))].join('');
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="${namespace}"><edXML:edXMLEnvelope xmlns:edXML="${namespace}">` +
      `<edXML:edXMLHeader><edXML:MessageHeader>${parties}<edXML:DocumentId>${randomUUID()}</edXML:DocumentId>` +
      `<edXML:Subject>V/v thử nghiệm</edXML:Subject></edXML:MessageHeader></edXML:edXMLHeader></edXML:edXMLEnvelope>${more}</edXML>`,
  );
}

describe('axis wire', () => {
  let folder: string;
  let mock: DocumentAxisMock;
  const opened: DocumentAxis[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'axis-'));
    const toSystem = ([systemId, secret]: readonly [string, string], codes: readonly string[]) => ({
      systemId,
      secret,
      codes,
    });
    mock = await startDocumentAxisMock({
      folder,
      controlKey: 'test-control-key',
      traceHeader: 'none',
      systems: [toSystem(accounts.ours, [ours]), toSystem(accounts.theirs, theirs)],
    });
  });
  after(async () => {
    await Promise.all(opened.map((axis) => axis.close()));
    await mock.close();
    await rm(folder, { recursive: true });
  });

  async function control(url: string, method: string, body?: unknown): Promise<void> {
    const answer = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    assert.ok(answer.ok, await answer.text());
  }
  afterEach(() => control(mock.faultUrl, 'DELETE'));
  const setFault = (fault: object) => control(mock.faultUrl, 'PUT', fault);
  const isFailure = (kind: string, code: string) => (error: unknown) => {
    assert.ok(error instanceof SourceError, String(error));
    assert.deepEqual([error.kind, error.code], [kind, code]);
    return true;
  };

  for (const face of ['xrd', 'rest'] as const) {
    const open = (who: keyof typeof accounts, more: object = {}): DocumentAxis => {
      const url = face === 'xrd' ? mock.url : mock.restUrl;
      const [systemId, secret] = accounts[who];
      const settings = parseDocumentAxisSettings({ url, face, systemId, secret, timeoutMs: 5_000, ...more });
      const axis = createDocumentAxisAdapter(settings);
      opened.push(axis);
      return axis;
    };

    describe(`by face ${face}`, () => {
      let axis: DocumentAxis;
      let other: DocumentAxis;
      before(() => {
        axis = open('ours');
        other = open('theirs');
      });
      const send = (bytes: Buffer, to: readonly string[] = [theirs[0]], from = axis): Promise<AxisReceipt> =>
        from.send(toMessage(bytes, { from: ours, to }), toCall());
      const waiting = async (kind: AxisKind = 'document') => (await other.list(kind, {}, toCall())).value;
      const empty = async () => {
        for (const { docId } of await waiting()) await other.mark(docId, 'done', toCall());
      };

      it('adapter 9.14: one send reaches the receivers of its transport only, each by an id of its own', async () => {
        const bytes = toDocument(ours, [...theirs, '000.00.09.H99']);
        const { docId } = await send(bytes, theirs);
        const items = await waiting();
        assert.deepEqual(items.flatMap(({ to }) => to).sort(), [...theirs]);
        const { content, trace } = await other.fetch(items[0]?.docId ?? '', toCall('delivery-9'));
        assert.ok((await readWhole(content)).equals(bytes));
        assert.equal(trace().requestCode, 'delivery-9');
        const { value: rows } = await axis.sent('document', toCall(), docId);
        assert.deepEqual(
          rows.map(({ receiverDocId }) => receiverDocId).sort(),
          items.map(({ docId: id }) => id).sort(),
        );
        await empty();
      });

      it('adapter 9.12: an item is listed until it is done or failed; descriptions go without accents', async () => {
        await send(toDocument(ours, [theirs[0]]));
        const [item] = await waiting();
        assert.equal(item?.state, 'initial');
        await other.mark(item?.docId ?? '', 'processing', toCall());
        assert.equal((await waiting())[0]?.state, 'processing');
        assert.deepEqual(await other.counts(toCall()), { documents: 1, statuses: 0 });
        await other.mark(item?.docId ?? '', 'fail', toCall(), 'Không đọc được – sai địa chỉ');
        assert.deepEqual(await waiting(), []);
      });

      it('adapter 9.12: days of a list are both included', async () => {
        await send(toDocument(ours, [theirs[0]]));
        const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
        const count = async (from: string, to: string) =>
          (await other.list('document', { from, to }, toCall())).value.length;
        assert.deepEqual([await count(today, today), await count('2020-01-01', '2020-01-02')], [1, 0]);
        await empty();
      });

      it('adapter 9.16: a receiver that is not there or locked is the caller’s, a wrong file the hub’s', async () => {
        await assert.rejects(send(toDocument(ours, ['Z99.01']), ['Z99.01']), isFailure('refused', '18'));
        await assert.rejects(send(Buffer.from('no edXML')), isFailure('refused', '22'));
        await control(mock.unitsUrl, 'PUT', { lock: [theirs[1]] });
        await assert.rejects(send(toDocument(ours, [theirs[1]]), [theirs[1]]), isFailure('refused', '23'));
        await control(mock.unitsUrl, 'PUT', { unlock: [theirs[1]] });
        await assert.rejects(
          send(toDocument(ours, [theirs[0]]), [theirs[0]], other),
          isFailure('refused', '19'),
        );
      });

      it('adapter 9.16: wrong credentials come as plain text and are told as such', async () => {
        const stranger = open('ours', { secret: 'wrong' });
        await assert.rejects(stranger.list('document', {}, toCall()), isFailure('refused', 'http-401'));
      });

      it('adapter 9.16: what can pass and what cannot, by the fault switch', async () => {
        const seen: unknown[] = [];
        for (const fault of [
          { mode: 'unavailable' },
          { mode: 'code', code: '21' },
          { mode: 'code', code: '10' },
          { mode: 'timeoutBefore', delayMs: 1 },
          { mode: 'cutAnswer' },
          { mode: 'truncated' },
          { mode: 'unauthorized' },
        ]) {
          await setFault({ ...fault, operations: ['sendEdoc'] });
          seen.push(
            await send(toDocument(ours, [theirs[0]])).then(
              () => 'sent',
              (error: unknown) => isPassing(error),
            ),
          );
        }
        assert.deepEqual(seen, [true, true, false, true, true, false, false]);
        await empty();
      });

      it('adapter 9.18: a list that is cut in two is an error', async () => {
        await setFault({ mode: 'truncated', operations: ['getReceivedEdocList'] });
        await assert.rejects(waiting(), isFailure('unreadable', 'not-json'));
      });

      it('adapter 3.2: the directory gives old and new codes, and units that are closed', async () => {
        const pairs: string[] = [];
        for await (const { code102, oldCode } of axis.agencies('qd20', toCall()))
          pairs.push(code102 ?? oldCode ?? '');
        for await (const { code102, oldCode } of axis.agencies('old', toCall()))
          pairs.push(code102 ?? oldCode ?? '');
        assert.ok(pairs.some((code) => /^000\./.test(code)));
        let closed = 0;
        for await (const unit of axis.units(toCall())) closed += unit.isDeleted ? 1 : 0;
        assert.ok(closed > 0);
      });

      it('adapter 3.2: an agency can be registered and deleted', async () => {
        await axis.registerAgency(
          { id: '9001', pcode: 'H99', code: ours, name: 'Văn phòng Thử nghiệm' },
          toCall(),
        );
        await axis.deleteAgency(ours, toCall());
        await axis.registerAgency(
          { id: '9001', pcode: 'H99', code: ours, name: 'Văn phòng Thử nghiệm' },
          toCall(),
        );
      });
    });
  }

  it('adapter 3.1: both spellings of the signed names and both forms of the hash are taken', async () => {
    const [systemId, secret] = accounts.ours;
    for (const more of [{ signKeyNames: 'prefixed' }, { hashFile: 'padded' }, { fetchBy: 'getEdoc' }]) {
      const settings = parseDocumentAxisSettings({ url: mock.url, systemId, secret, ...more });
      const axis = createDocumentAxisAdapter(settings);
      opened.push(axis);
      const bytes = toDocument(ours, [ours], '<!-- a message to ourselves -->');
      await axis.send(toMessage(bytes, { from: ours, to: [ours] }), toCall());
      const [item] = (await axis.list('document', {}, toCall())).value;
      assert.ok((await readWhole((await axis.fetch(item?.docId ?? '', toCall())).content)).equals(bytes));
      await axis.mark(item?.docId ?? '', 'done', toCall());
    }
  });

  describe('with a directory of realistic size', () => {
    it('adapter 9.15: 111,000 units are read one by one', async function () {
      this.timeout(60_000);
      await control(mock.unitsUrl, 'PUT', { agencies: 111_000 });
      const [systemId, secret] = accounts.ours;
      const axis = createDocumentAxisAdapter(parseDocumentAxisSettings({ url: mock.url, systemId, secret }));
      opened.push(axis);
      let count = 0;
      for await (const unit of axis.units(toCall())) count += unit.code === '' ? 0 : 1;
      assert.ok(count >= 111_000, `${count} units`);
    });
  });
});
