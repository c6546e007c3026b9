// What codes look like, and names as people search them.
import assert from 'node:assert/strict';
import { toCodeForm } from '../../../../src/services/documents/directory/forms.ts';
import { isAlmost } from '../../../../src/services/documents/directory/hints.ts';
import { toPattern, toSearchText } from '../../../../src/services/documents/directory/words.ts';

describe('the form of a code', () => {
  const forms = {
    qd20: ['H99', 'G99.18', 'H99.02.02', 'H99.DN.001', 'H99.129', 'A99'],
    old: ['000.00.00.H99', '000.00.01.H99', '000.01.77.H99'],
    'old-short': ['28.22.H99', '00.14.H99', '01.K99'],
    system: ['00.99.W00', 'W00.01', 'vxp.saas.01', '001.00.20.TT2'],
    opaque: ['000.H99.000', '000.1137.H99', 'h99.01', `H99.${'1'.repeat(32)}`, '68'],
    malformed: [
      '',
      'null',
      'NULL',
      '01.K99#79.H99',
      'H99. 01',
      ' H99.01',
      'H99.01\n',
      'H99,G99',
      'x'.repeat(201),
    ],
  };
  for (const [form, codes] of Object.entries(forms))
    it(`units 6.1: is ${form} for ${codes.length} samples, by groups and not by place`, () => {
      for (const code of codes) assert.equal(toCodeForm(code), form, JSON.stringify(code));
    });

  it('units 6.8: names are searched in lower case without diacritics, whatever their Unicode form', () => {
    const text = 'Xã Đắk  D’Ran';
    assert.equal(toSearchText(text), "xa dak d'ran");
    assert.equal(toSearchText(text.normalize('NFD')), toSearchText(text));
    assert.equal(toPattern('50%_\\'), '%50\\%\\_\\\\%');
  });

  it('is almost another when one sign differs', () => {
    for (const [a, b] of [
      ['H99.01', 'H99.02'],
      ['H99.1', 'H99.10'],
      ['h99.01', 'H99.01'],
    ] as const)
      assert.equal(isAlmost(a, b), true, `${a} ${b}`);
    for (const [a, b] of [
      ['H99.01', 'H99.22'],
      ['H99', 'H99.1'],
      ['G99.01', 'H99.02'],
    ] as const)
      assert.equal(isAlmost(a, b), false, `${a} ${b}`);
  });
});
