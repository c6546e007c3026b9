// THE request path: nine steps, in this order, for every call that is not in the list of app.ts. Each step is a file.
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { OperationTable } from '../contracts/table.ts';
import { type Problem, toProblem } from '../problem.ts';
import { createRandom } from '../random.ts';
import { type AdmitDependencies, admit } from './admit.ts';
import { authorise } from './authorise.ts';
import { checkAnswer, toProblemAnswer } from './check-answer.ts';
import { type CheckRequestDependencies, checkRequest } from './check-request.ts';
import { type DispatchDependencies, dispatch } from './dispatch.ts';
import { type AnyStage, toFacts } from './facts.ts';
import { type IdentifyDependencies, identify } from './identify.ts';
import { identifyOfficer } from './identify-officer.ts';
import { match } from './match.ts';
import type { Observe } from './observe.ts';
import { open } from './open.ts';
import { type RecordDependencies, type Released, record, withTicket } from './record.ts';
import type { Refusals } from './refusals.ts';
import type { IncomingCall, Received, Reply } from './stages.ts';

/** Everything the nine steps need. */
export interface PathDependencies
  extends IdentifyDependencies,
    AdmitDependencies,
    CheckRequestDependencies,
    DispatchDependencies,
    RecordDependencies {
  readonly table: OperationTable;
  readonly refusals: Refusals;
  readonly environment: string;
  readonly logger: Logger;
  readonly observe: Observe;
}

const takeRandom = createRandom(16);
/** RFC 9562 §5.7, with random bytes of our own fetching. */
const takeId = (): string => uuidv7({ random: takeRandom() });

/** Serves one call; never throws. */
export type Serve = (call: IncomingCall) => Promise<Reply>;

/** The request path as one function. */
export function createServe(d: PathDependencies): Serve {
  return async (call) => {
    const startedMs = performance.now();
    const trace = d.observe.begin(call);
    const received: Received = { call, exchangeId: takeId(), at: new Date(), startedMs, trace };
    let reached: AnyStage = received;
    let leave = (): void => undefined;
    try {
      const matched = match(d.table, received); //                                                  1 match
      reached = matched;
      const identified = identify(d, matched); //                                                   2 identify
      reached = identified;
      const reasoned = identifyOfficer(d.registry, identified); //                                    for whom and why
      reached = reasoned;
      const authorised = authorise(d.registry, d.environment, reasoned); //                         3 authorise
      reached = authorised;
      const admitted = await trace.step('admit', () => admit(d, authorised)); //                    4 admit
      reached = admitted;
      leave = admitted.leave;
      const checked = await trace.step('check request', () => checkRequest(d, admitted)); //        5 check request
      reached = checked;
      const exchange = await trace.step('open', () => open(d.log, checked)); //                     6 open
      const dispatched = await trace.step('dispatch', () => dispatch(d, exchange)); //              7 dispatch
      const answered = await trace.step('check answer', () => checkAnswer(d.publicUrl, dispatched)); // 8 check answer
      const released = await trace.step('record', () => record(d, answered)); //                9 record
      note(d, answered, released);
      return released.reply;
    } catch (error) {
      return await refuse(d, reached, toProblem(error));
    } finally {
      leave();
    }
  };
}

/** A refusal before opening: nothing was sent to a source. */
async function refuse(d: PathDependencies, stage: AnyStage, problem: Problem): Promise<Reply> {
  const recorded = await d.refusals.note(stage, problem);
  const reply = toProblemAnswer(d.publicUrl, problem, stage.call, recorded?.exchangeId);
  note(d, stage, { reply, problem });
  return recorded ? withTicket(d, reply, recorded) : reply;
}

/** One line an exchange; an error line only for what someone must look at. */
function note(d: PathDependencies, stage: AnyStage, released: Released): void {
  const { reply, problem } = released;
  const durationMs = performance.now() - stage.startedMs;
  d.observe.end(stage.trace, stage, released, durationMs);
  const sourceMs = stage.sourceClock?.ms;
  const { systemId, actingUnit } = toFacts(stage);
  const line = {
    exchangeId: stage.exchangeId,
    system: systemId ?? undefined,
    actingUnit: actingUnit ?? undefined,
    operation: stage.operation?.name,
    status: reply.status,
    problem: problem?.code,
    responsible: problem?.responsible,
    durationMs: toTenths(durationMs),
    sourceMs: sourceMs === undefined ? undefined : toTenths(sourceMs),
  };
  const isOurs = problem?.code === 'internal-error' || problem?.code === 'answer-invalid';
  if (isOurs) d.logger.error({ ...line, err: problem.cause }, 'exchange failed');
  else d.logger.info({ ...line, ...(problem?.cause ? { err: problem.cause } : {}) }, 'exchange');
}

const toTenths = (ms: number): number => Math.round(ms * 10) / 10;
