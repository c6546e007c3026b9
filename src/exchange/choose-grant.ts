// Which of a system's grants covers a call. Deny by default; the problem names the first part that no grant meets.
import { createAddressList, type IsListed } from '../addresses.ts';
import { Problem } from '../problem.ts';
import type { ProblemCode } from '../problem-codes.ts';
import { isInForce } from '../registry/snapshot.ts';
import type { Grant } from '../registry/types.ts';
import { challenges } from '../signin/challenge.ts';

/** What a grant must cover. */
export interface GrantQuestion {
  readonly environment: string;
  readonly purpose: string | undefined;
  readonly at: Date;
  /** Whether the token is bound to its holder. */
  readonly isBound: boolean;
  readonly hasCase: boolean;
  /** Undefined: from wherever it will be called. */
  readonly remoteAddress: string | undefined;
}

const hourOfDay = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  hourCycle: 'h23',
  timeZone: 'Asia/Ho_Chi_Minh',
});

const addressLists = new WeakMap<Grant, IsListed>();

function isFromGrantedAddress(grant: Grant, remoteAddress: string): boolean {
  if (grant.addresses.length === 0) return true;
  const list = addressLists.get(grant) ?? createAddressList(grant.addresses);
  addressLists.set(grant, list);
  return list(remoteAddress);
}

function isWithinHours(grant: Grant, at: Date): boolean {
  if (!grant.hours) return true;
  const hour = Number(hourOfDay.format(at));
  return grant.hours.from <= hour && hour < grant.hours.to;
}

type Rule = readonly [ProblemCode, (grant: Grant, asked: GrantQuestion) => boolean];

/** In this order; each looks at the grants that the ones before have left. */
const rules: readonly Rule[] = [
  ['grant-missing', (grant, { environment }) => grant.environment === environment],
  ['purpose-not-granted', (grant, { purpose }) => grant.purpose === undefined || grant.purpose === purpose],
  ['grant-suspended', (grant) => grant.state === 'active'],
  ['grant-expired', (grant, { at }) => isInForce(grant, at)],
  ['token-not-bound', (grant, { isBound }) => !grant.isSenderBound || isBound],
  ['case-code-missing', (grant, { hasCase }) => grant.caseRule === 'optional' || hasCase],
  // Officers are asserted by the system: level 1. Levels 2 and 3 need the officer's own sign-in.
  ['assurance-too-low', (grant) => grant.leastAssurance <= 1],
  [
    'address-not-granted',
    (grant, { remoteAddress }) => remoteAddress === undefined || isFromGrantedAddress(grant, remoteAddress),
  ],
  ['outside-granted-hours', (grant, { at }) => isWithinHours(grant, at)],
];

/** @throws Problem grant-missing | purpose-not-granted | … (403), token-not-bound (401) */
export function chooseGrant(grants: readonly Grant[], asked: GrantQuestion): Grant {
  let left = grants;
  for (const [code, fits] of rules) {
    left = left.filter((grant) => fits(grant, asked));
    if (left.length === 0)
      throw new Problem(code, code === 'token-not-bound' ? { headers: challenges.none } : {});
  }
  const [first] = left;
  if (!first) throw new Problem('grant-missing');
  return first;
}
