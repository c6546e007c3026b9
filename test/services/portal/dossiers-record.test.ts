// Whatever units submit, correct and withdraw: what is kept of a change is what was said, to the byte.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { toCanonical } from '../../../src/evidence/canonical.ts';
import { openRecord, type PortalRecord, sealRecord } from '../../../src/services/portal/record-form.ts';
import { newCode, startDossierHub } from './dossier-hub.ts';
import { records } from './records.ts';

type Act = {
  readonly kind: 'submit' | 'correct' | 'withdraw';
  readonly record: PortalRecord;
  readonly pick: number;
};

const acts: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom('submit', 'submit', 'correct', 'withdraw'),
  record: records,
  pick: fc.nat(50),
});

describe('The record of a change', () => {
  let hub: Awaited<ReturnType<typeof startDossierHub>>;
  before(async () => {
    hub = await startDossierHub('portal-records');
  });
  after(() => hub.stop());

  it('is sealed for its change alone', () => {
    const [key, id] = [randomBytes(32), randomUUID()];
    const record = { code: 'H99-1', dossier: { note: 'Ghi chú' } };
    const form = sealRecord(key, id, record);
    assert.deepEqual(openRecord(key, id, form), record);
    assert.throws(() => openRecord(key, randomUUID(), form), /cannot be opened/);
    assert.throws(() => openRecord(randomBytes(32), id, form), /cannot be opened/);
  });

  /** Does one act; tells what was taken into `said`. */
  async function act(
    { kind, record, pick }: Act,
    code: string,
    said: Map<string, PortalRecord>,
  ): Promise<void> {
    const ids = [...said.keys()];
    const target = ids[pick % Math.max(1, ids.length)];
    if (kind === 'withdraw') {
      if (target) await hub.tell(`/repairs/${target}/withdrawals`, { reason: 'Thử bỏ' });
      return;
    }
    const own = { ...record, code };
    const more = kind === 'correct' && target ? { corrects: target } : {};
    const { status, body } = await hub.submit([{ ...own, ...more }]);
    assert.equal(status, 202, JSON.stringify(body.errors));
    const id = body.records[0].change?.changeId;
    if (id) said.set(id, own);
  }

  it('11.12 opened again is what was submitted, whatever came of it, and the dossier says what is last in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 1, maxLength: 6 }), async (all) => {
        const code = newCode();
        const said = new Map<string, PortalRecord>();
        for (const one of all) await act(one, code, said);
        const { rows } = await hub.owner.query<{
          id: string;
          form: Buffer;
          state: string;
          has_dossier: boolean;
        }>(
          `SELECT c.id, c.form, c.has_dossier, d.state FROM portal_change c JOIN delivery d ON d.id = c.id
             JOIN dispatch p ON p.id = d.dispatch_id WHERE c.dossier_code = $1 ORDER BY p.position, c.no`,
          [code],
        );
        assert.equal(rows.length, said.size);
        for (const { id, form } of rows)
          assert.equal(toCanonical(openRecord(hub.fieldKey, id, form)), toCanonical(said.get(id)));
        const last = rows.filter(({ state, has_dossier: has }) => has && state !== 'abandoned').at(-1);
        const { body } = await hub.ask(`/dossiers/${code}`);
        assert.deepEqual(body.dossier, last && said.get(last.id)?.dossier);
        assert.equal(body.item?.status, last && said.get(last.id)?.dossier?.status);
      }),
      { numRuns: 15 },
    );
  });
});
