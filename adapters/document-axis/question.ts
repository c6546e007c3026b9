// What the port asks of a face, in the axis' own names of operations, and what every face must be able to do. A third
// face, X-Road's /r1, would be one more of these.
import type { AxisCall, AxisItemState, AxisKind, AxisMessage, AxisPeriod, AxisRegistration } from './axis.ts';
import type { WireReply } from './wire.ts';

/** Operations that take no parameter. */
export type PlainOperation =
  | 'countReceiveEdoc'
  | 'countReceiveStatus'
  | 'getAgenciesList'
  | 'getAgenciesListQD20'
  | 'getSynchronizeUnit';

/** One question. Source: document-axis.md §3.2 */
export type AxisQuestion =
  | { readonly operation: 'sendEdoc'; readonly message: AxisMessage }
  | { readonly operation: 'getReceivedEdocList'; readonly kind: AxisKind; readonly period: AxisPeriod }
  | {
      readonly operation: 'getSentEdocList';
      readonly kind: AxisKind;
      readonly docId: string | undefined;
    }
  | { readonly operation: 'getEdoc'; readonly docId: string }
  | {
      readonly operation: 'updateStatus';
      readonly docId: string;
      readonly state: AxisItemState;
      /** ASCII; undefined or not empty. */
      readonly description: string | undefined;
    }
  | { readonly operation: 'registerAgency'; readonly agency: AxisRegistration }
  | { readonly operation: 'deleteAgency'; readonly code: string }
  | { readonly operation: PlainOperation };

/** A way to put questions to the axis. Each question is one request. */
export interface AxisFace {
  /** @throws SourceError when there is no answer; an answer of any status resolves */
  ask(question: AxisQuestion, call: AxisCall): Promise<WireReply>;
  close(): Promise<void>;
}

/** The axis' word for what a message is. */
export const toMessageType = (kind: AxisKind): 'edoc' | 'status' => (kind === 'document' ? 'edoc' : 'status');

/** `yyyy-MM-dd` as `yyyy/MM/dd`. §4.1; for the XrdAdapter [assumed] */
export function toAxisDate(date: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new TypeError('a date is yyyy-MM-dd');
  return date.replaceAll('-', '/');
}
