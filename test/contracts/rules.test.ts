// The rules that every contract of the hub keeps.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadContract, toMembers } from '../../src/contracts/contract.ts';
import { toForms } from '../../src/contracts/place-words.ts';
import { createValidators } from '../../src/contracts/validator.ts';
import { rootFolder } from '../../src/root.ts';

const services = readdirSync(join(rootFolder, 'openapi'))
  .filter((name) => /\.v\d+\.yaml$/.test(name))
  .map((name) => name.replace('.yaml', ''));

function walk(
  value: unknown,
  visit: (members: Readonly<Record<string, unknown>>, path: string) => void,
  path = '',
): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(toMembers(value), path);
  for (const [name, member] of Object.entries(value)) walk(member, visit, `${path}/${name}`);
}

const vietnamese = /[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]/i;

describe('A contract', () => {
  const contract = loadContract('evidence.v1');

  it('is refused when it is not OpenAPI', () => {
    const document = { ...contract.document, info: 'none' };
    const [first] = createValidators({ ...contract, document }).of.values();
    assert.throws(() => first?.compile(), /evidence\.v1 is not OpenAPI 3\.1.*info/);
  });

  it('is compiled once for all hubs of a process', () => {
    assert.equal(loadContract('evidence.v1'), contract);
    assert.equal(createValidators(contract), createValidators(loadContract('evidence.v1')));
  });
});

for (const service of services) {
  const contract = loadContract(service);
  describe(`The contract ${service}`, () => {
    it('compiles, and its self-test refuses what is not documented', () => {
      const validators = createValidators(contract).of;
      assert.equal(validators.size, contract.operations.length);
      for (const validator of validators.values()) validator.compile();
    });

    it('has at most 40 paths', () => {
      assert.ok(Object.keys(toMembers(contract.document['paths'])).length <= 40);
    });

    it('says what each operation is in Vietnamese and English', () => {
      walk(contract.document['paths'], (members, path) => {
        if (members['operationId'] === undefined) return;
        assert.match(String(members['summary']), vietnamese, path);
        assert.match(String(members['summary']), / \/ [A-Z]/, path);
      });
    });

    it('puts each operation under one heading, in Vietnamese and English', () => {
      walk(contract.document['paths'], (members, path) => {
        if (members['operationId'] === undefined) return;
        const [tag, ...more] = Array.isArray(members['tags']) ? members['tags'] : [];
        assert.deepEqual(more, [], path);
        assert.match(String(tag), /^\p{Lu}.* \/ [A-Z]/u, path);
      });
    });

    it('answers every operation with a problem by default', () => {
      walk(contract.document['paths'], (members, path) => {
        if (members['operationId'] === undefined) return;
        assert.deepEqual(
          toMembers(members['responses'])['default'],
          { $ref: '#/components/responses/Problem' },
          path,
        );
      });
    });

    it('uses no default value, and no date format that the validator would pass over or rewrite', () => {
      walk(contract.document['components'], (members, path) => {
        if (path.includes('/responses')) return;
        assert.ok(!('default' in members), `${path} has a default`);
        assert.ok(!['date', 'date-time'].includes(String(members['format'])), `${path} has a date format`);
      });
    });

    it('says in Vietnamese and English what each pattern asks for', () => {
      const forms = toForms(contract.document);
      walk(contract.document, ({ pattern }, path) => {
        if (typeof pattern === 'string') assert.ok(forms.has(pattern), `${path} ${pattern}`);
      });
      for (const { vi, en } of forms.values()) assert.ok(vi === en || vietnamese.test(vi), vi);
    });

    it('bounds every text of a request', () => {
      walk(contract.document['paths'], (members, path) => {
        if (members['operationId'] === undefined || members['requestBody'] === undefined) return;
        const text = JSON.stringify(members['requestBody']);
        for (const [, name = ''] of text.matchAll(/schemas\/(\w+)/g)) assertBounded(name, path);
      });
    });

    it('asks for officer and purpose wherever personal data is given', () => {
      for (const operation of contract.operations)
        if (operation.personalData && operation.scheme === 'hubToken')
          assert.ok(operation.officer, operation.id);
    });

    it('gives anyone no personal data, no effect and nothing that an officer or a grant would be asked for', () => {
      for (const { scheme, id, ...marks } of contract.operations)
        if (scheme === 'anyone')
          assert.deepEqual(
            [marks.personalData, marks.officer, marks.effect, marks.grantedFields],
            [false, false, false, undefined],
            id,
          );
    });

    it('asks a national system for no header of the hub, and says what a repeated call of it is', () => {
      const ofHub = ['officer', 'purpose', 'case-code', 'idempotency-key'];
      for (const { scheme, id, path, method, headerNames } of contract.operations) {
        if (scheme !== 'source') continue;
        assert.deepEqual(
          headerNames.filter((name) => ofHub.includes(name)),
          [],
          id,
        );
        const item = toMembers(contract.document['paths'])[path.slice(contract.basePath.length)];
        const { description } = toMembers(toMembers(item)[method.toLowerCase()]);
        assert.match(String(description), vietnamese, `${id} has a description`);
        assert.match(String(description), /gửi lại[\s\S]*repeat/i, `${id} says what a repeat is`);
      }
    });

    it('asks for an idempotency key wherever there is an effect', () => {
      walk(contract.document['paths'], (members, path) => {
        if (members['x-effect'] !== true) return;
        assert.match(JSON.stringify(members['parameters']), /parameters\/IdempotencyKey/, path);
      });
    });

    it('keeps personal numbers out of addresses', () => {
      walk(contract.document, (members, path) => {
        if (members['in'] === 'query' || members['in'] === 'path')
          assert.doesNotMatch(String(members['name']), /number|citizen|person|name/i, path);
      });
    });
  });

  function assertBounded(name: string, path: string): void {
    const schema = toMembers(toMembers(toMembers(contract.document['components'])['schemas'])[name]);
    walk(schema, (members, place) => {
      if (members['type'] === 'string')
        assert.ok(
          members['maxLength'] !== undefined ||
            members['pattern'] !== undefined ||
            members['enum'] !== undefined,
          `${path}: ${name}${place} is not bounded`,
        );
      if (members['type'] === 'object')
        assert.equal(members['additionalProperties'], false, `${name}${place}`);
    });
    for (const [, inner = ''] of JSON.stringify(schema).matchAll(/schemas\/(\w+)/g))
      assertBounded(inner, path);
  }
}
