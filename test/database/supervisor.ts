// A hub's database room as a program of its own, so that tests can kill it: <folder>. Prints one JSON line,
// then stays until SIGTERM, upon which it stops the database.
import { startEmbeddedDatabase } from '../../src/database/embedded.ts';

const [, , folder = ''] = process.argv;
const said: string[] = [];
try {
  const database = await startEmbeddedDatabase({
    folder,
    environment: 'test',
    onProgress: (text) => said.push(text),
  });
  const { hubUrl, ownerUrl, adopted, pid } = database;
  const stay = setInterval(() => {}, 60_000);
  process.once('SIGTERM', async () => {
    await database.stop();
    clearInterval(stay);
  });
  process.stdout.write(`${JSON.stringify({ hubUrl, ownerUrl, adopted, pid, said })}\n`);
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ refused: error instanceof Error ? error.message : String(error) })}\n`,
  );
}
