// What is said of a request that does not fit: plain words of both languages, nothing of the request, no regular expression.
import assert from 'node:assert/strict';
import { loadContract } from '../../src/contracts/contract.ts';
import { createValidators, type OperationValidator } from '../../src/contracts/validator.ts';
import { Problem, type ProblemPlace } from '../../src/problem.ts';

const headers = { officer: 'cb-0001', purpose: 'quan-tri', 'idempotency-key': 'a' };
const validFrom = '2026-01-01T00:00:00Z';

/** One mistake in the body of a new grant, and what is said of it. */
const mistakes: readonly (readonly [object, where: string, vi: RegExp, en: RegExp])[] = [
  [{ id: undefined }, '/body/id', /^phải có$/, /^must be given$/],
  [{ id: 1 }, '/body/id', /^phải là chữ$/, /^must be string$/],
  [{ id: 'Bí mật' }, '/body/id', /^không đúng dạng: mã đăng ký/, /^does not have the form of a registry id/],
  [{ more: 'Bí mật' }, '/body/more', /^không có trong đặc tả$/, /^is not in the contract$/],
  [
    { reach: 'Bí mật' },
    '/body/reach',
    /^phải là một trong: unit, province$/,
    /^must be one of: unit, province$/,
  ],
  [{ legalBasis: '' }, '/body/legalBasis', /^phải có ít nhất 1 ký tự$/, /^must have at least 1 characters$/],
  [{ legalBasis: 'x'.repeat(1001) }, '/body/legalBasis', /^không được quá 1000 ký tự$/, /more than 1000/],
  [{ legalBasis: 'Bí mật\n' }, '/body/legalBasis', /một dòng chữ/, /one line of text/],
  [{ operations: [] }, '/body/operations', /^phải có ít nhất 1 phần tử$/, /^must have at least 1 items$/],
  [
    { validFrom: '2026-02-30T00:00:00Z' },
    '/body/validFrom',
    /lịch không có ngày này/,
    /no calendar has this day/,
  ],
  [{ validFrom: 'Bí mật' }, '/body/validFrom', /thời điểm RFC 3339/, /an RFC 3339 time/],
  [{ hours: { from: -1, to: 25 } }, '/body/hours/from', /^phải ít nhất là 0$/, /^must be at least 0$/],
  [{ hours: { from: 1, to: 25 } }, '/body/hours/to', /^không được quá 24$/, /^must be at most 24$/],
];
const grant = {
  ...{ id: 'q-1', systemId: 'mot-cua', operations: ['population.v1/lookUpCitizen'], legalBasis: 'NĐ 1' },
  ...{ grantor: 'UBND', caseRule: 'optional', leastAssurance: 1, senderBound: true, environment: 'sandbox' },
  ...{ quota: { perMinute: 1, perDay: 1 }, reach: 'unit', validFrom, validTo: '2026-06-01T00:00:00Z' },
};

describe('The words for what does not fit a contract', () => {
  let propose: OperationValidator | undefined;
  let list: OperationValidator | undefined;
  before(() => {
    const validators = createValidators(loadContract('admin.v1')).of;
    [propose, list] = ['proposeGrant', 'listUnits'].map((id) => validators.get(id));
  });

  function placesOf(request: () => unknown): readonly ProblemPlace[] {
    try {
      request();
    } catch (error) {
      if (error instanceof Problem) return error.more.errors ?? [];
      throw error;
    }
    return [];
  }
  const check = (body: unknown) => {
    const path = '/admin/v1/grants';
    const typed = { ...headers, 'content-type': 'application/json' };
    return placesOf(() => propose?.request({ target: path, path, headers: typed, query: {}, body }));
  };
  const ask = (name: string, value: string) => {
    const path = '/admin/v1/units';
    const target = `${path}?${name}=${value}`;
    return placesOf(() =>
      list?.request({ target, path, headers, query: { [name]: value }, body: undefined }),
    );
  };

  it('are none for what fits', () => assert.deepEqual(check(grant), []));

  for (const [mistake, where, vi, en] of mistakes)
    it(`name the place and what is asked for: ${JSON.stringify(mistake).slice(0, 60)}`, () => {
      const [place] = check(JSON.parse(JSON.stringify({ ...grant, ...mistake }, (_, v) => v)));
      assert.equal(place?.where, where);
      assert.match(place.vi, vi);
      assert.match(place.en, en);
      assert.doesNotMatch(JSON.stringify(place), /Bí mật|\^/);
    });

  it('name a parameter that is not documented, empty or out of bounds', () => {
    for (const [name, value, en] of [
      ['secret', 'x', 'is not in the contract'],
      ['q', '', 'must not be empty'],
      ['limit', '201', 'must be at most 200'],
      ['limit', 'x', 'must be integer'],
      ['sort', 'a,b', 'must have its reserved characters escaped'],
    ] as const)
      assert.deepEqual(
        ask(name, value).map((place) => [place.where, place.en]),
        [[`/query/${name}`, en]],
      );
  });
});
