// The mock of the payment platform as a process of its own.
import { runMock } from '../parts/run-mock.ts';
import { parseSettings } from './config.ts';
import { openPaymentPlatformMock } from './mock.ts';

await runMock('payment platform mock', async (config) => openPaymentPlatformMock(parseSettings(config)));
