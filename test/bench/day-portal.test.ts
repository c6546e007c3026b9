// That the day tells apart what the portal holds from what was said: each kind of difference is seen, and none that is not there.
import assert from 'node:assert/strict';
import { compareDossier } from '../../bench/day/portal/compare.ts';
import type { HeldDossier } from '../../bench/day/portal/mock.ts';
import { planBatches, planDossiers } from '../../bench/day/portal/plan.ts';
import { toHeldDossier, toHeldLine, toRecord } from '../../bench/day/portal/records.ts';

const ground = {
  dayMs: Date.UTC(2026, 10, 26),
  firstSerial: 7,
  procedures: [{ code: '1.1', name: 'Thủ tục' }],
};
const [dossier] = planDossiers({ dossiers: 1, seed: 3, units: 10 });
assert.ok(dossier);
const said = dossier.steps.map((_, step) => ({
  changeId: String(step),
  record: toRecord({ dossier, step, isAgain: false }, ground),
}));

/** What a portal holds that took everything once and in order. */
function hold(): { -readonly [Name in keyof HeldDossier]: HeldDossier[Name] } {
  let order = 0;
  const held = { creates: 1, updates: -1, statuses: [], progress: [], fields: {} } as {
    -readonly [Name in keyof HeldDossier]: HeldDossier[Name];
  };
  for (const { record } of said) {
    if (record.dossier) {
      order += 1;
      held.updates += 1;
      held.fields = JSON.parse(JSON.stringify(toHeldDossier(record.code, record.dossier)));
      held.statuses = [...held.statuses, { status: String(record.dossier.status), order, receptions: 1 }];
    }
    for (const line of record.progress ?? []) {
      order += 1;
      held.progress = [...held.progress, { order, receptions: 1, line: toHeldLine(record.code, line) }];
    }
  }
  return held;
}

const whole = { isLost: false, isDuplicated: false, isOutOfOrder: false, isAltered: false };
const lines = said.reduce((sum, { record }) => sum + (record.progress?.length ?? 0), 0);

describe('The comparison of a day of dossiers', () => {
  it('finds nothing where the portal took everything once and in order', () => {
    assert.deepEqual(compareDossier(said, hold()), { ...whole, lines });
  });

  it('finds a dossier, a state and a line that are not there', () => {
    const held = hold();
    assert.equal(compareDossier(said, undefined).isLost, true);
    assert.equal(compareDossier(said, { ...held, statuses: held.statuses.slice(0, -1) }).isLost, true);
    assert.equal(compareDossier(said, { ...held, progress: held.progress.slice(1) }).isLost, true);
  });

  it('finds what came twice', () => {
    const held = hold();
    const twice = held.progress.map((line) => ({ ...line, receptions: 2 }));
    assert.equal(compareDossier(said, { ...held, updates: held.updates + 1 }).isDuplicated, true);
    assert.equal(compareDossier(said, { ...held, progress: twice }).isDuplicated, true);
  });

  it('finds what overtook, and what was altered', () => {
    const held = hold();
    const [first, ...others] = held.progress;
    assert.ok(first);
    const late = [{ ...first, order: 99 }, ...others];
    assert.equal(compareDossier(said, { ...held, progress: late }).isOutOfOrder, true);
    const fields = { ...held.fields, TrangThaiHoSo: '8' };
    assert.deepEqual(compareDossier(said, { ...held, fields }), { ...whole, isAltered: true, lines });
    const added = [...held.progress, { ...first, order: 98, line: { ...first.line, NoiDungXuLy: 'khác' } }];
    assert.deepEqual(compareDossier(said, { ...held, progress: added }), {
      ...whole,
      isAltered: true,
      lines,
    });
  });

  it('is of a plan that is the same for the same seed, and made up as it should be', () => {
    const size = { dossiers: 2_000, seed: 7, units: 166 };
    const plan = planDossiers(size);
    assert.deepEqual(planDossiers(size), plan);
    const batches = [...planBatches(plan, 7).values()].flat();
    assert.ok(batches.every(({ records }) => records.length >= 1 && records.length <= 50));
    const steps = plan.flatMap((one) => one.steps);
    const near = (part: number, all: number, share: number): void =>
      assert.ok(Math.abs(part / all - share) < share / 2, `${part} of ${all}`);
    near(steps.filter(({ lacks }) => lacks).length, steps.length, 0.02);
    near(plan.filter((one) => one.steps.some(({ status }) => status === 5)).length, plan.length, 0.1);
    near(
      batches.filter(({ repeat }) => repeat === 'after' || repeat === 'at-once').length,
      batches.length,
      0.05,
    );
    assert.equal(
      batches.flatMap(({ records }) => records).length,
      steps.length + steps.filter(({ isSaidAgain }) => isSaidAgain).length,
    );
  });
});
