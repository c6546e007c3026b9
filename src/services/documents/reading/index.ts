// The handlers that give messages: structured, original, attachment by attachment, and what was sent.
import type { components, operations } from '../../../../openapi/types/documents.v1.ts';
import { Problem } from '../../../problem.ts';
import type { Handlers } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import type { KeptMessage } from '../messages.ts';
import { openContent, openMessage, openOriginal } from './open-message.ts';
import { toContentAnswer } from './ranges.ts';
import { listSent } from './sent.ts';

type Reading = Pick<Handlers<operations>, 'getMessage' | 'getOriginal' | 'getAttachment' | 'listSent'>;

function toAnswer(message: KeptMessage): components['schemas']['Message'] {
  const { form } = message;
  const name = form.message.from.organName;
  return {
    messageId: message.id,
    kind: message.kind,
    origin: message.origin,
    documentId: message.documentId,
    from: { code: message.senderCode, ...(name !== undefined && { name }) },
    // Written as 0 to 4 only.
    priority: message.priority,
    acceptedAt: message.acceptedAt.toISOString(),
    sha256: message.sha256,
    bytes: message.bytes,
    form: { ...form.message },
    attachments: form.attachments.map(
      ({ no, name: file, contentType, detectedType, description, bytes, sha256 }) => ({
        ...{ no, name: file, contentType, detectedType, bytes, sha256 },
        ...(description !== undefined && { description }),
      }),
    ),
    ...(form.warnings.length > 0 && { warnings: [...form.warnings] }),
  };
}

/** RFC 6266 §4.3 with the name by RFC 8187; saved, never shown by a browser. */
const toDisposition = (name: string): string =>
  `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)}`;

/** Handlers of `getMessage`, `getOriginal`, `getAttachment` and `listSent`. */
export const createReading = (rooms: DocumentRooms): Reading => ({
  getMessage: {
    handle: async ({ params, caller }) => ({
      status: 200,
      body: toAnswer(await openMessage(rooms, params.messageId, caller)),
    }),
  },
  getOriginal: {
    async handle({ params, caller, headers }) {
      const message = await openMessage(rooms, params.messageId, caller);
      const { id, sha256, bytes } = message;
      return toContentAnswer(
        {
          ...{ bytes, sha256, type: 'application/octet-stream' },
          headers: { 'content-disposition': toDisposition(`${id}.edxml`) },
          open: (from, to) => () => openOriginal(rooms, message, { from, to }),
        },
        headers,
      );
    },
  },
  getAttachment: {
    async handle({ params, caller, headers }) {
      const message = await openMessage(rooms, params.messageId, caller);
      const index = message.form.attachments.find(({ no }) => no === Number(params.no));
      if (!index) throw new Problem('attachment-not-found');
      return toContentAnswer(
        {
          ...{ bytes: index.bytes, sha256: index.sha256, type: 'application/octet-stream' },
          headers: { 'content-disposition': toDisposition(index.name) },
          open: (from, to) => async () => openContent(rooms.blobs, message.sha256, index, { from, to }),
        },
        headers,
      );
    },
  },
  listSent: {
    handle: async (request) => ({ status: 200, body: await listSent(rooms, request) }),
  },
});
