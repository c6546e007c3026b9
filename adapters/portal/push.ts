// Pushing dossiers: look-up, create or update, and one change between the two where the portal says that it has the dossier,
// or has not. Each record ends by itself. Source: public-service-portal.md §11.4, §11.5, §11.10, §11.14
import { SourceError } from '../adapter.ts';
import { toMeaning } from './codes.ts';
import { type Driver, toRecordCodes } from './driver.ts';
import type { Judge } from './judge.ts';
import type { PortalOutcome, PortalPush } from './portal.ts';
import { type PortalQuestions, toRefusal } from './questions.ts';
import type { PortalSettings } from './settings.ts';
import { type Asking, isSurelyNotStored } from './wire.ts';
import { type PortalFields, writeDossier } from './write-dossier.ts';

/** What pushing needs. */
export interface PushDependencies {
  readonly settings: PortalSettings;
  readonly driver: Driver;
  readonly judge: Judge;
  /** Undefined: dossiers can't be looked up. */
  readonly questions: PortalQuestions | undefined;
}

/** One record on its way. */
interface Step {
  readonly place: number;
  readonly code: string;
  readonly procedureCode: string | undefined;
  readonly fields: PortalFields;
  readonly isUpdate: boolean;
  readonly hasSwitched: boolean;
}

/** Room in a request for what stands around the records. */
const envelopeBytes = 16_384;

const toSourceError = (error: unknown): SourceError => {
  if (error instanceof SourceError) return error;
  throw error;
};

/** One run of `push`; it stops sending at the first failure that is not a record's. */
class Push {
  readonly #d: PushDependencies;
  readonly #asking: Asking;
  readonly #outcomes: (PortalOutcome | undefined)[];
  readonly #switched: Step[] = [];
  #halt: SourceError | undefined;

  constructor(d: PushDependencies, asking: Asking, count: number) {
    this.#d = d;
    this.#asking = asking;
    this.#outcomes = Array.from({ length: count });
  }

  async run(records: readonly PortalPush[]): Promise<readonly PortalOutcome[]> {
    const steps: Step[] = [];
    for (const [place, record] of records.entries()) {
      const step = await this.#begin(record, place);
      if (step) steps.push(step);
    }
    await this.#sendAll(steps);
    await this.#sendAll(this.#switched.splice(0));
    return this.#outcomes.map((outcome) => outcome ?? { kind: 'failed' });
  }

  async #begin({ code, dossier, isAtPortal }: PortalPush, place: number): Promise<Step | undefined> {
    const { fields, where } = writeDossier(code, dossier, this.#d.settings);
    if (where.length > 0) {
      this.#outcomes[place] = { kind: 'refused', why: 'invalid', code: undefined, where };
      return undefined;
    }
    const isUpdate = isAtPortal ?? (await this.#isKnown(code, place));
    if (isUpdate === undefined) return undefined;
    const procedureCode = dossier.procedure?.code;
    return { place, code, procedureCode, fields, isUpdate, hasSwitched: false };
  }

  /** @returns undefined when it could not be found out: then the record has its outcome */
  async #isKnown(code: string, place: number): Promise<boolean | undefined> {
    const { questions } = this.#d;
    if (!questions) return false;
    try {
      if (this.#halt) throw this.#halt;
      return (await questions.lookUp(code, this.#asking)).isKnown;
    } catch (error) {
      const because = toSourceError(error);
      this.#outcomes[place] = { kind: 'failed', because };
      // What cannot be read may be this dossier's alone.
      if (because.kind !== 'unreadable') this.#halt = because;
      return undefined;
    }
  }

  async #sendAll(steps: readonly Step[]): Promise<void> {
    for (const isUpdate of [false, true])
      for (const batch of this.#toBatches(steps.filter((step) => step.isUpdate === isUpdate)))
        await this.#send(batch, isUpdate, false);
  }

  /** Batches of no more records and bytes than a request may have. */
  #toBatches(steps: readonly Step[]): readonly Step[][] {
    const { mostRecords, limits } = this.#d.settings;
    const batches: Step[][] = [];
    let room = 0;
    for (const step of steps) {
      const bytes = Buffer.byteLength(JSON.stringify(step.fields)) + 1;
      if (bytes > limits.requestBytes - envelopeBytes) {
        this.#outcomes[step.place] = {
          kind: 'refused',
          why: 'invalid',
          code: undefined,
          where: ['/dossier'],
        };
        continue;
      }
      const last = batches.at(-1);
      if (last && last.length < mostRecords && bytes <= room) last.push(step);
      else {
        batches.push([step]);
        room = limits.requestBytes - envelopeBytes;
      }
      room -= bytes;
    }
    return batches;
  }

  #fail(steps: readonly Step[], because: SourceError, mayBeStored: boolean): void {
    const kind = mayBeStored ? 'unknown' : 'failed';
    for (const { place } of steps) this.#outcomes[place] = { kind, because };
  }

