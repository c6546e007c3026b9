// The handlers of what units say of dossiers, and of what they see of it.
import type { operations } from '../../../../openapi/types/portal.v1.ts';
import type { Subject } from '../../../evidence/types.ts';
import type { Handlers, ServiceAnswer } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { toSpokenFinding } from '../finding-words.ts';
import { isBlocked } from '../findings.ts';
import { readSubmission, type SubmitRequest, submitDossiers } from './accept.ts';
import type { SubmissionResult } from './answer.ts';
import { listDossiers } from './dossier-list.ts';
import { createJudging, toRecord } from './judging.ts';
import { readLastStatuses } from './last-statuses.ts';
import { lookUpDossier } from './look-up.ts';
import { readChange, readDossier } from './read.ts';
import { listRepairs, withdrawChange } from './repairs.ts';

/** The operations on dossiers. */
export type DossierOperations = Pick<
  operations,
  | 'submitDossiers'
  | 'checkDossiers'
  | 'listDossiers'
  | 'readDossier'
  | 'lookUpDossier'
  | 'readChange'
  | 'listRepairs'
  | 'withdrawChange'
>;

/** The owners whose numbers are told. */
const toSubjects = ({ body }: SubmitRequest): readonly Subject[] => {
  const numbers = new Map(
    body.records.flatMap(({ dossier }) => {
      const identity = dossier?.owner?.identity;
      return identity ? [[identity.number, identity.kind] as const] : [];
    }),
  );
  return [...numbers].map(([number, kind]) => ({
    ...{ role: 'subject', number },
    kind: kind === 'old-card' ? 'old-identity-number' : 'personal-number',
  }));
};

const toAnswer = (body: SubmissionResult): ServiceAnswer<SubmissionResult> => ({
  ...{ status: 202, body },
  result: `accepted ${body.accepted}, repair ${body.repair}, refused ${body.refused}`,
});

/** Finds what is to be said of records, and keeps nothing. */
async function checkDossiers(rooms: PortalRooms, { body, caller }: SubmitRequest) {
  const { records } = body;
  const judging = await createJudging(rooms, records);
  const statuses = await readLastStatuses(rooms, records, caller.actingUnit.id);
  return {
    catalogue: judging.catalogue,
    records: records.map((given, no) => {
      const findings = judging.judge(toRecord(given), statuses[no]);
      return {
        ...{ no, code: given.code, canBeSent: !isBlocked(findings) },
        findings: findings.map(toSpokenFinding),
      };
    }),
  };
}

/** Handlers of the operations on dossiers. */
export const createDossiers = (rooms: PortalRooms): Handlers<DossierOperations> => ({
  submitDossiers: {
    subjects: toSubjects,
    handle: async (request) => toAnswer(await submitDossiers(rooms, request, request.exchangeId)),
    repeat: async (request, earlierId) =>
      toAnswer(
        (await readSubmission(rooms, request, earlierId)) ??
          (await submitDossiers(rooms, request, earlierId)),
      ),
  },
  checkDossiers: {
    subjects: toSubjects,
    handle: async (request) => ({ status: 200, body: await checkDossiers(rooms, request) }),
  },
  listDossiers: {
    handle: async (request) => ({ status: 200, body: await listDossiers(rooms, request) }),
  },
  readDossier: {
    handle: async (request) => ({ status: 200, body: await readDossier(rooms, request) }),
  },
  lookUpDossier: { handle: (request) => lookUpDossier(rooms, request) },
  readChange: {
    handle: async (request) => ({ status: 200, body: await readChange(rooms, request) }),
  },
  listRepairs: {
    handle: async (request) => ({ status: 200, body: await listRepairs(rooms, request) }),
  },
  withdrawChange: {
    handle: async (request) => ({
      status: 200,
      body: await withdrawChange(rooms, request, request.exchangeId, false),
    }),
    repeat: async (request, earlierId) => ({
      status: 200,
      body: await withdrawChange(rooms, request, earlierId, true),
    }),
  },
});
