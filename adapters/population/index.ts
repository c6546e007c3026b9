// The population database as the hub sees it. Source: population-database.md. It holds no result beyond the call.
import {
  type CredentialTester,
  type SourceAnswer,
  type SourceContext,
  SourceError,
  type SourceTrace,
} from '../adapter.ts';
import { createPopulationClient, findRefusalIn, type Message, type Reply, sourceName } from './client.ts';
import { UnreadableAnswer } from './group.ts';
import { type LookUpValue, toConfirmation, toLookUpValue } from './map.ts';
import {
  type Asker,
  buildConfirmation,
  buildLookUp,
  type ConfirmationClaim,
  type LookUpClaim,
} from './request.ts';
import type { PopulationSettings } from './settings.ts';
import { childrenOf } from './xml.ts';

export type { Citizen, LookUpValue } from './map.ts';
export type { ConfirmationClaim, LookUpClaim } from './request.ts';
export { type PopulationSettings, parsePopulationSettings } from './settings.ts';

/** A name that nobody has: the answer to a test is "no", and tells nothing of anybody. */
const nobody = 'Kiểm Tra Kết Nối';

/** What a confirmation came to. */
export interface ConfirmationValue {
  readonly outcome: 'confirmed' | 'notConfirmed';
}

/** The two operations of the source, and the test of an account. Each call sends one message, never repeated. */
export interface PopulationAdapter extends CredentialTester {
  /** The record of a number, name and birth date; whether they agree with it is for the caller. @throws SourceError */
  lookUp(claim: LookUpClaim, context: SourceContext): Promise<SourceAnswer<LookUpValue>>;
  /** @throws SourceError */
  confirm(claim: ConfirmationClaim, context: SourceContext): Promise<SourceAnswer<ConfirmationValue>>;
  /** Ends all connections. */
  close(): Promise<void>;
}

const absent = (code: string, words: string, party: 'caller' | 'hub'): SourceError =>
  new SourceError(party === 'hub' ? 'unmapped' : 'refused', sourceName, words, { code, party });

/** @throws SourceError `unmapped` before anything is sent */
async function toOfficerNumber(context: SourceContext): Promise<string> {
  const officerNumber = await context.officerNumber();
  if (!/^\d{12}$/.test(officerNumber))
    throw absent('officer-number-missing', 'the officer has no personal number of 12 digits', 'hub');
  return officerNumber;
}

/** Who asks by which account: undefined is that of the settings. */
type AskingBy = Asker & Pick<Message, 'credential'>;

/**
 * Who asks, all of it from the authorised caller. Source: population-database.md §10.5
 * @throws SourceError `unmapped` or `refused` before anything is sent
 */
async function toAsker(context: SourceContext, settings: PopulationSettings): Promise<AskingBy> {
  if (!context.unitCode) throw absent('unit-code-missing', 'the acting unit has no code here', 'hub');
  if (!context.purpose) throw absent('purpose-missing', 'the call names no purpose', 'caller');
  if (settings.requireCaseCode && !context.caseCode)
    throw absent('case-code-missing', 'the call names no dossier', 'caller');
  return {
    requestCode: context.exchangeId,
    unitCode: context.unitCode,
    officerNumber: await toOfficerNumber(context),
    credential: await context.credential(),
  };
}

/** Reads a reply; what cannot be understood is never taken for "not found". */
function read<T>(trace: SourceTrace, toValue: () => T): T {
  try {
    return toValue();
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    throw new SourceError('unreadable', sourceName, error.message, { code: error.code, trace });
  }
}

/** A refusal in place of what was asked for. */
function refuseIfRefused({ body, trace }: Reply, settings: PopulationSettings): void {
  const refusal = findRefusalIn(body, settings);
  if (!refusal) return;
  const { kind, code, party } = refusal;
  throw new SourceError(kind, sourceName, `refused: ${code}`, { code, party, trace });
}

/** Opens the adapter. `now` gives epoch milliseconds, the system's clock by default. */
export function createPopulationAdapter(
  settings: PopulationSettings,
  now: () => number = Date.now,
): PopulationAdapter {
  const client = createPopulationClient(settings, now);
  const send = (url: string, bytes: Buffer, asker: AskingBy, context: SourceContext): Promise<Reply> => {
    const message: Message = { url, bytes, ...asker, signal: context.signal };
    return client.send(message);
  };
  return {
    async lookUp(claim, context) {
      const asker = await toAsker(context, settings);
      const reply = await send(settings.url, buildLookUp(claim, asker, settings), asker, context);
      const { body, trace } = reply;
      const [collection, second] = childrenOf(body, 'CongdanCollection');
      const record = collection && childrenOf(collection, 'CongDan')[0];
      if (!record) refuseIfRefused(reply, settings);
      return read(trace, () => {
        if (!collection || second) throw new UnreadableAnswer('no-collection');
        return { ...toLookUpValue(collection, settings), trace };
      });
    },
    async confirm(claim, context) {
      const asker = await toAsker(context, settings);
      const { url, answers } = settings.confirmation;
      const reply = await send(url, buildConfirmation(claim, asker, settings), asker, context);
      refuseIfRefused(reply, settings);
      return read(reply.trace, () => {
        const outcome = toConfirmation(reply.body, answers) ? 'confirmed' : 'notConfirmed';
        return { value: { outcome }, unknown: [], trace: reply.trace };
      });
    },
    unitScheme: 'population',
    async testCredential(credential, context) {
      const officerNumber = await toOfficerNumber(context);
      // No unit code: a confirmation carries none; the token route finds the officer's key by it.
      const asker = { requestCode: context.exchangeId, unitCode: context.unitCode ?? '', officerNumber };
      const bytes = buildConfirmation({ personalNumber: officerNumber, fullName: nobody }, asker, settings);
      const { signal } = context;
      const { url } = settings.confirmation;
      const reply = await client.send({ url, bytes, ...asker, credential, isFresh: true, signal });
      refuseIfRefused(reply, settings);
      read(reply.trace, () => toConfirmation(reply.body, settings.confirmation.answers));
      return reply.trace;
    },
    close: () => client.close(),
  };
}
