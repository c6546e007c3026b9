// The test scanner in this process, with its fault switch and its journal.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type ScannerMock, startScannerMock } from '../../mocks/virus-scanner/mock.ts';
import { writtenFolder } from './sandbox-hub.ts';

/** A line of its journal. */
export interface ScannedLine {
  readonly command: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly largestChunk?: number;
  readonly answer?: string;
  readonly fault?: string;
}

/** A test scanner for one test file. */
export interface TestScanner extends ScannerMock {
  /** Settings of `sources['virus-scanner']` that lead to it. */
  readonly settings: { readonly host: string; readonly port: number };
  /** Sets its fault switch; an empty object clears it. */
  fault(setting: Readonly<Record<string, unknown>>): Promise<void>;
  journal(): Promise<readonly ScannedLine[]>;
}

/** @param more members of its configuration */
export async function startTestScanner(
  name: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<TestScanner> {
  const mock = await startScannerMock({
    controlKey: randomBytes(12).toString('hex'),
    journalFile: join(writtenFolder(name), 'mock-virus-scanner.journal'),
    ...more,
  });
  const control = async (url: string, init: RequestInit = {}): Promise<string> => {
    const response = await fetch(url, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`test scanner: ${response.status} ${text}`);
    return text;
  };
  return {
    ...mock,
    settings: { host: '127.0.0.1', port: mock.port },
    async fault(setting) {
      await control(mock.faultUrl, { method: 'PUT', body: JSON.stringify(setting) });
    },
    journal: async () => JSON.parse(await control(mock.journalUrl)).entries,
  };
}
