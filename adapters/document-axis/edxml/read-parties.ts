// The groups that documents and statuses share: units, references to documents, staff.
import { EdxmlError } from './faults.ts';
import { type Fields, toPresent } from './fields.ts';
import type { DocumentReference, Organ, Staff } from './types.ts';

/** What templates leave behind where nobody filled them in. Source: document-axis.md §5.17 */
const placeholder = /\$\{|#\{|\{\{|\}\}|<%|%>|\[\[|@@/;

/** @throws EdxmlError placeholder */
export function refusePlaceholder(text: string, where: string): void {
  if (placeholder.test(text)) throw new EdxmlError('placeholder', where);
}

/** `From` or `To`. @throws EdxmlError required-element, placeholder */
export function readOrgan(organ: Fields, nested: string): Organ {
  if (organ.has(nested)) throw new EdxmlError('placeholder', organ.where(nested));
  const organId = organ.required('OrganId');
  refusePlaceholder(organId, organ.where('OrganId'));
  if (organId === 'null') organ.warnings.add('organ-null', organ.where('OrganId'));
  return {
    organId,
    ...toPresent({
      organizationInCharge: organ.text('OrganizationInCharge'),
      organName: organ.text('OrganName'),
      organAdd: organ.text('OrganAdd'),
      email: organ.text('Email'),
      telephone: organ.text('Telephone'),
      fax: organ.text('Fax'),
      website: organ.text('Website'),
    }),
  };
}

/** `ResponseFor`; undefined for an empty one. @throws EdxmlError date, year */
export function readReference(reference: Fields): DocumentReference | undefined {
  return toPresent({
    organId: reference.text('OrganId'),
    code: reference.text('Code'),
    documentId: reference.text('DocumentId'),
    promulgationDate: reference.date('PromulgationDate'),
  });
}

/** `StaffInfo`; undefined for an empty one. */
export function readStaff(staff: Fields | undefined): Staff | undefined {
  return (
    staff &&
    toPresent({
      department: staff.text('Department'),
      departmentId: staff.text('DepartmentId'),
      staff: staff.text('Staff'),
      staffId: staff.text('StaffId'),
      email: staff.text('Email'),
      mobile: staff.text('Mobile'),
    })
  );
}