  /** @param wasSent the portal has refused a batch with these records in it, without a word on each */
  async #send(steps: readonly Step[], isUpdate: boolean, wasSent: boolean): Promise<void> {
    if (this.#halt) {
      this.#fail(steps, this.#halt, wasSent);
      return;
    }
    const data = steps.map((step) => step.fields);
    let codes: readonly (string | undefined)[] | undefined;
    try {
      const reply = await this.#d.driver.sendDossiers(data, isUpdate, this.#asking);
      if (toMeaning(reply.code, this.#d.settings) === 'unit') throw toRefusal(reply, this.#d.settings);
      const names = steps.map((step) => step.code);
      codes = toRecordCodes(reply, names);
    } catch (error) {
      const because = toSourceError(error);
      // A request that was refused by its status may have been so for one of its records.
      if (because.code?.startsWith('http-4') && because.kind === 'refused')
        codes = steps.length > 1 ? undefined : [because.code];
      else {
        this.#halt = because;
        this.#fail(steps, because, wasSent || !isSurelyNotStored(because));
        return;
      }
    }
    if (!codes) for (const step of steps) await this.#send([step], isUpdate, true);
    else for (const [index, step] of steps.entries()) await this.#settle(step, codes[index]);
  }

  async #settle(step: Step, code: string | undefined): Promise<void> {
    this.#outcomes[step.place] = await this.#toOutcome(step, code);
  }

  async #toOutcome(step: Step, code: string | undefined): Promise<PortalOutcome | undefined> {
    if (code === undefined) return { kind: 'unknown' };
    if (code === '0') return { kind: 'done', did: step.isUpdate ? 'updated' : 'created' };
    const meaning = toMeaning(code, this.#d.settings);
    if (meaning === (step.isUpdate ? 'unknown' : 'exists')) return this.#switch(step);
    // A portal that could not be asked about one record is not asked about the others.
    if (this.#halt && meaning === undefined) return { kind: 'failed', because: this.#halt };
    const verdict = await this.#d.judge.dossier(step, code, this.#asking);
    if (verdict === 'not-there') return this.#switch(step);
    if (verdict.kind === 'failed') this.#halt = verdict.because;
    return verdict;
  }

  /** At most once: a portal that then says the opposite is asked again in another attempt. §11.4 */
  #switch(step: Step): PortalOutcome | undefined {
    if (step.hasSwitched) return { kind: 'failed' };
    this.#switched.push({ ...step, isUpdate: !step.isUpdate, hasSwitched: true });
    return undefined;
  }
}

/**
 * Pushes records.
 * @throws SourceError when every one failed, before anything of it was stored, for a reason of the whole
 */
export async function pushDossiers(
  records: readonly PortalPush[],
  d: PushDependencies,
  asking: Asking,
): Promise<readonly PortalOutcome[]> {
  const outcomes = await new Push(d, asking, records.length).run(records);
  const [first] = outcomes;
  const hasFailed = outcomes.every(({ kind }) => kind === 'failed');
  if (hasFailed && first?.kind === 'failed' && first.because) throw first.because;
  return outcomes;
}
