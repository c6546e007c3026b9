// Officers' personal numbers at rest: sealed for one officer, opened with the same key only.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { openNumber, sealNumber } from '../../src/registry/officer-number.ts';

const key = randomBytes(32);
const number = '999085900001';

describe('an officer number at rest', () => {
  it('opens for the officer and key it was sealed with', () => {
    assert.equal(openNumber(key, 'cb-0001', sealNumber(key, 'cb-0001', number)), number);
  });

  it('shows nothing of the number and is different each time', () => {
    const sealed = sealNumber(key, 'cb-0001', number);
    assert.equal(sealed.length, 41);
    assert.ok(!sealed.includes(number));
    assert.notDeepEqual(sealed, sealNumber(key, 'cb-0001', number));
  });

  it('does not open for another officer, so that rows cannot be exchanged', () => {
    assert.throws(
      () => openNumber(key, 'cb-0002', sealNumber(key, 'cb-0001', number)),
      /cb-0002 cannot be opened/,
    );
  });

  it('does not open with another key', () => {
    assert.throws(
      () => openNumber(randomBytes(32), 'cb-0001', sealNumber(key, 'cb-0001', number)),
      /cannot be opened/,
    );
  });

  it('does not open when any byte was altered', () => {
    const sealed = sealNumber(key, 'cb-0001', number);
    for (let place = 0; place < sealed.length; place += 1) {
      const altered = Buffer.from(sealed);
      altered[place] = (altered[place] ?? 0) ^ 1;
      assert.throws(() => openNumber(key, 'cb-0001', altered), /cannot be opened/);
    }
    assert.throws(() => openNumber(key, 'cb-0001', sealed.subarray(1)), /cannot be opened/);
  });

  it('is refused unless it has 12 digits, and the refusal does not repeat it', () => {
    for (const wrong of ['', '999085001', '99908590000x', '９９９085900001'])
      assert.throws(() => sealNumber(key, 'cb-0001', wrong), {
        message: 'the number of officer cb-0001 does not have 12 digits',
      });
  });
});
