// The ledger's rules: every event in every state, and the rules of money over random histories.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  confirmedStates,
  decide,
  followers,
  isAcknowledged,
  type LedgerEvent,
  type LedgerPayment,
  type PaymentState,
  paymentStates,
  type Verdict,
} from '../../../src/services/payment/ledger.ts';

const amount = 150_000;
const other = { amount, transaction: 'GD9990000002' };
const same = { amount, transaction: 'GD9990000001' };

const events = {
  'url-received': { kind: 'url-received' },
  'init-refused': { kind: 'init-refused' },
  confirmed: { kind: 'confirmed', ...same },
  'confirmed, another transaction': { kind: 'confirmed', ...other },
  'confirmed, another amount': { kind: 'confirmed', ...same, amount: 15_000 },
  'not-confirmed': { kind: 'not-confirmed' },
  'query-paid': { kind: 'query-paid' },
  'query-paid-other': { kind: 'query-paid-other' },
  'query-pending': { kind: 'query-pending' },
  'query-failed': { kind: 'query-failed' },
  'query-unknown': { kind: 'query-unknown' },
  'line: paid': { kind: 'line', status: 'paid', ...same },
  'line: paid, another transaction': { kind: 'line', status: 'paid', ...other },
  'line: paid, another amount': { kind: 'line', status: 'paid', ...same, amount: 15_000 },
  'line: refunded': { kind: 'line', status: 'refunded', ...same },
  'line: not-paid': { kind: 'line', status: 'not-paid', ...same },
  'line: unknown': { kind: 'line', status: 'unknown', ...same },
  'no-line': { kind: 'no-line' },
  expired: { kind: 'expired' },
  'polls-exhausted': { kind: 'polls-exhausted' },
  cancelled: { kind: 'cancelled' },
  'refund-requested': { kind: 'refund-requested' },
  'refund-made': { kind: 'refund-made' },
  'refund-refused': { kind: 'refund-refused' },
  accepted: { kind: 'accepted', amount },
  'accepted, another amount': { kind: 'accepted', amount: 15_000 },
  'not-paid': { kind: 'not-paid' },
} as const satisfies Readonly<Record<string, LedgerEvent>>;

/** `-` nothing, `→s` the state s, `!k` an exception, `×p` refused with a problem; columns as in `paymentStates`. */
const table: Readonly<Record<keyof typeof events, string>> = {
  //               created waiting in-doubt paid failed expired cancelled refund-requested refunded
  'url-received': '→waiting - - - - - - - -',
  'init-refused': '→failed - - - - - - - -',
  confirmed: '→paid →paid →paid - →paid!after-failure →paid!late !after-cancel - -',
  'confirmed, another transaction':
    '→paid →paid →paid !paid-twice →paid!after-failure →paid!late !after-cancel !paid-twice !paid-twice',
  'confirmed, another amount': Array(9).fill('!wrong-amount').join(' '),
  'not-confirmed': '- - - !status-differs - - - !status-differs -',
  'query-paid': '→paid →paid →paid - →paid!after-failure →paid!late !after-cancel - -',
  'query-paid-other': '- - - - - - - - -',
  'query-pending': '- - - - - - - - -',
  'query-failed': '→failed →failed →failed !status-differs - - - !status-differs -',
  'query-unknown': '- - - - - - - - -',
  'line: paid':
    '!status-differs !status-differs !status-differs - !status-differs !status-differs !status-differs - -',
  'line: paid, another transaction':
    '!status-differs !status-differs !status-differs !paid-twice !status-differs !status-differs !status-differs !paid-twice !paid-twice',
  'line: paid, another amount': Array(9).fill('!amount-differs').join(' '),
  'line: refunded': `${Array(8).fill('!refund-differs').join(' ')} -`,
  'line: not-paid': '- - - !status-differs - - - !status-differs -',
  'line: unknown': Array(9).fill('!status-differs').join(' '),
  'no-line': '- - - !only-ours - - - !only-ours !only-ours',
  expired: '→expired →expired - - - - - - -',
  'polls-exhausted': '→in-doubt!pending-too-long →in-doubt!pending-too-long - - - - - - -',
  cancelled:
    '→cancelled →cancelled ×payment-not-cancellable ×payment-not-cancellable ×payment-not-cancellable ×payment-not-cancellable - ×payment-not-cancellable ×payment-not-cancellable',
  'refund-requested': `${Array(3).fill('×payment-not-refundable').join(' ')} →refund-requested ${Array(3).fill('×payment-not-refundable').join(' ')} - ×payment-not-refundable`,
  'refund-made': `${Array(7).fill('×refund-not-requested').join(' ')} →refunded -`,
  'refund-refused': `${Array(7).fill('×refund-not-requested').join(' ')} →paid ×refund-not-requested`,
  accepted: '→paid →paid →paid ×decision-unfit →paid →paid →paid ×decision-unfit ×decision-unfit',
  'accepted, another amount': Array(9).fill('×decision-unfit').join(' '),
  'not-paid': `×decision-unfit ×decision-unfit →failed ${Array(6).fill('×decision-unfit').join(' ')}`,
};

