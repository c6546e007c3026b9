// What is known of an exchange after each step of the request path. A stage is the object of the one before with more
// members (`add`): those that are there are never changed.

import type { Readable } from 'node:stream';
import type { SourceTrace } from '../../adapters/adapter.ts';
import type { Operation } from '../contracts/table.ts';
import type { Opened, PrivateFacts } from '../evidence/types.ts';
import type { Problem } from '../problem.ts';
import type { Grant, Officer, System, Unit } from '../registry/types.ts';
import type { AnyRequest, Caller, ServiceAnswer, SourceCaller } from '../services/service.ts';
import type { ClientCertificate } from '../signin/certificate.ts';
import type { CheckedToken } from '../signin/token-profile.ts';
import type { Trace } from './observe.ts';
import type { SourceClock } from './source-clock.ts';

/** A request as it came in at the edge. */
export interface IncomingCall {
  /** Upper case. */
  readonly method: string;
  /** The request target as received, path and query. */
  readonly target: string;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of the caller, as far as trusted proxies tell it; empty where that cannot be known. */
  readonly remoteAddress: string;
  /** The certificate that a trusted proxy says the caller holds. @throws Problem of the certificate-… codes */
  readonly certificate: () => ClientCertificate | undefined;
  /** Reads the body. @throws Problem body-too-large */
  readonly body: (limitBytes: number) => Promise<Buffer>;
  /**
   * The body as it comes in; to be called once at most. It fails with a Problem (body-too-large, body-unreadable) when
   * it is longer than `limitBytes`, ends early, or nothing comes for 30 s.
   */
  readonly content: (limitBytes: number) => Readable;
}

/** Bytes that leave as they are read. */
export interface StreamedBody {
  /** The very number of bytes. */
  readonly bytes: number;
  readonly open: () => Promise<Readable>;
}

/** What leaves the hub. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | StreamedBody;
}

/** Step 0: an id and a time for everything that follows. */
export interface Received {
  readonly call: IncomingCall;
  readonly exchangeId: string;
  readonly at: Date;
  readonly startedMs: number;
  readonly trace: Trace;
}

/** After step 1. */
export interface Matched extends Received {
  readonly operation: Operation;
  /** Canonical path: the one form for routing, rights, validation and the log. */
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
}

/** After step 2. Without a token, system and unit are those of an outsider (`outsider.ts`). */
export interface Identified extends Matched {
  readonly token: CheckedToken | undefined;
  readonly system: System;
  readonly actingUnit: Unit;
  /** The national system that calls, where its scheme is `source`. */
  readonly sourceCaller: SourceCaller | undefined;
  /** Present for tokens bound to their holder. */
  readonly proof: { readonly hash: string; readonly forgetAt: Date } | undefined;
}

/** After the second half of step 2: for whom and why. */
export interface Reasoned extends Identified {
  readonly officer: Officer | undefined;
  readonly purpose: string | undefined;
  readonly caseCode: string | undefined;
}

/** After step 3. */
export interface Authorised extends Reasoned {
  readonly grant: Grant;
}

/** After step 4: the body's bytes are in hand (none where it is streamed) and a place at the source is held until `leave`. */
export interface Admitted extends Authorised {
  readonly bytes: Buffer;
  readonly leave: () => void;
}

/** After step 5. */
export interface Checked extends Admitted {
  readonly caller: Caller;
  readonly request: AnyRequest;
  /** Filled when the service asks for a source context: the code that the source will see. */
  readonly unitCode: () => { readonly used: string; readonly unit: string } | undefined;
  /** Time at the source so far. */
  readonly sourceClock: SourceClock;
  /** Filled when the adapter takes an account of the registry: the id of the credential. */
  readonly sourceCredential: () => string | undefined;
}

/** After step 6: from here on the exchange must be closed. */
export interface OpenExchange extends Checked {
  readonly opened: Opened;
  /** The private facts of its entry. */
  readonly told: PrivateFacts;
  /** The exchange that this one repeats, by its idempotency key. */
  readonly repeats: string | undefined;
}

/** What came of the dispatch: an answer or a problem, never an exception. */
export type Outcome =
  | { readonly answer: ServiceAnswer<unknown>; readonly problem?: undefined }
  | {
      readonly problem: Problem;
      readonly step: 'dispatch' | 'checkAnswer';
      readonly answer?: undefined;
      readonly sources?: readonly SourceTrace[];
    };

/** After step 7. */
export interface Dispatched extends OpenExchange {
  readonly outcome: Outcome;
}

/** After step 8: the very bytes that will leave. */
export interface Answered extends Dispatched {
  readonly reply: Reply;
}

/**
 * Adds what a step found out to what is known. It is the same object, with more members and none changed: copying it at
 * each of nine steps cost more than most steps.
 */
export const add = <Known extends object, More extends object>(known: Known, more: More): Known & More =>
  Object.assign(known, more);
