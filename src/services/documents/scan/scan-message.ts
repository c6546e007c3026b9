// Scans every attachment of one message, one after the other, and says what holds for the whole.
import type { Readable } from 'node:stream';
import { SourceError } from '../../../../adapters/adapter.ts';
import type { Scanner, ScanResult } from '../../../../adapters/virus-scanner/index.ts';
import type { Finding, Verdict } from './rows.ts';

/** An attachment as a scan reads it. */
export interface Attachment {
  /** Its number in the message, from 1. */
  readonly no: number;
  /** Decoded content; read to the end or destroyed. */
  readonly open: () => Readable;
}

/** The attachments of a message. */
export type OpenAttachments = (messageId: string) => AsyncIterable<Attachment>;

/** The lease was lost, or people have decided: what comes of the scan counts no more. */
export class ScanOvertaken extends Error {}

/** What a scan is told. */
export interface ScanContext {
  readonly scanner: Pick<Scanner, 'scan'>;
  readonly openAttachments: OpenAttachments;
  /** Longest time for one attachment. */
  readonly attachmentMs: number;
  /** Before each attachment. @returns false when the scan was overtaken */
  readonly renew: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

function toState(findings: readonly Finding[]): Verdict['state'] {
  if (findings.some(({ outcome }) => outcome === 'infected')) return 'infected';
  return findings.length > 0 ? 'unscannable' : 'clean';
}

const toFinding = (no: number, { outcome, name }: ScanResult): readonly Finding[] =>
  outcome === 'clean' ? [] : [{ no, outcome, ...(name !== undefined && { name }) }];

/**
 * What is infected ends the scan. Once something keeps the message from being clean, a scanner that fails changes nothing.
 * @throws ScanOvertaken, SourceError of the scanner, or what reading an attachment throws
 */
export async function scanMessage(messageId: string, context: ScanContext): Promise<Verdict> {
  const findings: Finding[] = [];
  let version: string | undefined;
  for await (const { no, open } of context.openAttachments(messageId)) {
    if (!(await context.renew())) throw new ScanOvertaken();
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(context.attachmentMs)]);
    try {
      const result = await context.scanner.scan(open, signal);
      version = result.version;
      findings.push(...toFinding(no, result));
    } catch (error) {
      const isEnough = findings.length > 0 && error instanceof SourceError && !context.signal.aborted;
      if (!isEnough) throw error;
    }
    if (findings.at(-1)?.outcome === 'infected') break;
  }
  return { state: toState(findings), findings, version };
}
