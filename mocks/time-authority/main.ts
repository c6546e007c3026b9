// The test time authority as a process of its own.
import { runMock } from '../parts/run-mock.ts';
import { startTimeAuthorityMock } from './mock.ts';

await runMock('time authority mock', startTimeAuthorityMock);
