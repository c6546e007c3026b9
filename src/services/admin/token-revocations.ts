// Single tokens revoked before they expire. Only the `jti` is kept, and only as long as a token could pass.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import { parseJws } from '../../signin/jws.ts';
import { tokenChars, tokenLifeS } from '../../signin/token-profile.ts';
import type { Handlers } from '../service.ts';
import { type ChangeContext, checkReach, type MakeChange } from './change.ts';
import { readPage } from './page.ts';
import { toTime } from './wire.ts';

type TokenRevocation = components['schemas']['TokenRevocation'];

interface RevocationRow {
  readonly jti: string;
  readonly revoked_at: Date;
  readonly forget_at: Date;
}

/** Longer than clocks of processes may be apart. */
const leewayS = 60;

const toRevocation = (row: RevocationRow): TokenRevocation => ({
  jti: row.jti,
  revokedAt: toTime(row.revoked_at),
  forgetAt: toTime(row.forget_at),
});

const refuse = (where: string, vi: string, en: string): Problem =>
  new Problem('request-invalid', { errors: [{ where, vi, en }] });

/**
 * The id of the token that is meant. Its signature is not checked and its expiry not believed: who may revoke, may revoke
 * any id, and a token with a false expiry must not be forgotten early.
 * @throws Problem request-invalid
 */
function toJti({ token, jti }: components['schemas']['NewTokenRevocation']): string {
  if ((token === undefined) === (jti === undefined))
    throw refuse('/body', 'phải có đúng một trong token, jti', 'must have exactly one of token, jti');
  if (token === undefined) return jti ?? '';
  try {
    const { header, payload } = parseJws(token, tokenChars);
    const id = payload['jti'];
    if (header['typ'] === 'at+jwt' && typeof id === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(id)) return id;
  } catch {
    // Said below, without a word of the token.
  }
  throw refuse('/body/token', 'phải là mã truy cập của trục này', 'must be an access token of this hub');
}

async function revoke({ client }: ChangeContext, jti: string): Promise<TokenRevocation> {
  await client.query('DELETE FROM revoked_token WHERE forget_at < clock_timestamp()');
  const { rows } = await client.query<RevocationRow>(
    `INSERT INTO revoked_token AS r (jti, forget_at) VALUES ($1, clock_timestamp() + $2 * interval '1 second')
       ON CONFLICT (jti) DO UPDATE SET forget_at = greatest(r.forget_at, excluded.forget_at) RETURNING *`,
    [jti, tokenLifeS + leewayS],
  );
  const [row] = rows;
  if (!row) throw new Error('a revocation was not kept');
  return toRevocation(row);
}

/** Handlers of the operations on single tokens. @param pool of the hub's own role, for reading */
export function createTokenRevocationHandlers(
  pool: Pool,
  change: MakeChange,
): Pick<Handlers<operations>, 'listTokenRevocations' | 'revokeToken'> {
  return {
    listTokenRevocations: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: 'SELECT * FROM revoked_token',
          values: [],
          id: 'jti',
          sorts: { jti: 'jti' },
        };
        const page = await readPage<RevocationRow, TokenRevocation>(pool, listing, query, toRevocation);
        return { status: 200, body: page };
      },
    },
    revokeToken: change('revokeToken', async ({ body }, context) => {
      const after = await revoke(context, toJti(body));
      return { status: 201, body: after, kind: 'token', target: after.jti, reason: body.reason, after };
    }),
  };
}
