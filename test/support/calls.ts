// The calls that most tests of the request path begin with. cq-00 is the one-stop system's first unit, cb-0001 its officer.
import type { TestAnswer, TestCall, TestHub } from './sandbox-hub.ts';

/** A citizen of the mock that exists whatever its seed. */
export const citizen = {
  personalNumber: '999190000002',
  fullName: 'Nguyễn Thị Thử Nghiệm',
  birthDate: '1990-02-15',
} as const;

/** Headers of an ordinary call about a case. */
export const caseHeaders = {
  officer: 'cb-0001',
  purpose: 'giai-quyet-tthc',
  'case-code': 'H99.10-251123-0001',
} as const;

/** A look-up of `citizen`, changed by `more`. */
export const lookUp = (more: Partial<TestCall> = {}): TestCall => ({
  method: 'POST',
  path: '/population/v1/citizen-lookups',
  body: citizen,
  ...more,
  headers: { ...caseHeaders, ...more.headers },
});

/** A confirmation of `citizen`, changed by `more`. */
export const confirm = (more: Partial<TestCall> = {}): TestCall => ({
  method: 'POST',
  path: '/population/v1/identity-confirmations',
  body: { personalNumber: citizen.personalNumber, fullName: citizen.fullName },
  ...more,
  headers: { ...caseHeaders, ...more.headers },
});

/** Makes a call until it ends with a problem code (undefined: with none). @throws Error after a second */
export async function callUntil(
  hub: Pick<TestHub, 'call'>,
  call: TestCall,
  code: string | undefined,
): Promise<TestAnswer> {
  const end = performance.now() + 1_000;
  for (;;) {
    const answer = await hub.call(call);
    if (answer.body.code === code) return answer;
    if (performance.now() > end) throw new Error(`still ${answer.body.code ?? 'no problem'}, not ${code}`);
  }
}
