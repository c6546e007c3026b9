// Whether a record is the person that was claimed. Diacritics count: who differs in them is for an officer to judge, by
// the papers (rules-and-checklist.md §2), so such a record is not confirmed and nothing of it is given.
import type { Citizen, LookUpClaim } from '../../../adapters/population/index.ts';

const tones = /[\u0300\u0301\u0303\u0309\u0323]/gu;

/** Moves the tone to the syllable's end: `hoà` and `hòa` are two ways of writing one name. */
function toToneLast(syllable: string): string {
  return syllable.replace(tones, '') + (syllable.match(tones) ?? []).join('');
}

/**
 * A name without what differs between keyboards, fonts and clients only: composition, case, runs of spaces, the shape of
 * apostrophes and hyphens, look-alikes of `đ`, the place of the tone within a syllable.
 */
export function toFoldedName(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[\u2018\u2019\u02bc\u02b9\u00b4`]/gu, "'")
    .replace(/[\u2010-\u2015]/gu, '-')
    .replace(/[\u00d0\u0189\u00f0\u0256]/gu, 'đ')
    .toUpperCase()
    .toLowerCase()
    .trim()
    .normalize('NFD')
    .split(/([\s'-]+)/u)
    .map((part) => (/^\s+$/u.test(part) ? ' ' : toToneLast(part)))
    .join('');
}

/** `yyyy-MM-dd` or `yyyy` each; where one side has only the year, the years are compared. */
function isSameBirthDate(claimed: string, recorded: string): boolean {
  if (claimed.length === recorded.length) return claimed === recorded;
  return claimed.slice(0, 4) === recorded.slice(0, 4);
}

/** True when number, folded full name and birth date of the record are those of the claim; what is absent is not. */
export function isSamePerson(claim: LookUpClaim, citizen: Citizen): boolean {
  const number = claim.personalNumber.length === 12 ? citizen.personalNumber : citizen.oldIdentityNumber;
  return (
    number === claim.personalNumber &&
    citizen.fullName !== undefined &&
    toFoldedName(citizen.fullName) === toFoldedName(claim.fullName) &&
    citizen.birthDate !== undefined &&
    isSameBirthDate(claim.birthDate, citizen.birthDate)
  );
}
