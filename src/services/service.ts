// What a service is to the request path: handlers whose shapes come from the contract's generated types.
import type { Readable } from 'node:stream';
import type { Digest, SourceContext, SourceTrace } from '../../adapters/adapter.ts';
import type { PrivateFacts, Subject } from '../evidence/types.ts';
import type { Grant, System, Unit } from '../registry/types.ts';

/** A national system that calls. */
export interface SourceCaller {
  /** As in the list of services. */
  readonly name: string;
  /** From where; not for logs or answers. */
  readonly address: string;
}

/** Who calls, by which right. Without a token, system, unit and grant say nothing: no id of the registry is `*`. */
export interface Caller {
  readonly system: System;
  readonly actingUnit: Unit;
  readonly grant: Grant;
  readonly officerId: string | undefined;
  readonly purpose: string | undefined;
  readonly caseCode: string | undefined;
  /** Where the operation's scheme is `source`. */
  readonly source?: SourceCaller;
}

/** A body that comes in as a stream. Its service checks what it holds. */
export interface StreamedContent {
  /** The header Content-Type. */
  readonly type: string;
  /** As announced; undefined when it is not. */
  readonly bytes: number | undefined;
  /**
   * The bytes, at most those that the contract takes; once.
   * They end with a Problem body-too-large or body-unreadable when they are too many, or do not come whole.
   */
  readonly open: () => Readable;
  /**
   * Reads the JSON part `document` of a multipart body and checks it against the contract.
   * @throws Problem body-unreadable | request-invalid
   */
  readonly parsePart: (bytes: Buffer) => unknown;
}

/** An answer's bytes that are not JSON. */
export interface StreamedAnswer {
  readonly type: string;
  readonly bytes: number;
  /** Of what leaves; left out for a part of it. */
  readonly digest?: Digest;
  readonly open: () => Promise<Readable>;
}

/** A checked request as a handler sees it. */
export interface ServiceRequest<Params, Query, Body> {
  readonly exchangeId: string;
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Values of the header parameters that the contract names, by their lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body of an operation whose contract takes something else than JSON; `body` is undefined then. */
  readonly content: StreamedContent | undefined;
  /**
   * Asks the source, on the clock: `ask` hands the adapter what it is told, with the acting unit's code in `scheme`.
   * @throws what `ask` throws
   */
  readonly askSource: <T>(scheme: string, ask: (context: SourceContext) => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

/** A request as handlers of any operation take it. */
export type AnyRequest = ServiceRequest<
  Readonly<Record<string, unknown>>,
  Readonly<Record<string, unknown>>,
  unknown
>;

/** A handler's answer: the body as the contract's 2xx answer says. */
export interface ServiceAnswer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the contract's answer is not JSON; `body` is undefined then. */
  readonly stream?: StreamedAnswer;
  /** Of a streamed request, once it was read. */
  readonly received?: Digest;
  /** A word for the private part of the entry, e.g. `found`. */
  readonly result?: string;
  readonly sources?: readonly SourceTrace[];
  readonly unknownFields?: readonly string[];
}

type Member<T, K extends string> = T extends { [P in K]?: infer V }
  ? [NonNullable<V>] extends [never]
    ? Record<string, never>
    : NonNullable<V>
  : Record<string, never>;
type JsonOf<T> = T extends { content: { 'application/json': infer B } } ? B : undefined;
type BodyOf<Op> = Op extends { requestBody: infer R } ? JsonOf<R> : undefined;
type ParamsOf<Op, Where extends string> = Op extends { parameters: infer P } ? Member<P, Where> : never;
type AnswerOf<Op> = Op extends { responses: infer R }
  ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 | 206 | 304 ? JsonOf<R[S]> : never }[keyof R]
  : never;

/** The request type of one generated operation. */
export type RequestOf<Op> = ServiceRequest<ParamsOf<Op, 'path'>, ParamsOf<Op, 'query'>, BodyOf<Op>>;

/** What a service does for one operation. */
export interface Handler<Request, Body> {
  /** Names whom the request is about, before the entry is opened. */
  readonly subjects?: (request: Request) => readonly Subject[];
  /** Why the caller acts and in which file, as the request says: sealed in the entry. */
  readonly stated?: (request: Request) => Pick<PrivateFacts, 'reason' | 'fileNumber'>;
  /** The service's own limits, after the contract check and before the entry is opened. @throws Problem */
  readonly check?: (request: Request) => Promise<void>;
  /**
   * Operations with an effect (`x-effect`) only: what came of the exchange `earlierId`, which had the same idempotency
   * key and content, rebuilt from the service's own tables; or the effect now, where it is certain that there was none.
   * Two repeats may run at once: the service's own tables must let one effect through.
   * @throws Problem | SourceError
   */
  readonly repeat?: (request: Request, earlierId: string) => Promise<ServiceAnswer<Body>>;
  /** @throws Problem | SourceError */
  readonly handle: (request: Request) => Promise<ServiceAnswer<Body>>;
}

/** One handler for each operation of a contract: a missing or misspelt one does not compile. */
export type Handlers<Operations> = {
  readonly [Id in keyof Operations]: Handler<RequestOf<Operations[Id]>, AnswerOf<Operations[Id]>>;
};
