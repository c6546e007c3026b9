// The mock as a process of its own: `main --config <file>`. Says when it listens; stops with its parent or on a signal.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseSettings, type Settings } from './config.ts';
import { type DocumentAxisMock, openDocumentAxisMock } from './mock.ts';

function readSettings(): Settings {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new Error('document axis mock: --config <file> is missing');
  return parseSettings(parseJson(readFileSync(values.config, 'utf8')));
}

/** The parser's own message would repeat the text, secrets included. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('document axis mock: the configuration is not JSON');
  }
}

function announce({ close: _close, ...addresses }: DocumentAxisMock): void {
  const message = { type: 'ready', ...addresses };
  if (process.send) process.send(message);
  else console.log(JSON.stringify(message));
}

function stopWhenAsked(mock: DocumentAxisMock): void {
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
  const mock = await openDocumentAxisMock(readSettings());
  stopWhenAsked(mock);
  announce(mock);
} catch (cause) {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const reason = cause instanceof Error ? cause.message : String(cause);
  console.error(isTaken ? 'document axis mock: the port is in use' : reason);
  process.exit(1);
}
