// Why an exchange ended as it did and who must act, told from its entries alone; pure.
import type { components } from '../../../openapi/types/evidence.v1.ts';
import { toMembers } from '../../contracts/contract.ts';
import { type PublicPart, parseLeafText } from '../../evidence/leaf.ts';
import type { StoredEntry } from '../../evidence/read.ts';
import type { Step } from '../../evidence/types.ts';
import { problemCodes, type Responsible } from '../../problem-codes.ts';
import { isProblemCode } from '../../problem-pages.ts';
import { toDeliveryExplanation } from './delivery.ts';
import { stateWords } from './words.ts';

/** An explanation as the contract says. */
export type Explanation = components['schemas']['Explanation'];

/** What must be known of an operation to explain one of its exchanges. */
export interface ExplainedOperation {
  readonly effect: boolean;
  readonly source: string | undefined;
}

/** An ended, lost or open exchange, read from its entries. */
interface Course {
  readonly state: Exclude<StoredEntry['kind'], 'refusals' | 'step' | 'notice'>;
  /** The entry that says how it ended, or the newest. */
  readonly last: PublicPart;
  /** The private parts of the first entry and of that one, as one; empty once they were purged. */
  readonly sealed: Readonly<Record<string, unknown>>;
  readonly startedAt: string;
  readonly operation: ExplainedOperation | undefined;
}

type Words = Pick<Explanation, 'vi' | 'en'>;

/** Problems after which it is certain that nothing had left for a source, by the meaning of the code. */
const neverSent: readonly string[] = ['source-unreachable', 'code-unmapped'];
/** Problems that there cannot be unless something had left. */
const surelySent: readonly string[] = ['source-timeout', 'source-unreadable', 'officer-refused-by-source'];

function toTrace({ sealed }: Course): Readonly<Record<string, unknown>> | undefined {
  const { sources } = sealed;
  return Array.isArray(sources) && sources.length > 0 ? toMembers(sources[0]) : undefined;
}

/** Whether a source was asked in an exchange that came as far as the dispatch. */
function toSentByDispatch(course: Course): Explanation['sent'] {
  const { last, operation } = course;
  if (operation && operation.source === undefined) return 'nothing';
  const problem = last.problem ?? '';
  const trace = toTrace(course);
  if (neverSent.includes(problem)) return 'nothing';
  if (surelySent.includes(problem) || (trace && 'answer' in trace)) return 'sent';
  if (last.outcome === 'answered' || course.sealed['step'] === 'checkAnswer') return 'sent';
  // The breaker leaves no trace: it kept the call from the adapter.
  return problem === 'source-unavailable' && !trace ? 'nothing' : 'unknown';
}

function toSent(course: Course): Explanation['sent'] {
  if (course.state === 'refused' || course.last.outcome === 'not-sent') return 'nothing';
  if (course.last.outcome !== undefined) return toSentByDispatch(course);
  return course.operation && course.operation.source === undefined ? 'nothing' : 'unknown';
}

const parties: readonly string[] = ['caller', 'hub', 'network', 'source'] satisfies Responsible[];
const isResponsible = (value: unknown): value is Responsible => parties.includes(String(value));

/** Who must act: as the case decided, else as the table of codes says; a code that it no longer has is the hub's. */
function toResponsible({ last, sealed }: Course): Responsible | undefined {
  if (last.problem === undefined) return undefined;
  const decided = sealed['responsible'];
  if (isResponsible(decided)) return decided;
  return isProblemCode(last.problem) ? problemCodes[last.problem].responsible : 'hub';
}

function toRepeat(course: Course): Explanation['repeat'] {
  const { state, last, operation } = course;
  if (state === 'opened') return 'wait';
  if (last.outcome === 'answered') return 'notNeeded';
  if (last.outcome === 'not-sent') return 'now';
  const isEffect = operation === undefined || operation.effect;
  if (state === 'unknown') return isEffect ? 'sameKey' : 'now';
  if (toResponsible(course) === 'caller') return 'afterCorrection';
  return state !== 'refused' && isEffect ? 'sameKey' : 'later';
}

