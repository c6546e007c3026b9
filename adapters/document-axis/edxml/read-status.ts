// A status from its MessageHeader. Source: document-axis.md §2.1, §2.2, §9.10
import { statusCodes } from './code-lists.ts';
import { EdxmlError } from './faults.ts';
import { type Fields, toPresent } from './fields.ts';
import { readOrgan, readReference, readStaff } from './read-parties.ts';
import type { EdxmlStatus, TraceHop } from './types.ts';

/** The codes that nobody understands without a reason. §2.2 */
export const statusesWithReason: ReadonlySet<string> = new Set(['02', '13', '16']);

function toStatusCode(header: Fields): string {
  const raw = header.required('StatusCode');
  const where = header.where('StatusCode');
  const padded = /^\d$/.test(raw) ? `0${raw}` : raw;
  if (padded !== raw) header.warnings.add('status-padded', where);
  if (padded === '14') header.warnings.add('status-fourteen', where);
  const code = padded === '14' ? '15' : padded;
  if (!Object.hasOwn(statusCodes, code)) header.warnings.add('status-unknown', where);
  return code;
}

/** @throws EdxmlError required-element, placeholder, date, year */
export function readStatus(header: Fields, trace: readonly TraceHop[]): EdxmlStatus {
  const responseFor = header
    .children('ResponseFor')
    .map(readReference)
    .find((found) => found !== undefined);
  if (responseFor?.documentId === undefined && responseFor?.code === undefined)
    throw new EdxmlError('required-element', header.where('ResponseFor'));
  if (responseFor.organId === undefined)
    header.warnings.add('addressee-missing', header.where('ResponseFor'));
  const raw = header.required('StatusCode');
  const statusCode = toStatusCode(header);
  const description = header.text('Description');
  if (statusesWithReason.has(statusCode) && description === undefined)
    header.warnings.add('reason-missing', header.where('Description'));
  return {
    kind: 'status',
    from: readOrgan(header.requiredChild('From'), 'From'),
    responseFor,
    statusCode,
    trace,
    ...toPresent({
      statusCodeRaw: raw === statusCode ? undefined : raw,
      staff: readStaff(header.child('StaffInfo')),
      description,
      timestamp: header.time('Timestamp'),
    }),
  };
}
