// Writes a demand down, whole or not at all: its row, with all that is to be sent sealed beside it. Sends nothing.
import { hash } from 'node:crypto';
import pg from 'pg';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import { toCanonical } from '../../../evidence/canonical.ts';
import { Problem } from '../../../problem.ts';
import { createRandom } from '../../../random.ts';
import type { Unit } from '../../../registry/types.ts';
import { toCurrentCodes } from '../../documents/directory/inside.ts';
import type { Caller } from '../../service.ts';
import type { BeneficiaryBook, PaymentForm, PaymentRooms } from '../dependencies.ts';
import { toNextQuery } from '../movement/times.ts';
import { sealPart } from '../sealed.ts';
import type { NewPayment } from './check.ts';

/** What writing a demand down stands on. */
export type InsertRooms = Pick<PaymentRooms, 'pool' | 'keys' | 'rules' | 'now'> & {
  readonly beneficiaries: BeneficiaryBook;
};

const letters = 'ABCDEFGHJKMNPQRSTVWXYZ0123456789';
const referenceLength = 20;
const random = createRandom(referenceLength);

/** MaThamChieu: 100 random bits, so that nobody can guess another's; no longer than the older variant takes. */
const toReference = (): string =>
  Array.from(random(), (byte) => letters[byte % letters.length] ?? '').join('');

/** MaDonVi: the code that a unit has at the platform, else the one that it has everywhere. */
function toUnitCode({ codes, ...unit }: Unit, at: Date): string {
  const own = codes.find(
    ({ scheme, from, to }) => scheme === 'payment-platform' && from <= at && (!to || at < to),
  );
  const code = own?.code ?? toCurrentCodes({ ...unit, codes }, at)[0]?.code;
  if (code === undefined) throw new Problem('code-unmapped', { source: 'payment-platform' });
  return code;
}

/** The same fees in another order are the same demand. */
const toLinesDigest = ({ lines }: NewPayment): string =>
  hash('sha256', toCanonical(lines.map((line) => toCanonical(line)).sort()));

function toForm(
  demand: NewPayment,
  unit: PaymentForm['unit'],
  account: PaymentForm['beneficiary'],
): PaymentForm {
  const { payer, fine } = demand;
  const { account: number, bankCode, accountName, treasury, budgetAccount } = account;
  return {
    ...{ text: demand.text, procedure: demand.procedure, unit, lines: demand.lines },
    publicService: demand.publicService,
    payer: {
      ...{ name: payer.name, identityNumber: payer.identityNumber, address: payer.address },
      ...{ province: payer.province, ip: payer.ip },
    },
    beneficiary: { account: number, bankCode, accountName, treasury, budgetAccount },
    fine: fine && {
      ...{ kind: fine.kind, agency: fine.agency, number: fine.number, day: fine.day },
      ...{ violatedAt: fine.violatedAt, place: fine.place, violator: fine.violator },
    },
    returnUrl: demand.returnUrl,
  };
}

const insert = `INSERT INTO payment (id, reference, variant, unit_id, owning_unit, system_id, grant_id, dossier, procedure_code,
    kind, amount, beneficiary_code, beneficiary_revision, lines_sha256, form, expires_at, next_query_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`;

/** Where an open payment stands, in Vietnamese. */
const openWords: Readonly<Record<string, string>> = {
  created: 'vừa tạo',
  waiting: 'đang chờ nộp tiền',
  'in-doubt': 'đang chờ xác minh',
};

const isTaken = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '23505';

/** Names the open one, so that whoever asked can use it or end it. */
async function toConflict({ pool }: InsertRooms, demand: NewPayment, unitId: string): Promise<Problem> {
  const { rows } = await pool.query<{ id: string; reference: string; state: string }>(
    `SELECT id, reference, state FROM payment WHERE unit_id = $1 AND dossier = $2 AND lines_sha256 = $3
       AND state IN ('created', 'waiting', 'in-doubt')`,
    [unitId, demand.dossier, toLinesDigest(demand)],
  );
  const [open] = rows;
  // It may have ended meanwhile: then the next try goes through.
  if (!open) return new Problem('payment-open', { retryAfterS: 1 });
  const { id, reference, state } = open;
  return new Problem('payment-open', {
    detail: {
      vi: `Khoản đang mở: ${id}, mã tham chiếu ${reference}, ${openWords[state] ?? state}.`,
      en: `The open payment: ${id}, reference ${reference}, state ${state}.`,
    },
  });
}

/**
 * Writes a demand down under an id; where the id is there already, another repeat was quicker, and nothing is written.
 * @throws Problem beneficiary-unknown | payment-open | code-unmapped
 */
export async function insertPayment(
  rooms: InsertRooms,
  id: string,
  demand: NewPayment,
  { actingUnit, system, grant }: Caller,
): Promise<void> {
  const { pool, keys, rules, now, beneficiaries } = rooms;
  const at = now();
  const unit = { code: toUnitCode(actingUnit, at), name: actingUnit.name };
  const expiresAt = new Date(demand.expiresAt);
  try {
    await withRepeatedTransaction(pool, async (client) => {
      const account = await beneficiaries.find(client, demand.beneficiary, actingUnit.id);
      if (!account)
        throw new Problem('beneficiary-unknown', {
          errors: [
            {
              where: '/body/beneficiary',
              vi: 'không phải tài khoản đã duyệt, đang dùng cho đơn vị này',
              en: 'is no account that is approved, active and for this unit',
            },
          ],
        });
      const form = JSON.stringify(toForm(demand, unit, account));
      await client.query(insert, [
        ...[id, toReference(), rules.variant, actingUnit.id, system.unitId, system.id, grant.id],
        ...[demand.dossier, demand.procedure.code, demand.kind, demand.amount],
        ...[demand.beneficiary, account.revision, toLinesDigest(demand)],
        ...[sealPart(keys.field, 'payment', id, form), expiresAt, toNextQuery(rules, { expiresAt }, 0, at)],
      ]);
    });
  } catch (error) {
    if (!isTaken(error)) throw error;
    const { rowCount } = await pool.query('SELECT FROM payment WHERE id = $1', [id]);
    if (rowCount === 0) throw await toConflict(rooms, demand, actingUnit.id);
  }
}
