// The mock of the population database as a process of its own.
import { runMock } from '../parts/run-mock.ts';
import { parseSettings } from './config.ts';
import { openPopulationMock } from './mock.ts';

await runMock('population mock', async (config) => openPopulationMock(parseSettings(config)));
