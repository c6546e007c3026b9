// Documents that are refused: each mistake is named by its place, `checkDocument` says the same before, and nothing is kept.
import assert from 'node:assert/strict';
import { codes, type DocumentHub, first, startDocumentHub, toDocument, toPdf } from '../support.ts';

type More = Readonly<Record<string, unknown>>;

const named = { documentId: 'H99.03,2026/01/01,1/UBND-VP' };
const toCode = (code: string) => [{ code }];
const tomorrow = new Date(Date.now() + 40 * 3_600_000).toISOString().slice(0, 10);

/** What is sent, the code of the refusal and the place that it names. */
const mistakes: readonly (readonly [title: string, more: More, code: string, where: string])[] = [
  ['a revocation of nothing', { businessType: 'revoke' }, 'document-invalid', '/body/withdraws'],
  ['an update of nothing', { businessType: 'update' }, 'document-invalid', '/body/updates'],
  ['a replacement of nothing', { businessType: 'replace' }, 'document-invalid', '/body/replaces'],
  ['a new document that withdraws', { withdraws: [named] }, 'document-invalid', '/body/withdraws'],
  [
    'a revocation that also replaces',
    { businessType: 'revoke', withdraws: [named], replaces: [named] },
    'document-invalid',
    '/body/replaces',
  ],
  ['a day to come', { promulgationDate: tomorrow }, 'document-invalid', '/body/promulgationDate'],
  ['a day that is none', { promulgationDate: '2026-02-30' }, 'document-invalid', '/body/promulgationDate'],
  ['a due day that is none', { dueDate: '2026-06-31' }, 'document-invalid', '/body/dueDate'],
  [
    'a named day that is none',
    { answers: [{ ...named, promulgationDate: '2025-02-29' }] },
    'document-invalid',
    '/body/answers/0/promulgationDate',
  ],
  [
    'a receiver twice',
    { to: [...toCode(codes[first]), ...toCode(codes[first])] },
    'document-invalid',
    '/body/to/1/code',
  ],
  ['an unknown receiver', { to: toCode('H99.777') }, 'receiver-unknown', '/body/to/0'],
  ['a receiver that has ended', { to: toCode('H99.901') }, 'receiver-closed', '/body/to/0'],
  ['a receiver that several took over from', { to: toCode('H99.904') }, 'receiver-ambiguous', '/body/to/0'],
  ['the code of another unit', { from: codes[first] }, 'sender-not-yours', '/body/from'],
  [
    'the DocumentId of another unit',
    { documentId: 'H99.01,2026/01/01,1/VP' },
    'sender-not-yours',
    '/body/documentId',
  ],
  ['a degree of secrecy', { secrecy: 'secret' }, 'state-secret', '/body/secrecy'],
  [
    'a notation of secrecy',
    { code: { number: '5', notation: 'M/UBND' } },
    'state-secret',
    '/body/code/notation',
  ],
  ['a mark of secrecy', { subject: 'Kế hoạch diễn tập (TỐI MẬT)' }, 'state-secret', '/body/subject'],
];

describe('A document that is refused', () => {
  let hub: DocumentHub;
  before(async () => {
    hub = await startDocumentHub('documents-refusals', { limits: { 'documents.v1': { queue: 3 } } });
  });
  after(() => hub?.stop());

  for (const [title, more, code, where] of mistakes)
    it(`for ${title} keeps nothing, and the check says the same`, async () => {
      const held = await hub.held();
      const [file, document] = [toPdf('x'), toDocument(more, [toPdf('x')])];
      const refused = await hub.send(document, [file]);
      assert.deepEqual([refused.body.code, refused.body.errors[0].where], [code, where]);
      const { body } = await hub.check(document);
      assert.equal(body.isSendable, false);
      assert.deepEqual([body.problems[0].code, body.problems[0].where], [code, where]);
      assert.deepEqual(await hub.held(), held);
    });

  it('names who took over', async () => {
    const { body } = await hub.check(toDocument({ to: [...toCode('H99.901'), ...toCode('H99.904')] }));
    assert.deepEqual(
      body.receivers.map((one: { outcome: string }) => one.outcome),
      ['closed', 'several'],
    );
    assert.deepEqual(body.receivers[0].successors[0].code, 'H99.08');
    assert.equal(body.receivers[1].successors.length, 2);
    const refused = await hub.send(toDocument({ to: toCode('H99.901') }));
    assert.match(refused.body.errors[0].en, /H99\.08/);
  });

  it('as a state secret says whom to ask', async () => {
    const { status, body } = await hub.send(toDocument({ secrecy: 'top-secret' }));
    assert.equal(status, 422);
    assert.match(body.vi.detail, /Không có gì .* giữ lại\. Hãy hỏi bộ phận bảo vệ bí mật nhà nước/);
  });

  it('is told of with everything that the check can see', async () => {
    const document = toDocument({ to: toCode('H99.777'), from: codes[first], dueDate: '2026-06-31' });
    const { body } = await hub.check(document);
    assert.deepEqual(
      body.problems.map(({ code }: { code: string }) => code),
      ['sender-not-yours', 'document-invalid', 'receiver-unknown'],
    );
  });

  it('is none that can be sent: each business type with its own pointer', async () => {
    const pointers = [
      { businessType: 'revoke', withdraws: [named], reason: 'Ban hành nhầm' },
      { businessType: 'update', updates: { ...named, isContentChanged: true } },
      { businessType: 'replace', replaces: [{ ...named, receivers: [codes[first]] }] },
    ];
    for (const more of pointers) {
      const document = toDocument(more);
      assert.deepEqual((await hub.check(document)).body.problems, []);
      const sent = await hub.send(document);
      assert.equal(sent.status, 202, JSON.stringify(sent.body));
      const { body } = await hub.get(sent.body.messageId, first);
      assert.equal(
        body.form.business.type,
        ['new', 'revoke', 'update', 'replace'].indexOf(more.businessType),
      );
    }
    const { rows } = await hub.owner.query('SELECT DISTINCT thread FROM document_message');
    assert.deepEqual(rows, [{ thread: named.documentId }]);
  });

  it('comes when too much waits on the way outside already', async () => {
    await hub.owner.query(
      "INSERT INTO source_switch (source, state, reason) VALUES ('document-axis', 'off', 'thử')",
    );
    await new Promise((resolve) => setTimeout(resolve, 700));
    const send = () => hub.send(toDocument({ to: toCode('G99.01') }));
    for (let n = 0; n < 3; n += 1) assert.equal((await send()).status, 202);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const { status, body } = await send();
    assert.deepEqual([status, body.code], [503, 'delivery-queue-full']);
    assert.equal((await hub.send(toDocument())).status, 202, 'what stays inside does not wait');
  });
});
