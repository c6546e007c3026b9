// The exchange log of one hub process, started in the order in which its parts stand on each other: the gate that looks at
// what is known of the log, its witnesses, the sequencer, the append side, the reader.
import type pg from 'pg';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createPool } from './database/pool.ts';
import type { RolePools } from './database/role-pools.ts';
import { startHeadGate } from './evidence/anchor/head-gate.ts';
import { startEvidenceLog } from './evidence/log.ts';
import { createEvidenceReader } from './evidence/read.ts';
import { startRetirement } from './evidence/retire-log-key.ts';
import { startSequencer } from './evidence/sequencer.ts';
import { startWitnesses } from './evidence/witnesses/witnesses.ts';
import type { Keys } from './keys.ts';
import type { ClockCheck } from './operation/clock.ts';
import type { LogMeter } from './operation/meters.ts';

/** What the log stands on. */
export interface LogGround {
  readonly config: Pick<Config, 'anchorFile' | 'settings'>;
  /** Name of the log that is written. */
  readonly origin: string;
  readonly hubUrl: string;
  readonly sequencerUrl: string;
  readonly pool: pg.Pool;
  readonly pools: RolePools;
  readonly keys: Keys;
  readonly clock: ClockCheck;
  readonly logMeter: LogMeter;
  /** Of this process among the hub's. */
  readonly processId: string;
  readonly logger: Logger;
}

/** Opens the log. @param closers takes what is to be stopped, the last started first */
export async function openLog(ground: LogGround, closers: (() => unknown)[]) {
  const { config, origin, hubUrl, sequencerUrl, pool, pools, keys, clock, processId, logger } = ground;
  const witnessSettings = config.settings.witnesses ?? [];
  const sequencerPool = createPool(sequencerUrl, { max: 2, applicationName: 'lgsp-witnesses' });
  closers.push(() => sequencerPool.end());
  const gate = await startHeadGate({
    ...{ pool, owner: sequencerPool, logger, origin, key: keys.newestLogKey() },
    ...{ anchorFile: config.anchorFile, witnesses: witnessSettings },
  });
  closers.push(() => gate.stop());
  const isOpen = (): boolean => gate.isOpen;
  const witnesses = startWitnesses({
    ...{ settings: witnessSettings, pool, owner: sequencerPool, processId, logger },
    maySubmit: isOpen,
  });
  closers.push(() => witnesses.stop());
  const sequencer = await startSequencer({
    ...{ sequencerUrl, logger, key: keys.log, readKeys: keys.logKeys, origin },
    maySign: () => clock.isRight,
    mayContinue: isOpen,
    onSigned: witnesses.poke,
  });
  closers.push(() => sequencer.stop());
  const retirement = startRetirement({
    ...{ pool: pools.registry, origin, keys, now: clock.entryClock.now, logger },
    onRecorded: sequencer.poke,
  });
  closers.push(() => retirement.stop());
  const onRecorded = (entries: number, ms: number): void => {
    ground.logMeter.recorded(entries, ms);
    sequencer.poke();
  };
  const log = await startEvidenceLog({
    ...{ hubUrl, keys, logger, processId, onRecorded },
    clock: clock.entryClock,
    mayRecord: isOpen,
  });
  closers.push(() => log.stop());
  const reader = createEvidenceReader(pool, () => witnesses.isExpected);
  return { gate, witnesses, sequencer, onRecorded, log, reader };
}
