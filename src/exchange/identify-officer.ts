// Step 2, second half: for whom the system calls and why, from the headers Officer, Purpose and Case-Code. A personal
// number is refused in each of them.
import { Problem } from '../problem.ts';
import { isInForce } from '../registry/snapshot.ts';
import type { Officer, Registry } from '../registry/types.ts';
import { add, type Identified, type Reasoned } from './stages.ts';

const isPersonalNumber = (text: string): boolean => /^(\d{9}|\d{12})$/.test(text.trim());

/** A personal number, or one inside: 12 digits that begin as one does (001–096, in the sandbox 999). */
const holdsPersonalNumber = (text: string): boolean =>
  isPersonalNumber(text) || /(?<!\d)(0\d{11}|999\d{9})(?!\d)/.test(text);

/** The form that the registry gives to purpose codes; what has another form is not kept. */
const isPurpose = (text: string): boolean =>
  /^[a-z0-9][a-z0-9-]{0,63}$/.test(text) && !holdsPersonalNumber(text);

function toOfficer(registry: Registry, identified: Identified, id: string | undefined): Officer | undefined {
  if (id === undefined) return undefined;
  if (isPersonalNumber(id)) throw new Problem('officer-is-personal-number');
  const officer = registry.current.officer(id);
  const isServing = officer?.unitId === identified.actingUnit.id && isInForce(officer, identified.at);
  if (!officer || !isServing) throw new Problem('officer-unknown');
  return officer;
}

/**
 * @throws Problem officer-missing | officer-is-personal-number | officer-unknown | purpose-missing |
 *   purpose-not-granted (no code of a purpose) | case-code-invalid
 */
export function identifyOfficer(registry: Registry, identified: Identified): Reasoned {
  // What those say of officers, purposes and cases whom the registry does not know is not kept.
  if (identified.operation.scheme !== 'hubToken')
    return add(identified, { officer: undefined, purpose: undefined, caseCode: undefined });
  const { officer: officerId, purpose, 'case-code': caseCode } = identified.call.headers;
  if (identified.operation.officer && officerId === undefined) throw new Problem('officer-missing');
  const officer = toOfficer(registry, identified, officerId);
  if (identified.operation.officer && purpose === undefined) throw new Problem('purpose-missing');
  if (purpose !== undefined && !isPurpose(purpose)) throw new Problem('purpose-not-granted');
  if (caseCode !== undefined && (holdsPersonalNumber(caseCode) || !/^[\x21-\x7E]{1,80}$/.test(caseCode)))
    throw new Problem('case-code-invalid');
  return add(identified, { officer, purpose, caseCode });
}
