// What of an edXML file is looked at for signs of state secrecy, whoever brings it.
import type { AttachmentIndex, EdxmlDocument } from '../../../../adapters/document-axis/edxml/types.ts';
import type { SecrecySigns } from './secrecy.ts';

/** Number and notation, and all texts of the header that a person reads. */
export const toSignsOfFile = (message: EdxmlDocument): SecrecySigns => ({
  code: [
    { where: '/body/CodeNumber', text: message.code.number },
    { where: '/body/CodeNotation', text: message.code.notation },
  ],
  texts: [
    { where: '/body/Subject', text: message.subject },
    { where: '/body/Content', text: message.content },
    { where: '/body/TypeName', text: message.documentType.typeName },
    ...message.attachments.flatMap(({ name, description }) => [
      { where: '/body/AttachmentName', text: name },
      { where: '/body/Description', text: description },
    ]),
  ],
});

/** What attachments say of themselves beside the manifest; known once the file was read to its end. */
export const toSignsOfAttachments = (attachments: readonly AttachmentIndex[]): SecrecySigns => ({
  code: [],
  texts: attachments.flatMap(({ name, description }) => [
    { where: '/body/AttachmentName', text: name },
    { where: '/body/Description', text: description },
  ]),
});
