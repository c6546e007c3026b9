// What the provider is told of a system: public members of keys that are valid now, nothing of others.
import assert from 'node:assert/strict';
import { toClientRecord } from '../../src/signin/client-record.ts';
import { clientKey, oneStop } from './fixture.ts';

const now = new Date('2026-07-01T00:00:00Z');
const toKids = (record: ReturnType<typeof toClientRecord>) =>
  record?.jwks?.keys.map((key) => ('kid' in key ? key.kid : undefined));

describe('the record of a client', () => {
  it('holds the keys that are valid now, each with its one algorithm', () => {
    assert.deepEqual(toKids(toClientRecord(oneStop, now)), ['ec', 'ed', 'rsa']);
    assert.deepEqual(toKids(toClientRecord(oneStop, new Date('2025-07-01'))), ['ec', 'ed', 'rsa', 'old']);
    const text = JSON.stringify(toClientRecord(oneStop, now));
    for (const alg of ['ES256', 'EdDSA', 'PS256']) assert.ok(text.includes(`"alg":"${alg}"`));
  });

  it('never passes on private members or a secret', () => {
    const key = {
      kid: 'ec',
      jwk: { ...clientKey.export({ format: 'jwk' }) },
      certificateSha256: undefined,
      from: new Date(0),
      to: undefined,
    };
    const text = JSON.stringify(toClientRecord({ ...oneStop, keys: [key] }, now));
    assert.doesNotMatch(text, /"d":|client_secret/);
  });

  it('does not exist for a system that is not active or has no valid key', () => {
    assert.equal(toClientRecord({ ...oneStop, state: 'suspended' }, now), undefined);
    assert.equal(toClientRecord({ ...oneStop, state: 'revoked' }, now), undefined);
    assert.equal(toClientRecord({ ...oneStop, keys: [] }, now), undefined);
    const secret = {
      certificateSha256: undefined,
      kid: 'x',
      jwk: { kty: 'oct', k: 'dGVzdC1zZWNyZXQ' },
      from: new Date(0),
      to: undefined,
    };
    assert.equal(toClientRecord({ ...oneStop, keys: [secret] }, now), undefined);
  });
});