function toWords({ state, last }: Course, repeat: Explanation['repeat']): Words {
  if (last.problem !== undefined) {
    const { vi, en } = problemCodes[isProblemCode(last.problem) ? last.problem : 'internal-error'];
    return { vi: { ...vi }, en: { ...en } };
  }
  if (state === 'opened') return stateWords.underWay;
  if (last.outcome === 'answered') return stateWords.answered;
  if (last.outcome === 'not-sent') return stateWords.notSent;
  return repeat === 'sameKey' ? stateWords.unknownEffect : stateWords.unknownRead;
}

const steps: Readonly<Record<Step, true>> = {
  match: true,
  identify: true,
  authorise: true,
  admit: true,
  checkRequest: true,
  open: true,
  dispatch: true,
  checkAnswer: true,
  record: true,
};
const isStep = (value: unknown): value is Step => typeof value === 'string' && Object.hasOwn(steps, value);

/** An exchange that was lost ended while its outcome was to be recorded, as far as the log can tell. */
function toStep({ state, sealed }: Course): Step | undefined {
  if (state === 'unknown') return 'record';
  return isStep(sealed['step']) ? sealed['step'] : undefined;
}

const toText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function toOwn(course: Course): NonNullable<Explanation['own']> {
  const { sealed } = course;
  const facts = {
    officer: toText(sealed['officer']),
    purpose: toText(sealed['purpose']),
    caseCode: toText(sealed['case']),
    result: toText(sealed['result']),
    sourceRequestCode: toText(toTrace(course)?.['requestCode']),
    repeats: toText(sealed['repeats']),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

const toSealed = (entry: StoredEntry): Readonly<Record<string, unknown>> =>
  toMembers(JSON.parse(entry.private?.text ?? '{}'));

function toCourse(
  entries: readonly StoredEntry[],
  find: (name: string) => ExplainedOperation | undefined,
): Course | undefined {
  const [first, newest] = [entries[0], entries.at(-1)];
  if (!first || !newest || newest.kind === 'refusals' || newest.kind === 'step' || newest.kind === 'notice')
    return undefined;
  const last = parseLeafText(newest.text);
  return {
    state: newest.kind,
    last,
    sealed: { ...toSealed(first), ...toSealed(newest) },
    startedAt: last.from ?? parseLeafText(first.text).at,
    operation: find(`${last.service}/${last.operation}`),
  };
}

/**
 * Explains an exchange.
 * @param entries of one exchange, oldest first
 * @param isOwn whether the reader may see what the private part says in words
 * @param find an operation by its name, `<service>/<operationId>`
 * @returns undefined when there is no single exchange to explain
 */
export function toExplanation(
  entries: readonly StoredEntry[],
  isOwn: boolean,
  find: (name: string) => ExplainedOperation | undefined,
): Explanation | undefined {
  if (entries[0]?.kind === 'step') return toDeliveryExplanation(entries);
  const course = toCourse(entries, find);
  if (!course) return undefined;
  const { state, last, startedAt, operation } = course;
  const endedAt = state === 'opened' ? undefined : last.at;
  const durationMs = endedAt && Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
  const [step, responsible, repeat] = [toStep(course), toResponsible(course), toRepeat(course)];
  const isOfSource = operation?.source !== undefined && state !== 'refused' && last.outcome === 'problem';
  return {
    exchangeId: last.exchange,
    state,
    startedAt,
    ...(last.service !== null && { service: last.service }),
    ...(last.operation !== null && { operation: last.operation }),
    ...(endedAt !== undefined && { endedAt }),
    ...(typeof durationMs === 'number' && { durationMs }),
    ...(step && { step }),
    ...(last.status !== undefined && { status: last.status }),
    ...(last.problem !== undefined && { problem: last.problem }),
    ...(responsible && { responsible }),
    ...(isOfSource && { source: operation.source }),
    sent: toSent(course),
    repeat,
    ...toWords(course, repeat),
    ...(isOwn && { own: toOwn(course) }),
  };
}
