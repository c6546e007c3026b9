// `LoaiDoiTuong` means another thing at each upstream: a table translates, and a kind without a code is not sent.
// Source: public-service-portal.md §4.4, §11.13
import type { PortalDossier } from './portal.ts';

/** Kinds of owners in the hub's words. */
export const ownerKinds = [
  'citizen',
  'enterprise',
  'household-business',
  'state-agency',
  'organisation',
] as const;

/** A kind of owner. */
export type OwnerKind = NonNullable<NonNullable<PortalDossier['owner']>['kind']>;

/** The upstream's code of each kind that it knows. */
export type OwnerKinds = Readonly<Partial<Record<OwnerKind, string>>>;

/** The two tables that were seen. §4.4 */
export const ownerPresets: Readonly<Record<'provincial' | 'ministry', OwnerKinds>> = {
  provincial: { citizen: '1', enterprise: '2', 'state-agency': '3', organisation: '4' },
  ministry: { citizen: '0', enterprise: '1', 'household-business': '2' },
};

/** The kind that a code of the upstream means; undefined when its table has no such code. */
export const toOwnerKind = (code: string, kinds: OwnerKinds): OwnerKind | undefined =>
  ownerKinds.find((kind) => kinds[kind] === code);