function toCell(verdict: Verdict): string {
  if (verdict.kind === 'nothing') return '-';
  if (verdict.kind === 'refused') return `×${verdict.problem}`;
  const change = verdict.kind === 'change' ? `→${verdict.to}` : '';
  return verdict.exception ? `${change}!${verdict.exception}` : change;
}

const at = (state: PaymentState): LedgerPayment => ({
  state,
  amount,
  transaction: confirmedStates.includes(state) ? same.transaction : undefined,
});

describe('The ledger', () => {
  for (const name of Object.keys(events) as (keyof typeof events)[])
    it(`adapter 8.5-8.8, 8.11: ${name}, in every state`, () => {
      const cells = paymentStates.map((state) => toCell(decide(at(state), events[name])));
      assert.equal(cells.join(' '), table[name]);
    });

  it('adapter 8.5: acknowledges what took effect or had done so, and nothing that went to a person only', () => {
    const say = (state: PaymentState, name: keyof typeof events) =>
      isAcknowledged(decide(at(state), events[name]));
    assert.deepEqual(
      [say('waiting', 'confirmed'), say('paid', 'confirmed'), say('expired', 'confirmed')],
      [true, true, true],
    );
    assert.deepEqual(
      [say('waiting', 'confirmed, another amount'), say('cancelled', 'confirmed')],
      [false, false],
    );
  });

  it('changes a state only to one that may follow it', () => {
    for (const state of paymentStates)
      for (const event of Object.values(events)) {
        const verdict = decide(at(state), event);
        if (verdict.kind === 'change')
          assert.ok(followers[state].includes(verdict.to), `${state} ${event.kind}`);
      }
  });
});

/** What one history of a payment came to. */
interface Played extends LedgerPayment {
  readonly evidence: number;
  readonly exceptions: readonly string[];
}

const saysPaid = (event: LedgerEvent): boolean =>
  (event.kind === 'confirmed' && event.amount === amount) ||
  event.kind === 'query-paid' ||
  (event.kind === 'line' && event.status === 'paid' && event.amount === amount);

/** Nobody can accept what is not shown by a message or line, so an acceptance without any is left out, as the database does. */
function play(history: readonly LedgerEvent[]): Played {
  let played: Played = { ...at('created'), evidence: 0, exceptions: [] };
  for (const event of history) {
    const evidence = played.evidence + (saysPaid(event) ? 1 : 0);
    if (event.kind === 'accepted' && evidence === 0) continue;
    const verdict = decide(played, event);
    assertStep(played, event, verdict);
    const exception = 'exception' in verdict ? verdict.exception : undefined;
    played = {
      ...played,
      evidence,
      exceptions: exception ? [...played.exceptions, exception] : played.exceptions,
      ...(verdict.kind === 'change' && { state: verdict.to }),
      ...(verdict.kind === 'change' &&
        verdict.to === 'paid' &&
        event.kind === 'confirmed' && { transaction: event.transaction }),
    };
  }
  return played;
}

function assertStep(before: Played, event: LedgerEvent, verdict: Verdict): void {
  if (verdict.kind === 'change' && verdict.to === 'paid' && before.state === 'cancelled')
    assert.equal(event.kind, 'accepted');
  if (event.kind === 'line' || event.kind === 'no-line') assert.notEqual(verdict.kind, 'change');
  // Money is never passed over: it is confirmed, or was, or a person hears of it.
  if (saysPaid(event) && verdict.kind === 'nothing') assert.ok(confirmedStates.includes(before.state));
}

const anyEvent = fc.constantFrom<LedgerEvent>(...Object.values(events));

describe('The ledger over random histories', () => {
  it('the money confirmed is the sum of the payments confirmed, and each has evidence', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyEvent, { maxLength: 30 }), { maxLength: 20 }), (histories) => {
        const payments = histories.map(play);
        const confirmed = payments.filter(({ state }) => confirmedStates.includes(state));
        assert.ok(confirmed.every(({ evidence }) => evidence > 0));
        assert.ok(payments.every((one) => one.amount === amount && paymentStates.includes(one.state)));
        const shown = payments.filter(({ evidence }) => evidence > 0);
        const heard = shown.filter(
          ({ state, exceptions }) => !confirmedStates.includes(state) && exceptions.length > 0,
        );
        assert.equal(confirmed.length + heard.length, shown.length);
      }),
      { numRuns: 500 },
    );
  });

  it('adapter 8.5: the same confirmation twice has one effect', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (history) => {
        const once = play([...history, events.confirmed]);
        const twice = play([...history, events.confirmed, events.confirmed]);
        assert.deepEqual([twice.state, twice.transaction], [once.state, once.transaction]);
      }),
      { numRuns: 1_000 },
    );
  });
});
