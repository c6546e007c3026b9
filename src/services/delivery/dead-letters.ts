// Queues and dead letters as people decide on them. The engine decides what a decision does; here is who may make it.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/delivery.v1.ts';
import type { DeadLetter, DeadLetterPreview, DeadLetters, Decision } from '../../delivery/dead.ts';
import type { QueueFigures } from '../../delivery/queues.ts';
import { parseLeafText } from '../../evidence/leaf.ts';
import type { EvidenceReader } from '../../evidence/read.ts';
import type { PrivateFacts } from '../../evidence/types.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handler, Handlers, RequestOf } from '../service.ts';

/** What the handlers stand on. */
export interface DeadLetterDependencies {
  readonly pool: Pool;
  readonly reader: Pick<EvidenceReader, 'entriesOf'>;
  readonly engine: { readonly deadLetters: DeadLetters; queues(): Promise<readonly QueueFigures[]> };
}

/** Whose letters the caller may see; undefined: all. */
const toShare = ({ grant, actingUnit }: Caller): string | undefined =>
  grant.reach === 'province' ? undefined : actingUnit.id;

const toLetter = (letter: DeadLetter): components['schemas']['DeadLetter'] => ({
  ...{ id: letter.id, route: letter.route, unit: letter.share, attempts: letter.attempts },
  acceptedAt: letter.acceptedAt.toISOString(),
  diedAt: letter.diedAt.toISOString(),
  ...{ problem: letter.problem, responsible: letter.responsible, deliveries: letter.deliveries },
});

const toPreview = (preview: DeadLetterPreview): components['schemas']['DeadLetterPreview'] => ({
  letter: toLetter(preview),
  orderKey: preview.orderKey,
  content: { ...preview.content },
  parts: preview.parts.map(({ id, subject, actingUnit, receiver, state }) => ({
    ...{ deliveryId: id, messageId: subject, receiver, state },
    ...(typeof actingUnit === 'string' && { sender: actingUnit }),
  })),
  behind: { ...preview.behind },
  vi: { ...preview.words.vi },
  en: { ...preview.words.en },
});

const toQueue = ({ oldestMs, ...figures }: QueueFigures): components['schemas']['Queue'] => ({
  ...figures,
  ...(oldestMs !== undefined && { oldestMs }),
});

/** @throws Problem dead-letter-not-found: there is none, it is decided, or it is another unit's */
async function preview(letters: DeadLetters, id: string, caller: Caller): Promise<DeadLetterPreview> {
  const found = await letters.preview(id);
  const share = toShare(caller);
  if (!found || (share !== undefined && found.share !== share)) throw new Problem('dead-letter-not-found');
  return found;
}

const toPrivate = ({ officerId, purpose }: Caller, exchangeId: string): PrivateFacts => ({
  officerId,
  purpose,
  acceptedBy: exchangeId,
});

/** Whether an exchange decided on this letter: its own entries say so. */
async function isDecidedBy(
  { pool, reader }: DeadLetterDependencies,
  id: string,
  step: string,
  exchangeId: string,
) {
  const { rows } = await pool.query<{ id: string }>(
    'SELECT id FROM delivery WHERE dispatch_id = $1 LIMIT 1',
    [id],
  );
  const entries = rows[0] ? await reader.entriesOf(rows[0].id) : [];
  return entries.some(
    (entry) =>
      parseLeafText(entry.text).step === step &&
      Object(JSON.parse(entry.private?.text ?? '{}'))['acceptedBy'] === exchangeId,
  );
}

type Body = components['schemas']['Decision'];
type DecisionRequest = RequestOf<operations['replayDeadLetter']>;

function toDecision(d: DeadLetterDependencies, done: Body['decision']): Handler<DecisionRequest, Body> {
  const letters = d.engine.deadLetters;
  const decide = (request: DecisionRequest, exchangeId: string): Promise<Decision> => {
    const { params, body, caller } = request;
    const act = done === 'replayed' ? letters.replay : letters.abandon;
    return act(params.letterId, body.reason, toPrivate(caller, exchangeId));
  };
  const toAnswer = (id: string) => ({ status: 200, body: { id, decision: done }, result: `${done} ${id}` });
  const run = async (request: DecisionRequest, exchangeId: string) => {
    const { letterId } = request.params;
    await preview(letters, letterId, request.caller);
    const isDone =
      (await decide(request, exchangeId)) === 'done' || (await isDecidedBy(d, letterId, done, exchangeId));
    if (!isDone) throw new Problem('dead-letter-not-found');
    return toAnswer(letterId);
  };
  return {
    handle: (request) => run(request, request.exchangeId),
    async repeat(request, earlierId) {
      const { letterId } = request.params;
      return (await isDecidedBy(d, letterId, done, earlierId)) ? toAnswer(letterId) : run(request, earlierId);
    },
  };
}

/** Handlers of the operations on queues and dead letters. */
export function createDeadLetterHandlers(
  d: DeadLetterDependencies,
): Pick<
  Handlers<operations>,
  'listQueues' | 'listDeadLetters' | 'getDeadLetter' | 'replayDeadLetter' | 'abandonDeadLetter'
> {
  const { engine } = d;
  return {
    listQueues: {
      async handle({ caller }) {
        if (caller.grant.reach !== 'province') throw new Problem('reach-too-small');
        return { status: 200, body: { queues: (await engine.queues()).map(toQueue) } };
      },
    },
    listDeadLetters: {
      async handle({ query, caller }) {
        const { route, problem, unit, cursor, limit = 50 } = query;
        const own = toShare(caller);
        if (own !== undefined && unit !== undefined && unit !== own)
          return { status: 200, body: { items: [], next: null } };
        const filter = { route, problem, share: own ?? unit, after: cursor, limit };
        const { letters, next } = await engine.deadLetters.list(filter);
        return { status: 200, body: { items: letters.map(toLetter), next: next ?? null } };
      },
    },
    getDeadLetter: {
      async handle({ params, caller }) {
        return { status: 200, body: toPreview(await preview(engine.deadLetters, params.letterId, caller)) };
      },
    },
    replayDeadLetter: toDecision(d, 'replayed'),
    abandonDeadLetter: toDecision(d, 'abandoned'),
  };
}
