// Tickets as texts: made, checked by another library too, and altered in every byte.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { compactVerify, importJWK } from 'jose';
import { parseVerifierKey, signNote, toVerifierKey } from '../../src/evidence/note.ts';
import { createTicketSigner, verifyTicket } from '../../src/evidence/ticket.ts';
import { logKey, logVerifierKey, origin } from './support.ts';

const recorded = {
  exchangeId: '0190f5f0-0000-7000-8000-000000000001',
  leafHash: Buffer.alloc(32, 7),
  at: new Date('2026-11-26T03:04:05.678Z'),
};
const ticket = createTicketSigner(origin, () => logKey)(recorded);
const [header = '', payload = '', signature = ''] = ticket.split('.');
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A JWS of these parts, signed by the key of the log. */
const toSigned = (head: unknown, body: unknown): string => {
  const signed = `${encode(head)}.${encode(body)}`;
  return `${signed}.${sign(null, Buffer.from(signed), logKey).toString('base64url')}`;
};
const decode = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString());
const refuse = (text: string, reason: RegExp, keys = [logVerifierKey]): void => {
  const verdict = verifyTicket(text, keys);
  assert.equal(verdict.ok, false, text);
  assert.match(verdict.reason, reason);
};

describe('A ticket', () => {
  it('names log, exchange, leaf and time, under the id of the key of the log', () => {
    assert.deepEqual(decode(header), {
      alg: 'EdDSA',
      kid: logVerifierKey.split('+')[1],
      typ: 'exchange-ticket',
    });
    const said = {
      ...{ log: origin, exchange: recorded.exchangeId },
      ...{ leaf: recorded.leafHash.toString('base64'), at: '2026-11-26T03:04:05.678Z' },
    };
    assert.deepEqual(decode(payload), said);
    const verdict = verifyTicket(ticket, [logVerifierKey]);
    assert.deepEqual(verdict.ok && verdict.ticket, said);
  });

  it('is a compact JWS as jose reads it', async () => {
    const { key } = parseVerifierKey(logVerifierKey);
    const verified = await compactVerify(ticket, await importJWK(key.export({ format: 'jwk' }), 'EdDSA'));
    assert.equal(Buffer.from(verified.payload).toString(), Buffer.from(payload, 'base64url').toString());
  });

  it('is refused with any other character at any place, one taken away or one added', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = 0; at < ticket.length; at += 1) {
      const letter = letters[(letters.indexOf(ticket[at] ?? '') + 1) % 64];
      for (const put of [letter, 'A', '', '=', `${ticket[at]}A`, '.', ' '])
        if (put !== ticket[at]) refuse(`${ticket.slice(0, at)}${put}${ticket.slice(at + 1)}`, /./);
    }
    refuse('', /compact JWS/);
    refuse(`${ticket}.`, /compact JWS/);
    refuse('x'.repeat(5_000), /compact JWS/);
  });

  it('is refused under another key, and of another log under a key of the same name', () => {
    const other = generateKeyPairSync('ed25519').privateKey;
    refuse(ticket, /not the one of this log/, [toVerifierKey(origin, other)]);
    refuse(ticket, /not the one of this log/, []);
    refuse(toSigned(decode(header), { ...decode(payload), log: 'another.example/sandbox' }), /another log/);
    assert.equal(verifyTicket(ticket, [toVerifierKey(origin, other), logVerifierKey]).ok, true);
  });

  const heads: readonly (readonly [string, object])[] = [
    ['with no algorithm', { alg: 'none' }],
    ['with another algorithm', { alg: 'HS256' }],
    ['of another type', { typ: 'at+jwt' }],
    ['with a member that must be understood', { crit: ['exp'] }],
  ];
  for (const [title, change] of heads)
    it(`is refused ${title}, though the key signed it`, () =>
      refuse(toSigned({ ...decode(header), ...change }, decode(payload)), /EdDSA|members/));

  const bodies: readonly object[] = [
    { leaf: 'AAAA' },
    { leaf: 7 },
    { at: '2026-11-26' },
    { more: 1 },
    { log: null },
  ];
  for (const change of bodies)
    it(`is refused with ${JSON.stringify(change)} in it, though the key signed it`, () =>
      refuse(toSigned(decode(header), { ...decode(payload), ...change }), /./));

  it('and a head of the log are never the same signed bytes', () => {
    const note = signNote(`${origin}\n7\n${Buffer.alloc(32).toString('base64')}\n`, origin, logKey);
    const signed = `${header}.${payload}`;
    assert.doesNotMatch(signed, /\n/, 'a note ends in a newline, a ticket has none');
    assert.throws(() => signNote(signed, origin, logKey), /newline/);
    refuse(`${Buffer.from(note).toString('base64url')}.${payload}.${signature}`, /./);
    assert.equal(createPublicKey(logKey).asymmetricKeyType, 'ed25519');
  });
});
