// From the envelope's elements to a message: order-independent, tolerant where real messages err, loud where something
// needed is missing. Nothing of it is changed or repaired but what a warning names. Source: document-axis.md §1, §2, §5
import { edxmlNamespace } from './elements.ts';
import { EdxmlError } from './faults.ts';
import { Fields, toPresent } from './fields.ts';
import { childOf, type Element } from './markup.ts';
import { readDocument } from './read-document.ts';
import { readStatus } from './read-status.ts';
import type { EdxmlLimits, EdxmlMessage, SignatureState, TraceHop } from './types.ts';
import type { Warnings } from './warnings.ts';

/** §1.7: only a signature in the namespace of XMLDSig could be verified by anybody. */
function toSignature(header: Element): SignatureState {
  const found = header.children.filter(({ name }) => name === 'Signature' || name === 'DigitalSignature');
  const filled = found.filter((element) => element.children.length > 0 || element.text.trim() !== '');
  if (filled.length === 0) return 'absent';
  const isStandard = filled.some(
    (element) =>
      element.namespace === 'http://www.w3.org/2000/09/xmldsig#' &&
      (childOf(element, 'SignatureValue')?.text.trim() ?? '') !== '',
  );
  return isStandard ? 'present' : 'unverifiable';
}

function toTrace(list: Fields | undefined): readonly TraceHop[] {
  return (list?.children('TraceHeader') ?? []).map((hop) => {
    const organId = hop.text('OrganId');
    if (organId === 'null') hop.warnings.add('organ-null', hop.where('OrganId'));
    return toPresent({ organId, at: hop.time('Timestamp') }) ?? {};
  });
}

const isForeign = (element: Element): boolean =>
  element.name !== 'Signature' && (element.namespace !== edxmlNamespace || element.children.some(isForeign));

/** @throws EdxmlError required-element, placeholder, date, year, business-type, too-many-receivers, too-many-attachments */
export function toMessage(envelope: Element, limits: EdxmlLimits, warnings: Warnings): EdxmlMessage {
  if (isForeign(envelope)) warnings.add('namespace', 'edXMLEnvelope');
  const fields = new Fields(envelope, ['edXMLEnvelope'], warnings);
  const header = fields.requiredChild('edXMLHeader');
  const headerElement = childOf(envelope, 'edXMLHeader');
  const messageHeader = header.requiredChild('MessageHeader');
  const list = header.child('TraceHeaderList');
  const trace = toTrace(list);
  if (messageHeader.has('StatusCode')) return readStatus(messageHeader, trace);
  const manifest = fields.child('edXMLBody')?.child('edXMLManifest')?.children('Reference') ?? [];
  if (manifest.length > limits.attachments) throw new EdxmlError('too-many-attachments', 'edXMLManifest');
  if (messageHeader.children('To').length > limits.receivers)
    throw new EdxmlError('too-many-receivers', 'MessageHeader/To');
  return readDocument({
    header: messageHeader,
    business: list?.child('Bussiness'),
    manifest,
    trace,
    signature: headerElement ? toSignature(headerElement) : 'absent',
  });
}
