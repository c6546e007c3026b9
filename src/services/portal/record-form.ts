// The record of a change at rest: sealed under the field key, bound to its change. It never alters what a unit said.
import { hash } from 'node:crypto';
import type { Digest } from '../../../adapters/adapter.ts';
import type { PortalDossier, PortalProgressLine } from '../../../adapters/portal/portal.ts';
import { toCanonical } from '../../evidence/canonical.ts';
import { openText, sealText } from '../../registry/sealed-text.ts';

/** What a unit submitted for a dossier code. */
export interface PortalRecord {
  readonly code: string;
  /** The whole dossier as it stood. */
  readonly dossier?: PortalDossier | undefined;
  /** New progress lines, in order. */
  readonly progress?: readonly PortalProgressLine[] | undefined;
}

const toContext = (changeId: string): string => `portal change ${changeId}`;

/** SHA-256 and size of a record as canonical JSON (RFC 8785). */
export function toRecordDigest(record: PortalRecord): Digest {
  const text = toCanonical(record);
  return { sha256: hash('sha256', text, 'hex'), bytes: Buffer.byteLength(text) };
}

/** @param fieldKey `Keys.field` */
export const sealRecord = (fieldKey: Buffer, changeId: string, record: PortalRecord): Buffer =>
  sealText(fieldKey, toContext(changeId), toCanonical(record));

/** @throws Error when it was sealed under another key or for another change, or was altered */
export function openRecord(fieldKey: Buffer, changeId: string, form: Buffer): PortalRecord {
  const refusal = `the record of change ${changeId} cannot be opened`;
  // Sealed by `sealRecord`, so the shape is its own.
  return JSON.parse(openText(fieldKey, toContext(changeId), form, refusal)) as PortalRecord;
}
