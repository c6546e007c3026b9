// The national document axis as the hub sees it: one port, its faces by configuration. Source: document-axis.md §3, §4.1,
// §9.17. What is inside a message is the matter of `edxml/`.

import type { DocumentAxis } from './axis.ts';
import { createAxisClient } from './client.ts';
import { createRestFace } from './rest/face.ts';
import type { DocumentAxisSettings } from './settings.ts';
import { createXrdFace } from './xrd/face.ts';

export * from './axis.ts';
export { MessageChangedError } from './outgoing.ts';
export { type DocumentAxisSettings, parseDocumentAxisSettings } from './settings.ts';

const faces = { xrd: createXrdFace, rest: createRestFace };

/**
 * Opens the axis; nothing is connected until the first call.
 * @param now epoch milliseconds, for timestamps and the life of a token
 */
export function createDocumentAxisAdapter(settings: DocumentAxisSettings, now = Date.now): DocumentAxis {
  return createAxisClient(faces[settings.face](settings, now), settings);
}
