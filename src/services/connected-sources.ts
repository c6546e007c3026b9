// The sources that this hub is connected to, by its settings.
import {
  axisName,
  createDocumentAxisAdapter,
  type DocumentAxis,
  parseDocumentAxisSettings,
} from '../../adapters/document-axis/index.ts';
import {
  createPortalAdapter,
  type Portal,
  parsePortalSettings,
  portalName,
} from '../../adapters/portal/index.ts';
import {
  parseScannerSettings,
  type ScannerSettings,
  sourceName as scannerName,
} from '../../adapters/virus-scanner/index.ts';
import type { Settings } from '../config.ts';
import { StartError, toMessage } from '../database/start-error.ts';

interface WithSettings {
  readonly settings: Settings;
}

/** A mistake in the settings is the operator's to mend, so it is told as a sentence. */
export function readSettings<Said, T>(parse: (json: Said) => T, json: Said): T {
  try {
    return parse(json);
  } catch (error) {
    throw new StartError(`SETTINGS_FILE: ${toMessage(error)}`, error);
  }
}

/** The national axis, where this hub is connected to it. */
export function connectAxis({ settings }: WithSettings): DocumentAxis | undefined {
  const json = settings.sources[axisName];
  return json === undefined
    ? undefined
    : createDocumentAxisAdapter(readSettings(parseDocumentAxisSettings, json));
}

/** The virus scanner, where this hub has one. */
export function readScanner({ settings }: WithSettings): ScannerSettings | undefined {
  const json = settings.sources[scannerName];
  return json === undefined ? undefined : readSettings(parseScannerSettings, json);
}

/** The public-service portal, where this hub is connected to it. */
export function connectPortal({ settings }: WithSettings): Portal | undefined {
  const json = settings.sources[portalName];
  return json === undefined ? undefined : createPortalAdapter(readSettings(parsePortalSettings, json));
}
