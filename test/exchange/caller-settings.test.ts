// The section `callers` of SETTINGS_FILE: who may call is said outright, and every mistake is named without its value.
import assert from 'node:assert/strict';
import { parseCallers } from '../../src/exchange/caller-settings.ts';

const parse = (portal: unknown) => parseCallers({ portal }, ['portal', 'payment-platform']);
const networks = ['192.0.2.0/24', '::1/128'];
const hex = 'ab'.repeat(32);

describe('Settings of national systems that call', () => {
  it('have limits of their own, the usual ones where none is said', () => {
    const limits = { perSecond: 50, burst: 100, calls: 16, waiting: 128, waitMs: 5_000 };
    assert.deepEqual(parse({ networks }).get('portal')?.limits, limits);
    assert.deepEqual(parse({ networks, limits: { burst: 7 } }).get('portal')?.limits, {
      ...limits,
      burst: 7,
    });
  });

  it('take fingerprints as tools print them', () => {
    const colons = hex.toUpperCase().replace(/..(?=.)/g, '$&:');
    const known = parse({ certificates: [hex, colons] }).get('portal')?.certificates;
    const expected = Buffer.from(hex, 'hex').toString('base64url');
    assert.deepEqual(known, [expected, expected]);
  });

  for (const [what, portal, message] of [
    ['nothing to know a caller by', {}, /callers\.portal must have networks or certificates/],
    ['an account alone', { account: { user: 'a', secret: 'b' } }, /must have networks or certificates/],
    ['no object', 1, /callers\.portal must be an object/],
    ['an unknown member', { networks, network: [] }, /callers\.portal\.network is not known/],
    ['a malformed block', { networks: ['192.0.2.0/33'] }, /callers\.portal\.networks must list/],
    ['every address', { networks: ['0.0.0.0/0'] }, /callers\.portal\.networks .*not every address/],
    ['an empty list of networks', { networks: [] }, /callers\.portal\.networks must list/],
    ['a short fingerprint', { certificates: ['ab'] }, /callers\.portal\.certificates must list SHA-256/],
    ['an empty list of certificates', { networks, certificates: [] }, /callers\.portal\.certificates must/],
    ['a colon in the name', { networks, account: { user: 'a:b', secret: 'c' } }, /portal\.account must have/],
    ['no secret', { networks, account: { user: 'a', secret: '' } }, /callers\.portal\.account must have/],
    ['a limit of nothing', { networks, limits: { perSecond: 0 } }, /callers\.portal\.limits must be whole/],
    ['an unknown limit', { networks, limits: { toString: 1 } }, /callers\.portal\.limits must be whole/],
  ] as const)
    it(`are refused with ${what}`, () => {
      assert.throws(() => parse(portal), message);
    });

  it('are refused for a source that calls nothing, and name every mistake but no secret', () => {
    const json = { gateway: { networks }, portal: { account: { user: '', secret: 'bi-mat' } } };
    const read = () => parseCallers(json, ['portal']);
    assert.throws(
      read,
      /^StartError: SETTINGS_FILE: callers\.gateway calls no operation.*\(portal\); callers\.portal/,
    );
    assert.throws(read, (error) => !String(error).includes('bi-mat'));
  });
});
