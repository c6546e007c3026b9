// The mock of the national public-service portal as a process of its own.
import { runMock } from '../parts/run-mock.ts';
import { parseSettings } from './config.ts';
import { openPortalMock } from './mock.ts';

await runMock('portal mock', async (config) => openPortalMock(parseSettings(config)));
