// The table of problem codes: the only place where their status, party and words stand. Codes never change meaning.
import { administrationCodes } from './problem-codes/administration.ts';
import { callerCodes } from './problem-codes/caller.ts';
import { deliveryCodes } from './problem-codes/delivery.ts';
import { directoryCodes } from './problem-codes/directory.ts';
import { documentCodes } from './problem-codes/documents.ts';
import { evidenceBackupCodes } from './problem-codes/evidence-backup.ts';
import { evidenceExportCodes } from './problem-codes/evidence-export.ts';
import { personCodes } from './problem-codes/evidence-persons.ts';
import { retentionCodes } from './problem-codes/evidence-retention.ts';
import { evidenceSearchCodes } from './problem-codes/evidence-search.ts';
import { ticketCodes } from './problem-codes/evidence-tickets.ts';
import { evidenceWitnessCodes } from './problem-codes/evidence-witness.ts';
import { outcomeCodes } from './problem-codes/outcome.ts';
import { paymentCodes } from './problem-codes/payments.ts';
import { portalCodes } from './problem-codes/portal.ts';
import { quarantineCodes } from './problem-codes/quarantine.ts';
import { rightCodes } from './problem-codes/right.ts';
import { sourceCallerCodes } from './problem-codes/source-caller.ts';
import { uploadCodes } from './problem-codes/upload.ts';

export type { Responsible } from './problem-codes/entry.ts';

/** RFC 9457 problem types of the hub, explained at `/problems/<code>`. */
export const problemCodes = {
  ...callerCodes,
  ...sourceCallerCodes,
  ...rightCodes,
  ...outcomeCodes,
  ...ticketCodes,
  ...administrationCodes,
  ...deliveryCodes,
  ...documentCodes,
  ...uploadCodes,
  ...quarantineCodes,
  ...directoryCodes,
  ...portalCodes,
  ...paymentCodes,
  ...retentionCodes,
  ...personCodes,
  ...evidenceSearchCodes,
  ...evidenceWitnessCodes,
  ...evidenceBackupCodes,
  ...evidenceExportCodes,
};

/** A stable problem code. */
export type ProblemCode = keyof typeof problemCodes;
