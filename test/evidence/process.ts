// A process to be killed: opens and closes exchanges and numbers entries until its end. Prints a line for each entry
// that was acknowledged to it: kind and exchange id. Arguments: hub address, sequencer's address, number of exchanges.
import { pino } from 'pino';
import { startSequencer } from '../../src/evidence/sequencer.ts';
import { answered, logKey, origin, someOpen, startLog } from './support.ts';

const [hubUrl = '', sequencerUrl = '', exchanges = ''] = process.argv.slice(2);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const logger = pino({ level: 'silent' });
const sequencer = await startSequencer({
  sequencerUrl,
  key: logKey,
  origin,
  logger,
  intervalMs: 5,
  batchLeaves: 7,
});
const log = await startLog(hubUrl, { onRecorded: sequencer.poke, leaseMs: 1_000 });

async function serve(): Promise<void> {
  for (let n = 0; n < Number(exchanges) / 20; n += 1) {
    const opened = await log.open(someOpen());
    say(`opened ${opened.facts.exchangeId}`);
    const { kind } = await log.close(opened, answered);
    say(`${kind} ${opened.facts.exchangeId}`);
  }
}

say('ready');
// Open to the end, so that a kill leaves one behind whatever the others do at that moment.
const longest = await log.open(someOpen());
say(`opened ${longest.facts.exchangeId}`);
await Promise.all(Array.from({ length: 20 }, serve));
await log.close(longest, answered);
await log.stop();
await sequencer.stop();
