// The scan of attachments as the documents service uses it: with a scanner in the settings every message with attachments
// waits for it, without one none does.
import type { ClientBase } from 'pg';
import { createScanner, type ScannerSettings } from '../../../../adapters/virus-scanner/index.ts';
import type { Environment } from '../../../config.ts';
import { createScanAlong, type ScanAlong } from './along.ts';
import { insertScan } from './rows.ts';
import { type ScanWorkOptions, startScanWork } from './work.ts';

export type { Attachment, OpenAttachments } from './scan-message.ts';

/** What scanning stands on. */
export interface ScanningOptions extends Omit<ScanWorkOptions, 'scanner' | 'whenAway'> {
  /** Undefined: there is no scanner. */
  readonly settings: ScannerSettings | undefined;
  readonly environment: Environment;
}

/** The scan of attachments. */
export interface Scanning {
  /**
   * In the transaction that accepts a message, before its deliveries are.
   * @param attachments how many it has; without any it need not wait
   * @returns whether the deliveries must be accepted as held
   */
  demand(client: ClientBase, messageId: string, attachments: number): Promise<boolean>;
  /** Scans what is being sent while it comes in; undefined: there is no scanner. */
  along(): ScanAlong | undefined;
  /** To be called after that transaction's commit. */
  poke(): void;
  stop(): Promise<void>;
}

/** Begins to scan, or says once that nothing is scanned. */
export function startScanning({ settings, environment, ...options }: ScanningOptions): Scanning {
  if (!settings) {
    if (environment !== 'sandbox')
      options.logger.warn('no virus scanner is configured: attachments are passed on unscanned');
    return {
      demand: async () => false,
      along: () => undefined,
      poke: () => undefined,
      stop: async () => undefined,
    };
  }
  const scanner = createScanner(settings);
  const work = startScanWork({ ...options, scanner, whenAway: settings.whenAway });
  return {
    async demand(client, messageId, attachments) {
      if (attachments === 0) return false;
      await insertScan(client, messageId);
      return true;
    },
    along: () => createScanAlong(scanner),
    poke: work.poke,
    async stop() {
      await work.stop();
      await scanner.close();
    },
  };
}
