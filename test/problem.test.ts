// Errors as replies: the caller's language, both languages inside, and nothing that is not for the caller.
import assert from 'node:assert/strict';
import { Problem, type ProblemReply, toProblem, toProblemReply } from '../src/problem.ts';
import { type ProblemCode, problemCodes } from '../src/problem-codes.ts';

const baseUrl = 'https://lgsp.example.vn';
const reply = (problem: Problem, acceptLanguage?: string): ProblemReply =>
  toProblemReply(problem, { baseUrl, acceptLanguage });

describe('A problem', () => {
  it('is an RFC 9457 reply that says what, who must act, and where it is explained', () => {
    const exchangeId = '0199a7c0-0000-7000-8000-000000000000';
    const { status, headers, body } = toProblemReply(new Problem('grant-missing'), { baseUrl, exchangeId });
    assert.equal(status, 403);
    assert.deepEqual(headers, {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-language': 'vi',
      'cache-control': 'no-store',
    });
    const { vi, en } = problemCodes['grant-missing'];
    assert.deepEqual(body, {
      type: `${baseUrl}/problems/grant-missing`,
      title: vi.title,
      status: 403,
      instance: `urn:uuid:${exchangeId}`,
      exchangeId,
      code: 'grant-missing',
      responsible: 'caller',
      vi,
      en,
    });
  });

  const languages = [
    [undefined, 'vi'],
    ['', 'vi'],
    ['en', 'en'],
    ['EN-gb, vi;q=0.8', 'en'],
    ['fr, en;q=0.5', 'en'],
    ['vi-VN, en;q=0.9', 'vi'],
    ['fr', 'vi'],
    ['*', 'vi'],
    ['enx, xvi', 'vi'],
  ] as const;
  for (const [header, language] of languages)
    it(`speaks ${language} to ${JSON.stringify(header)}, with both languages inside`, () => {
      const detail = { vi: 'chi tiết', en: 'detail' };
      const { headers, body } = reply(new Problem('not-found', { detail }), header);
      assert.equal(headers['content-language'], language);
      assert.equal(body['title'], problemCodes['not-found'][language].title);
      assert.equal(body['detail'], detail[language]);
      assert.deepEqual(body['vi'], { ...problemCodes['not-found'].vi, detail: detail.vi });
      assert.deepEqual(body['en'], { ...problemCodes['not-found'].en, detail: detail.en });
    });

  it('keeps its cause for the log', () => {
    const cause = new Error('test-secret', { cause: { inner: 'test-secret' } });
    const problem = new Problem('source-timeout', { cause, source: 'population' });
    assert.equal(problem.cause, cause);
    assert.equal(problem.message, 'source-timeout');
    assert.doesNotMatch(JSON.stringify(reply(problem)), /test-secret|stack|inner/);
    assert.equal(reply(problem).body['source'], 'population');
  });

  it('says when to come again, and carries the headers of its case', () => {
    const problem = new Problem('method-not-allowed', { retryAfterS: 7, headers: { allow: 'POST' } });
    const { headers } = reply(problem);
    assert.deepEqual([headers['retry-after'], headers['allow']], ['7', 'POST']);
    assert.equal(reply(new Problem('not-found')).headers['retry-after'], undefined);
    assert.equal(reply(new Problem('rate-exceeded', { retryAfterS: 0 })).headers['retry-after'], '0');
  });

  it('names another party where the case decides it', () => {
    assert.equal(reply(new Problem('source-refused')).body['responsible'], 'hub');
    const { body } = reply(new Problem('source-refused', { responsible: 'source' }));
    assert.equal(body['responsible'], 'source');
  });

  it('says why a place does not fit in the language of the reply, with both inside', () => {
    const problem = new Problem('request-invalid', {
      errors: [{ where: '/body', vi: 'thiếu', en: 'missing' }],
    });
    const place = { where: '/body', vi: 'thiếu', en: 'missing' };
    assert.deepEqual(reply(problem).body['errors'], [{ ...place, message: 'thiếu' }]);
    assert.deepEqual(reply(problem, 'en').body['errors'], [{ ...place, message: 'missing' }]);
  });

  it('names at most fifty places', () => {
    const errors = Array.from({ length: 60 }, (_, n) => ({ where: `/body/${n}`, vi: 'không', en: 'no' }));
    const { body } = reply(new Problem('request-invalid', { errors }));
    assert.deepEqual(
      body['errors'],
      errors.slice(0, 50).map((place) => ({ ...place, message: 'không' })),
    );
  });

  for (const thrown of [new TypeError('test-secret'), 'test-secret', undefined, { code: 'not-found' }])
    it(`is 500 internal-error without detail when ${typeof thrown} is thrown that is not ours`, () => {
      const problem = toProblem(thrown);
      assert.deepEqual([problem.code, problem.status, problem.cause], ['internal-error', 500, thrown]);
      const { body } = reply(problem);
      assert.doesNotMatch(JSON.stringify(body), /test-secret/);
      assert.equal(body['detail'], undefined);
    });

  it('that is ours stays what it is', () => {
    const problem = new Problem('hub-busy');
    assert.equal(toProblem(problem), problem);
  });
});

describe('The table of problem codes', () => {
  const codes = Object.entries(problemCodes);

  it('has words in both languages for each code, an error status, and a party to act', () => {
    for (const [code, { status, responsible, vi, en }] of codes) {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(status >= 400 && status <= 599, code);
      assert.ok(['caller', 'hub', 'network', 'source'].includes(responsible), code);
      for (const words of [vi.title, vi.action, en.title, en.action]) {
        assert.ok(words.length >= 5, code);
        assert.equal(words, words.normalize('NFC'), code);
      }
      assert.match(vi.action, /[.]$/, code);
      assert.match(en.action, /[.]$/, code);
    }
  });

  it('blames nobody else for what the caller did: 4xx of the caller only, but for what is not ready or not mapped', () => {
    const others = codes.filter(([, { status, responsible }]) => status < 500 && responsible !== 'caller');
    const allowed: readonly ProblemCode[] = [
      'code-unmapped',
      'leaf-not-in-tree',
      'payment-receipt-not-ready',
      'receipt-not-ready',
    ];
    assert.deepEqual(others.map(([code]) => code).sort(), [...allowed].sort());
    assert.ok(codes.every(([, { status, responsible }]) => status < 500 || responsible !== 'caller'));
  });
});
