// A revoked key stands in the database only: its holder hears that it was revoked, a stranger nothing.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import pg from 'pg';
import { toThumbprint } from '../../src/signin/public-key.ts';
import { createKeyReader, explainRefusedAssertion } from '../../src/signin/refused-assertion.ts';
import { freshDatabase } from '../support/database.ts';
import { makeKey, oneStop, publicUrl, signAssertion } from './fixture.ts';

describe('An assertion by a revoked key', () => {
  it('is told so when the signature is good, and only to the system that the key was of', async () => {
    const { ownerUrl, hubUrl, drop } = await freshDatabase('test');
    const [owner, hub] = [ownerUrl, hubUrl].map((connectionString) => new pg.Pool({ connectionString }));
    try {
      const key = makeKey();
      const jwk = createPublicKey(key).export({ format: 'jwk' });
      const kid = toThumbprint(jwk) ?? '';
      await owner?.query(
        `INSERT INTO unit (id, name, kind, valid_from) VALUES ('unit-a', 'A', 'commune', now())`,
      );
      await owner?.query(
        `INSERT INTO system (id, name, unit_id, state, tokens_valid_from) VALUES ('one-stop', 'One-stop', 'unit-a', 'active', now())`,
      );
      await owner?.query(
        `INSERT INTO system_key (kid, system_id, jwk, valid_from, revoked_at) VALUES ($1, 'one-stop', $2, now(), now())`,
        [kid, { ...jwk, kid, alg: 'ES256' }],
      );
      const explain = async (signer = key, id = 'one-stop', pool = hub) =>
        explainRefusedAssertion({
          assertion: await signAssertion({ key: signer, header: { kid }, claims: { iss: id, sub: id } }),
          issuer: publicUrl,
          system: (sub) => ({ ...oneStop, id: sub }),
          readKey: createKeyReader(pool ?? new pg.Pool()),
          now: new Date(),
        });
      assert.match(await explain(), /^the key was revoked at 2\d{3}-.*; have another one registered$/);
      const strangers = [
        await explain(makeKey()),
        await explain(key, 'single'),
        await explain(key, 'one-stop', new pg.Pool({ host: '127.0.0.1', port: 1 })),
      ];
      for (const sentence of strangers) assert.match(sentence, /^client authentication failed; check that/);
    } finally {
      await Promise.all([owner?.end(), hub?.end()]);
      await drop();
    }
  });
});
