// The test scanner as a process of its own.
import { runMock } from '../parts/run-mock.ts';
import { startScannerMock } from './mock.ts';

await runMock('virus scanner mock', startScannerMock);
