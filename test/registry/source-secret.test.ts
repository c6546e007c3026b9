// Secrets of accounts at sources at rest: sealed for one place, opened there and with the same key only.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { openSecret, type SecretPlace, sealSecret } from '../../src/registry/source-secret.ts';

const key = randomBytes(32);
const place: SecretPlace = { id: 'tk-01', source: 'population', unitId: 'xa-01', account: 'xa-01-lgsp' };
const secret = 'a secret of the test';

describe('the secret of an account at rest', () => {
  it('opens where it was sealed, shows nothing of itself and is different each time', () => {
    const sealed = sealSecret(key, place, secret);
    assert.equal(openSecret(key, place, sealed), secret);
    assert.ok(!sealed.includes(secret));
    assert.notDeepEqual(sealed, sealSecret(key, place, secret));
  });

  it('opens for no other credential, source, unit or account, so that rows cannot be exchanged', () => {
    const sealed = sealSecret(key, place, secret);
    const others = [{ id: 'tk-02' }, { source: 'payment' }, { unitId: undefined }, { account: 'xa-02-lgsp' }];
    for (const other of others)
      assert.throws(() => openSecret(key, { ...place, ...other }, sealed), /cannot be opened/);
  });

  it('opens with no other key and not when it was altered or cut', () => {
    const sealed = sealSecret(key, place, secret);
    assert.throws(() => openSecret(randomBytes(32), place, sealed), /tk-01 cannot be opened/);
    for (const short of [sealed.subarray(0, 20), sealed.subarray(1), sealed.subarray(0, -1)])
      assert.throws(() => openSecret(key, place, short), /cannot be opened/);
  });
});
