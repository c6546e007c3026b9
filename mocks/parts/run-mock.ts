// Runs a mock as a process of its own: `main --config <file>`. Says when it listens; stops with its parent or on a signal.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** A running mock: its addresses, and the way to end it. */
interface Mock {
  close(): Promise<void>;
}

/** The parser's own message would repeat the text, secrets included. @throws Error */
function readConfig(name: string): unknown {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new Error(`${name}: --config <file> is missing`);
  try {
    return JSON.parse(readFileSync(values.config, 'utf8'));
  } catch {
    throw new Error(`${name}: the configuration cannot be read as JSON`);
  }
}

function announce({ close: _close, ...addresses }: Mock): void {
  const message = { type: 'ready', ...addresses };
  if (process.send) process.send(message);
  else console.log(JSON.stringify(message));
}

function stopWhenAsked(mock: Mock): void {
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

/**
 * Starts the mock of this process, or ends it with one sentence on standard error.
 * @param name in sentences, e.g. `population mock`
 * @param open makes the mock of what the configuration file holds
 */
export async function runMock(name: string, open: (config: unknown) => Promise<Mock>): Promise<void> {
  try {
    const mock = await open(readConfig(name));
    stopWhenAsked(mock);
    announce(mock);
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const reason = cause instanceof Error ? cause.message : String(cause);
    console.error(isTaken ? `${name}: the port is in use` : reason);
    process.exit(1);
  }
}
