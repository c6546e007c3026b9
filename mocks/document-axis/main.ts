// The mock of the document axis as a process of its own.
import { runMock } from '../parts/run-mock.ts';
import { parseSettings } from './config.ts';
import { openDocumentAxisMock } from './mock.ts';

await runMock('document axis mock', async (config) => openDocumentAxisMock(parseSettings(config)));
