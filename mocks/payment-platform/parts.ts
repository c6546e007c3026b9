// What the parts of the mock share.

import type { Schedule } from './clock.ts';
import type { Settings } from './config.ts';
import type { Confirmer } from './confirm.ts';
import type { Faults } from './faults.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import type { LiveSettings } from './live.ts';
import type { Locks } from './locks.ts';

/** What every request may use. */
export interface Parts {
  readonly settings: Settings;
  /** The changeable settings as they stand. */
  readonly live: () => LiveSettings;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly locks: Locks;
  readonly schedule: Schedule;
  readonly confirmer: Confirmer;
  /** Where the mock is reached: `http://host:port` and its path. */
  readonly url: () => string;
  /** Aborted when the mock stops. */
  readonly signal: AbortSignal;
}
