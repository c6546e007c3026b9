// What a province decides about the portal, over defaults.
import { StartError } from '../../database/start-error.ts';

/** Rules of the service `portal.v1`; SETTINGS_FILE `limits` › `portal.v1` holds those that differ. */
export interface PortalRules {
  /** Changes of one unit that wait at most. */
  readonly queue: number;
  /** The portal is tried for so many hours from a change's first attempt on; then a person decides. */
  readonly giveUpHours: number;
  /** The catalogue is stale when no synchronisation ended well for so many hours. */
  readonly staleHours: number;
  /** Most of a list that one synchronisation may withdraw, per cent; more is taken for a fault of the list. */
  readonly mostWithdrawnPercent: number;
  /** Lines and records are gathered for so long into one call of the portal. */
  readonly gatherMs: number;
  /** Longest time for one attempt at a change, all its calls of the portal together. */
  readonly attemptMs: number;
  /**
   * So long after a call whose outcome is not known the portal is asked what it holds: what is still on its way has come
   * by then, and what it holds is what it shows.
   */
  readonly settleMs: number;
  /** What a record says is kept for so many days after it was synchronised or withdrawn. */
  readonly keepDays: number;
  /** Largest paper of an inbound dossier, bytes. */
  readonly paperBytes: number;
}

/** What holds where nothing is said. */
export const defaultPortalRules: PortalRules = {
  queue: 10_000,
  giveUpHours: 336,
  staleHours: 36,
  mostWithdrawnPercent: 50,
  gatherMs: 20,
  attemptMs: 300_000,
  settleMs: 10_000,
  keepDays: 180,
  paperBytes: 20 * 2 ** 20,
};

const isName = (name: string): name is keyof PortalRules => name in defaultPortalRules;

/**
 * Reads the rules that differ from the defaults.
 * @throws StartError naming every member that is not known or does not fit
 */
export function parsePortalRules(json: unknown): PortalRules {
  if (json === undefined) return defaultPortalRules;
  if (typeof json !== 'object' || json === null)
    throw new StartError('limits of portal.v1 must be an object');
  const mistakes = Object.entries(json)
    .filter(
      ([name, value]) =>
        !isName(name) || typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1,
    )
    .map(([name]) => name);
  if (mistakes.length > 0)
    throw new StartError(`limits of portal.v1: ${mistakes.join(', ')} not known or not fit`);
  return { ...defaultPortalRules, ...json };
}
