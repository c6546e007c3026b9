// What a delivery's entries say: where it stands, why, and who must act. Pure; the course of a call is told in
// explanation.ts.
import type { components } from '../../../openapi/types/evidence.v1.ts';
import type { DeliveryStep, Responsible } from '../../delivery/types.ts';
import { parseLeafText } from '../../evidence/leaf.ts';
import type { StoredEntry } from '../../evidence/read.ts';
import { problemCodes } from '../../problem-codes.ts';
import { isProblemCode } from '../../problem-pages.ts';
import { deliveryWords } from './words.ts';

type Explanation = components['schemas']['Explanation'];

/** The step that an entry of a delivery tells of; undefined for an entry of a call. */
export const toStep = ({ kind, text }: StoredEntry): string | undefined =>
  kind === 'step' ? parseLeafText(text).step : undefined;

/** The state of the exchange whose newest entry this is, in the contract's words. */
export function toState(
  kind: Exclude<StoredEntry['kind'], 'refusals'>,
  newest: StoredEntry,
): Pick<Explanation, 'state' | 'deliveryStep'> {
  if (kind !== 'step') return { state: kind };
  const step = toStep(newest);
  return { state: 'delivery', ...(step !== undefined && { deliveryStep: step }) };
}

type Standing = keyof typeof deliveryWords;

const standings: Readonly<Record<DeliveryStep, Standing>> = {
  accepted: 'underWay',
  held: 'held',
  released: 'underWay',
  delivered: 'delivered',
  taken: 'taken',
  acknowledged: 'taken',
  refused: 'refused',
  sending: 'underWay',
  sent: 'sent',
  failed: 'underWay',
  interrupted: 'underWay',
  dead: 'dead',
  replayed: 'underWay',
  abandoned: 'abandoned',
};
const isKnown = (step: string): step is DeliveryStep => Object.hasOwn(standings, step);

const parties: readonly string[] = ['caller', 'hub', 'network', 'source'] satisfies Responsible[];
const isResponsible = (value: unknown): value is Responsible => parties.includes(String(value));

function toResponsible(problem: string, sealed: unknown): Responsible {
  const decided =
    typeof sealed === 'object' && sealed !== null && 'responsible' in sealed ? sealed.responsible : undefined;
  if (isResponsible(decided)) return decided;
  return isProblemCode(problem) ? problemCodes[problem].responsible : 'hub';
}

/** Of what was sent before the newest step: bytes may have left once an attempt began. */
function toSent(steps: readonly string[], standing: Standing): Explanation['sent'] {
  if (steps.includes('sent')) return 'sent';
  if (!steps.includes('sending') || standing === 'delivered') return 'nothing';
  return 'unknown';
}

/**
 * Explains a delivery.
 * @param entries of one delivery, oldest first, at least one
 */
export function toDeliveryExplanation(entries: readonly StoredEntry[]): Explanation | undefined {
  const [first, newest] = [entries[0], entries.at(-1)];
  if (!first || !newest || newest.kind !== 'step') return undefined;
  const last = parseLeafText(newest.text);
  const startedAt = parseLeafText(first.text).at;
  const step = last.step ?? '';
  const standing: Standing = isKnown(step) ? standings[step] : 'underWay';
  const { problem } = last;
  return {
    exchangeId: last.exchange,
    ...toState('step', newest),
    ...(last.service !== null && { service: last.service }),
    ...(last.operation !== null && { operation: last.operation }),
    startedAt,
    ...(standing !== 'underWay' &&
      standing !== 'held' && {
        endedAt: last.at,
        durationMs: Math.max(0, Date.parse(last.at) - Date.parse(startedAt)),
      }),
    ...(problem !== undefined && {
      problem,
      responsible: toResponsible(problem, JSON.parse(newest.private?.text ?? '{}')),
    }),
    sent: toSent(
      entries.map((entry) => toStep(entry) ?? ''),
      standing,
    ),
    repeat: standing === 'underWay' || standing === 'held' ? 'wait' : 'notNeeded',
    vi: { ...deliveryWords[standing].vi },
    en: { ...deliveryWords[standing].en },
  };
}
