// The texts of entries are written in canonical order at once; these show that the result is RFC 8785 all the same.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toCanonical } from '../../src/evidence/canonical.ts';
import { hashSubject, parseLeafText, toLeaf, toPrivateText } from '../../src/evidence/leaf.ts';
import type { EntryKind } from '../../src/evidence/types.ts';
import { keys } from './support.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('', '"\\', '\u2028', 'đ', '\ud800'),
);
const time = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z') });
const digest = fc.record({ sha256: text, bytes: fc.nat() });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const privateFacts = fc.record({
  officerId: maybe(text),
  assurance: maybe(fc.nat()),
  purpose: maybe(text),
  caseCode: maybe(text),
  subjects: maybe(fc.array(fc.record({ role: text, kind: text, number: text }))),
  request: maybe(digest),
  released: maybe(digest),
  sources: maybe(
    fc.array(
      fc.record(
        { source: text, requestCode: text, request: digest, answer: digest },
        { requiredKeys: ['source', 'requestCode', 'request'] },
      ),
    ),
  ),
  unitCode: maybe(fc.record({ used: text, unit: text })),
  result: maybe(text),
  sourceCredential: maybe(text),
  repeats: maybe(text),
  unknownFields: maybe(fc.array(text)),
  step: maybe(fc.constantFrom('match', 'dispatch')),
  responsible: maybe(fc.constantFrom('caller', 'hub', 'source')),
  network: maybe(text),
  message: maybe(digest),
  from: maybe(text),
  to: maybe(text),
  acceptedBy: maybe(text),
  reason: maybe(text),
});

describe('The texts of an entry', () => {
  it('property: the private text is the canonical JSON of its facts', () => {
    fc.assert(
      fc.property(privateFacts, (facts) => {
        const { officerId: officer, caseCode, subjects, ...same } = facts;
        const hashed = subjects?.map(({ role, kind, number }) => ({
          role,
          kind,
          hash: hashSubject(keys.month(), kind, number),
        }));
        const expected = toCanonical({ ...same, officer, case: caseCode, subjects: hashed });
        assert.equal(toPrivateText(facts, keys.month), expected);
      }),
    );
  });

  it('property: the leaf is canonical JSON and reads as what it was made from', () => {
    const id = fc.option(text);
    const facts = fc.record({
      exchangeId: text,
      systemId: id,
      owningUnit: id,
      actingUnit: id,
      service: id,
      operation: id,
      grantId: id,
    });
    const iso = time.map((at) => at.toISOString());
    const part = fc.record(
      {
        outcome: fc.constantFrom('answered', 'problem', 'not-sent'),
        status: fc.nat(),
        problem: text,
        count: fc.nat(),
        from: iso,
        to: iso,
        step: text,
        attempt: fc.nat(),
      },
      { requiredKeys: [] },
    );
    const kind = fc.constantFrom<EntryKind>('opened', 'closed', 'refused', 'refusals', 'step');
    fc.assert(
      fc.property(kind, facts, time, time, part, (ofKind, given, at, databaseAt, more) => {
        const sealed = { salt: Buffer.alloc(32), text: '{}' };
        const leaf = toLeaf(ofKind, given, { at, databaseAt }, more, sealed);
        const read = parseLeafText(leaf.text);
        assert.equal(read.exchange, given.exchangeId);
        assert.deepEqual(
          [read.system, read.owningUnit, read.actingUnit, read.service, read.operation, read.grant],
          [given.systemId, given.owningUnit, given.actingUnit, given.service, given.operation, given.grantId],
        );
        for (const [name, value] of Object.entries(more)) assert.equal(Reflect.get(read, name), value);
      }),
    );
  });
});
