// What a service is given and what it gives back. A service decides and changes the state in one go, without waiting, so
// that the order of the journal is the order of the state.
import type { Catalogue } from './catalogue.ts';
import type { Settings } from './config.ts';
import type { Dossiers } from './dossiers.ts';
import type { FaultRule } from './faults.ts';
import type { Fields } from './fields.ts';
import type { Noted } from './journal.ts';
import type { Outcome } from './outcome.ts';
import type { Questions } from './questions.ts';
import type { Sessions } from './sessions.ts';

/** The state and the rules. */
export interface Parts {
  readonly settings: Settings;
  readonly catalogue: Catalogue;
  readonly dossiers: Dossiers;
  readonly questions: Questions;
  readonly sessions: Sessions;
}

/** One call of a service, whatever the face. */
export interface Call {
  /** `madonvi`; the plain addresses of generation B have none. */
  readonly unit: string | undefined;
  /** The service's own keys. */
  readonly input: Fields;
  /** One that changes how it is carried out. */
  readonly fault: FaultRule | undefined;
  readonly nowMs: number;
}

/** What a service comes to, and what the journal says of it. */
export interface Done {
  readonly outcome: Outcome;
  readonly records?: readonly Noted[];
  /** The dossier that was looked up. */
  readonly asked?: string;
}

/** A service. */
export type Service = (call: Call, parts: Parts) => Done;
