// Unit codes, document ids, types and statuses as words.
import assert from 'node:assert/strict';
import {
  documentTypes,
  findDocumentType,
  toDocumentType,
} from '../../../../adapters/document-axis/edxml/code-lists.ts';
import { toDocumentId, toTargets } from '../../../../adapters/document-axis/edxml/document-id.ts';
import { toStatus } from '../../../../adapters/document-axis/edxml/status.ts';
import { toCodeForm } from '../../../../adapters/document-axis/edxml/unit-code.ts';
import { writeDocument, writeStatus } from '../../../../adapters/document-axis/edxml/writer.ts';
import { documentExample, statusExample } from './examples.ts';
import { readDocument, readStatus } from './reading.ts';

describe('edXML codes', () => {
  const forms: Readonly<Record<string, readonly string[]>> = {
    qd20: ['H99', 'H99.10', 'G99.02.02', 'H99.DN.001', 'H99.129'],
    old: ['000.00.01.H99', '000.00.00.H99', '000.01.77.H99'],
    'old-short': ['28.22.H99', '00.14.H99', '01.K99'],
    system: ['00.99.W00', '001.00.20.TT2', 'vxp.saas.01'],
    opaque: [
      '000.1137.H99',
      '01.K99#79.H99',
      'null',
      '',
      '000.H99.000',
      'h99.10',
      `H99.${'1'.repeat(32)}`,
      'H99..1',
      '68',
      '22918',
    ],
  };
  for (const [form, codes] of Object.entries(forms))
    it(`the form ${form}: ${codes.map((code) => code.slice(0, 20)).join(', ')}`, () => {
      assert.deepEqual(
        codes.map((code) => toCodeForm(code)),
        codes.map(() => form),
      );
    });

  it('adapter 9.7: a DocumentId is issuer, date, number and notation', () => {
    assert.equal(
      toDocumentId('000.00.01.H99', '2025-11-20', '12', 'VP-TH'),
      '000.00.01.H99,2025/11/20,12/VP-TH',
    );
    assert.throws(() => toDocumentId('H99', '20/11/2025', '12', 'VP-TH'), { fault: 'date' });
    assert.throws(() => toDocumentId('H99', '2101-01-01', '12', 'VP-TH'), { fault: 'year' });
  });

  it('a document type is found by its name: list B first, then A, or by a numbering of the peer', () => {
    assert.deepEqual(toDocumentType('  công  VĂN'), { type: 18, typeDetail: 0, typeName: 'công  VĂN' });
    assert.equal(toDocumentType('Quyết định (cá biệt)'.normalize('NFD'))?.type, 2);
    assert.deepEqual(findDocumentType('Nghị định'), { list: 'A', index: 7, name: 'Nghị định' });
    assert.equal(toDocumentType('Công văn', { 'công văn': 1 })?.type, 1);
    assert.equal(toDocumentType('Bài thơ'), undefined);
    assert.deepEqual([documentTypes.A.length, documentTypes.B.length], [13, 32]);
  });

  it('adapter 9.8: the three changes name their targets in three places, and are not written without', async () => {
    const example = await readDocument(documentExample);
    const target = { documentId: 'H99,2025/01/01,1/QĐ' };
    const revoke = { ...example, responseFor: [target], business: { type: 1 as const, replacements: [] } };
    const update = { ...example, business: { ...target, type: 2 as const, replacements: [] } };
    const replace = {
      ...example,
      business: { type: 3 as const, replacements: [{ ...target, organIds: ['H99.1'] }] },
    };
    for (const document of [revoke, update, replace]) {
      assert.deepEqual(toTargets(document), [target]);
      const bare = { ...example, business: { type: document.business.type, replacements: [] } };
      assert.throws(() => writeDocument(bare, []), { fault: 'business-target' });
    }
    assert.deepEqual(toTargets(example), []);
  });

  it('adapter 9.9: receiver reports to sender, for 13 sender to receiver; the document keeps its issuer', async () => {
    const document = await readDocument(documentExample);
    const receiver = { organId: 'H99.03', organName: 'Xã Thử nghiệm' };
    const report = { document, receiver, at: new Date('2025-11-20T08:00:00Z'), description: 'Đã tiếp nhận' };
    const staff = { department: 'Văn thư', staff: 'Lê Thị Mẫu' };
    assert.equal(writeStatus(toStatus({ ...report, statusCode: '03', staff })).includes('15:00:00'), true);
    const asked = toStatus({ ...report, statusCode: '13' });
    assert.deepEqual([asked.from.organId, asked.responseFor.organId], ['000.00.01.H99', 'H99.03']);
    assert.equal(asked.responseFor.documentId, document.documentId);
    const told = await readStatus(statusExample);
    assert.deepEqual(toStatus({ ...report, statusCode: '03', staff }).responseFor, told.responseFor);
  });

  it('adapter 9.9: only two-digit codes of the table are written, and 02, 13, 16 only with a reason', async () => {
    const status = await readStatus(statusExample);
    for (const statusCode of ['3', '14', '07', '999', ''])
      assert.throws(() => writeStatus({ ...status, statusCode }), { fault: 'status-code' });
    for (const statusCode of ['02', '13', '16'])
      assert.throws(() => writeStatus({ ...status, statusCode, description: ' ' }), { fault: 'reason' });
  });

  it('what is required is asked for before the first byte', async () => {
    const document = await readDocument(documentExample);
    const [first] = document.to;
    assert.ok(first);
    assert.throws(() => writeDocument({ ...document, to: [] }, []), { fault: 'required-element' });
    assert.throws(() => writeDocument({ ...document, to: [first, first] }, []), {
      fault: 'duplicate-receiver',
    });
    assert.throws(() => writeDocument({ ...document, subject: ' ' }, []), { fault: 'required-element' });
    assert.throws(() => writeDocument({ ...document, dueDate: '2025/12/01' }, []), { fault: 'date' });
    assert.throws(() => writeDocument({ ...document, toPlaces: ['a'.repeat(2_000_000)] }, []), {
      fault: 'header-too-large',
    });
  });
});
