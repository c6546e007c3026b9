// The handlers that send documents.
import type { operations } from '../../../../openapi/types/documents.v1.ts';
import { Problem } from '../../../problem.ts';
import type { Handlers, ServiceAnswer } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import type { Accepted } from './accepted.ts';
import { hashStream } from './asked.ts';
import { readGivenAnswer } from './calls.ts';
import { checkBeforeSending } from './check-before.ts';
import { sendReadyFile } from './ready-file.ts';
import { readAsked, sendStructured } from './structured.ts';

type Sending = Pick<Handlers<operations>, 'sendDocument' | 'sendDocumentFile' | 'checkDocument'>;

const toAnswer = (accepted: Accepted): ServiceAnswer<Accepted> => ({
  status: 202,
  body: accepted,
  result: 'accepted',
  received: { sha256: accepted.sha256, bytes: accepted.bytes },
});

/** The same outcome for the same content. @throws Problem idempotency-conflict */
async function repeat(
  rooms: DocumentRooms,
  earlierId: string,
  readAgain: () => Promise<string>,
  send: () => Promise<Accepted>,
): Promise<ServiceAnswer<Accepted>> {
  const earlier = await readGivenAnswer(rooms.pool, earlierId);
  if (!earlier) return toAnswer(await send());
  if ((await readAgain()) !== earlier.asked_sha256) throw new Problem('idempotency-conflict');
  return toAnswer(earlier.answer);
}

/** Handlers of `sendDocument`, `sendDocumentFile` and `checkDocument`. */
export const createSending = (rooms: DocumentRooms): Sending => ({
  sendDocument: {
    handle: async (request) => toAnswer(await sendStructured(rooms, request, request.exchangeId)),
    repeat: (request, earlierId) =>
      repeat(
        rooms,
        earlierId,
        () => readAsked(rooms, request),
        () => sendStructured(rooms, request, earlierId),
      ),
  },
  sendDocumentFile: {
    handle: async (request) => toAnswer(await sendReadyFile(rooms, request, request.exchangeId)),
    repeat: (request, earlierId) =>
      repeat(
        rooms,
        earlierId,
        async () => {
          if (!request.content) throw new Problem('body-unreadable');
          return hashStream(request.content.open());
        },
        () => sendReadyFile(rooms, request, earlierId),
      ),
  },
  checkDocument: {
    handle: async ({ body, caller }) => ({
      status: 200,
      body: await checkBeforeSending(rooms, body, caller.actingUnit.id),
    }),
  },
});
