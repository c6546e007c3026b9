// The test scanner as a process of its own: `main --config <file>`. Says when it listens; stops with its parent or on a
// signal.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ScannerMock, startScannerMock } from './mock.ts';

function readConfig(): unknown {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new Error('virus scanner mock: --config <file> is missing');
  try {
    return JSON.parse(readFileSync(values.config, 'utf8'));
  } catch {
    throw new Error('virus scanner mock: the configuration cannot be read as JSON');
  }
}

function announce({ close: _close, ...addresses }: ScannerMock): void {
  const message = { type: 'ready', ...addresses };
  if (process.send) process.send(message);
  else console.log(JSON.stringify(message));
}

function stopWhenAsked(mock: ScannerMock): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    mock.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop);
  if (process.send && !process.connected) stop();
}

try {
  const mock = await startScannerMock(readConfig());
  stopWhenAsked(mock);
  announce(mock);
} catch (cause) {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const reason = cause instanceof Error ? cause.message : String(cause);
  console.error(isTaken ? 'virus scanner mock: the port is in use' : reason);
  process.exit(1);
}
